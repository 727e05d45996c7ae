"""Ready means that a file posted now is taken up at once: real processes, on both databases.

What becomes of a server's workers is its own knowledge, with no part of a database in it.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clusters import KINDS
from tests.conftest import storing
from tests.forms import repeats
from tests.harness import subscription, until
from tests.processes import ServerProcess, start_process, start_workers
from tests.stores import url_for

ROW = "email\nanna@example.com\n"


@pytest.fixture(scope="module", autouse=True, params=KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    yield from storing(request.param)


def is_ready(server: ServerProcess) -> bool:
    """Tell what the server says; a refusal has a sentence."""
    answer = server.http.get(server.address + "/health/ready")
    if answer.status_code == 503:
        assert answer.json()["status"] == "no worker is ready: a file posted now would wait"
    return {200: True, 503: False}[answer.status_code]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Any]:
    servers: list[ServerProcess] = []

    def start(**options: Any) -> ServerProcess:
        servers.append(start_process(tmp_path / "data", subscription(), **options))
        return servers[-1]

    yield start
    for each in servers:
        each.stop()


def test_from_the_first_yes_on_a_file_is_taken_up_at_once(started: Any) -> None:
    server = started()
    answers = []
    until(lambda: answers.append(is_ready(server)) or answers[-1])
    assert answers[0] is False, "its worker cannot have started while the server did"
    batch_id = server.submit(ROW)
    assert server.wait_for("JobClaimed")["batch_id"] == batch_id
    names = [event["event"] for event in server.events()]
    assert names.index("WorkerStarted") < names.index("JobQueued")
    assert server.finish(batch_id)["numOfLeadsProcessed"] == 1


@repeats("postgres", "given")
def test_not_ready_while_a_dead_worker_is_replaced(started: Any) -> None:
    server = started()
    until(lambda: is_ready(server))
    dead = server.worker_pids()[0]
    os.kill(dead, signal.SIGKILL)
    until(lambda: not is_ready(server))
    until(lambda: is_ready(server))
    assert server.worker_pids() not in ([], [dead])
    assert server.run_import(ROW)["status"] == "Complete"


@repeats("postgres", "given")
def test_one_of_two_workers_is_enough(started: Any) -> None:
    server = started(workers=2)
    server.wait_for("WorkerStarted", 2)
    os.kill(server.worker_pids()[0], signal.SIGKILL)
    assert server.wait_for("WorkerStopped")["level"] == "warning"
    assert is_ready(server)
    until(lambda: 'leadline_worker_exits_total{reason="killed"} 1.0' in _metrics(server))
    until(lambda: "leadline_workers_alive 2.0" in _metrics(server))


def _metrics(server: ServerProcess) -> str:
    return server.http.get(f"{server.address}/metrics").text


@repeats("postgres", "given")
def test_not_ready_while_the_only_worker_is_frozen(started: Any) -> None:
    """Long before it is taken for dead; a thawed one counts again."""
    server = started(env={"LEADLINE_TIMES__SILENCE_SECONDS": "600"})
    until(lambda: is_ready(server))
    worker = server.worker_pids()[0]
    os.kill(worker, signal.SIGSTOP)
    until(lambda: not is_ready(server))
    os.kill(worker, signal.SIGCONT)
    until(lambda: is_ready(server))
    assert server.worker_pids() == [worker]


@repeats("postgres", "given")
def test_a_server_that_was_paused_is_ready_again(started: Any) -> None:
    server = started()
    until(lambda: is_ready(server))
    worker = server.worker_pids()
    server.process.send_signal(signal.SIGSTOP)
    with pytest.raises(httpx.ReadTimeout):
        server.http.get(server.address + "/health/ready", timeout=4.0)
    server.process.send_signal(signal.SIGCONT)
    until(lambda: is_ready(server))
    assert server.worker_pids() == worker
    assert server.run_import(ROW)["status"] == "Complete"


def test_a_server_without_workers_answers_for_itself(started: Any, store: str, tmp_path: Path) -> None:
    """And one that has workers does not count those of other nodes."""
    server = started(workers=0)
    assert is_ready(server)
    if store == "sqlite":
        return
    other = start_workers(tmp_path / "data", url_for(store, tmp_path / "data"))
    try:
        node = start_process(tmp_path / "data")
        try:
            until(lambda: is_ready(node))
            os.kill(node.worker_pids()[0], signal.SIGKILL)
            until(lambda: not is_ready(node))
        finally:
            node.stop()
    finally:
        other.stop()
    assert is_ready(server)
