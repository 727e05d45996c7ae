"""A worker is frozen, not dead: its own server kills and replaces it; whoever wakes late commits nothing."""

import os
import signal
from contextlib import suppress

import httpx

from tests.crash.conftest import LIST_ID, Start
from tests.crash.evidence import Model, content_of, faults_of, gather
from tests.crash.files import base_rows, big_rows
from tests.forms import only_long, repeats
from tests.harness import Server, until

CHUNKS = 3


def _freeze_inside_a_chunk(server: Server) -> bool:
    """Stop the only worker between a chunk's decision and its commit; tell whether that could be done."""
    for chunk in range(1, CHUNKS + 1):
        server.wait_for("ChunkDecided", chunk)
        os.kill(server.worker_pids()[0], signal.SIGSTOP)
        if len(server.events("ChunkDecided")) > len(server.events("ChunkMerged")):
            return True
        os.kill(server.worker_pids()[0], signal.SIGCONT)
    return False


@only_long("postgres", "given")
def test_a_frozen_worker_is_replaced(start: Start) -> None:
    """P2, P3, P7: a worker is stopped in the middle of a chunk, on the embedded store with the write lock in its
    hands: calls wait instead of being answered 604, another worker ends the job, each row is applied once.
    """
    server = start(TIMES__SILENCE_SECONDS="3")
    rows = big_rows()
    batch_id = server.submit(content_of(rows), listId=LIST_ID)
    assert _freeze_inside_a_chunk(server)
    pid = server.worker_pids()[0]
    answer = server.post_file("email\nlater@example.com\n").json()
    assert answer["success"], answer
    assert server.wait_for("WorkerSilent")["pid"] == pid
    stopped = server.wait_for("WorkerStopped")
    assert (stopped["pid"], stopped["exit_code"]) == (pid, -signal.SIGKILL)
    server.finish(batch_id, 60)
    model = Model()
    model.fates(base_rows())
    assert faults_of(gather(server, batch_id, LIST_ID), model.fates(rows), rows) == []
    assert server.finish(answer["result"][0]["batchId"])["numOfLeadsProcessed"] == 1


@repeats
def test_a_frozen_worker_wakes_when_its_server_dies(start: Start) -> None:
    """P2, P3: nobody is left to replace it, so it wakes, hands its job back and ends."""
    server, rows = start(), big_rows()
    batch_id = server.submit(content_of(rows), listId=LIST_ID)
    assert _freeze_inside_a_chunk(server)
    pid = server.worker_pids()[0]
    server.process.kill()
    try:
        status = start().finish(batch_id)
        assert status["numOfLeadsProcessed"] == len([row for row in rows if row.email])
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@only_long("postgres", "given")
def test_a_frozen_server_does_not_blame_its_workers(store: str, start: Start) -> None:
    """The server itself is stopped for longer than a worker may be silent, alone and then with its worker, as a
    suspended machine is: nobody is killed.
    """
    server = start(TIMES__SILENCE_SECONDS="2")
    worker = server.wait_for("WorkerStarted")["pid"]
    for pids in ((server.process.pid,), (server.process.pid, worker)):
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        _stay_away(server)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        assert server.run_import("email\nx@example.com\n")["status"] == "Complete"
    until(lambda: server.http.get(server.address + "/health/live").status_code == 200)
    assert server.events("WorkerSilent") == []
    assert server.worker_pids() == [worker]


def _stay_away(server: Server) -> None:
    """Let the time pass in which a silent worker would have been killed."""
    try:
        httpx.get(server.address + "/health/live", timeout=3.0)
    except httpx.TimeoutException:
        return
    raise AssertionError("a frozen server has answered")
