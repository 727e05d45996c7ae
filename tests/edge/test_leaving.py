"""How a server ends: asked by a signal, with calls and imports under way."""

import fcntl
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import httpx
import pytest

from tests.harness import start_server, subscription, until


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=["SIGINT", "SIGHUP"])
def test_other_signals_end_like_sigterm(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, and a terminal that is closed: workers end of themselves, what is asked is answered."""
    server = start_server(tmp_path / "d", subscription())
    server.wait_for("WorkerStarted")
    server.process.send_signal(number)
    assert server.process.wait(60) == 0
    assert server.stop() == 0
    assert [event["exit_code"] for event in server.events("WorkerStopped")] == [0]


def test_sigterm_during_an_import(tmp_path: Path) -> None:
    """Exit 0 within 10 s; the job goes on at the next start and nothing is lost or doubled."""
    rows = "".join(f"stop{n}@example.com,{'x' * 60}\n" for n in range(120_000))
    first = start_server(tmp_path / "d", subscription())
    batch_id = first.submit("email,firstName\n" + rows)
    first.wait_for("ChunkMerged")
    assert first.stop() == 0
    second = start_server(tmp_path / "d", subscription())
    status = second.finish(batch_id)
    assert (status["status"], status["numOfLeadsProcessed"]) == ("Complete", 120_000)
    assert len(second.ledger(batch_id)) == 120_000
    assert {line.split(",")[1] for line in second.ledger(batch_id)} == {"created"}
    assert second.stop() == 0


def test_sigterm_while_a_call_hangs(tmp_path: Path) -> None:
    """Exit 0 within 10 s, though somebody else has the store's lock and does not let go."""
    server = start_server(tmp_path / "d", subscription())
    server.wait_for("WorkerStarted")
    store = tmp_path / "d" / "subscriptions" / "123-abc-456"
    token = server.token

    def post() -> None:
        with suppress(httpx.HTTPError):
            server.call("POST", "/rest/v1/leads.json", token, json={"input": [{"email": "a@x.com"}]})

    with store.with_suffix(".lock").open("a") as lock, store.with_suffix(".gate").open("a") as gate:
        fcntl.flock(lock, fcntl.LOCK_EX)
        caller = threading.Thread(target=post)
        caller.start()
        until(lambda: not _can_take(gate))
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        assert time.monotonic() - began < 15, "ten seconds, and some for a busy machine"
        caller.join()
    server.stop()


def _can_take(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(file, fcntl.LOCK_UN)
    return True
