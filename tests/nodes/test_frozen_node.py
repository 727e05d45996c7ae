"""A whole machine of workers is frozen in the middle of a job and wakes when others have done it."""

import os
import signal
import threading
import time
from collections import Counter
from functools import partial

import psycopg

from tests.crash.proof import Proof, spread
from tests.forms import repeats, times
from tests.harness import Server, subscription, until
from tests.nodes.conftest import Start
from tests.nodes.stream import Stream, document

FREEZES = times(2, 60)
LEASE = {"LEADLINE_TIMES__LEASE_SECONDS": "2"}


def _signal(node: Server, number: signal.Signals) -> None:
    """Freeze or wake a node: first the process that minds its workers, so that it kills none of them."""
    for pid in (node.process.pid, *node.worker_pids()):
        os.kill(pid, number)


@repeats
def test_zombies_commit_nothing(url: str, nodes: Start, proof: Proof) -> None:
    """P2, P3: a node with its worker is stopped at a random moment of a job: the database ends its transaction, a
    worker of another node takes the job when its heart has stood still for a lease; when the node wakes it
    commits nothing: each row is applied once.
    """
    stream = Stream(nodes(url, document(FREEZES), workers=0), url)
    first = nodes(url, work=True, workers=1, env=LEASE)
    second = nodes(url, work=True, workers=1, env=LEASE)
    for _ in range(FREEZES):
        batch_id = stream.submit()
        node = until(partial(_holder, batch_id, first, second))
        threading.Event().wait(proof.chance.uniform(0.0, 0.3))
        _signal(node, signal.SIGSTOP)
        stream.finish(batch_id, 90)
        _signal(node, signal.SIGCONT)
    began = time.monotonic()
    until(lambda: stream.api.run_import("email\nlast@example.com\n")["status"] == "Complete")
    assert stream.faults() == []
    assert first.events("WorkerStopped") == second.events("WorkerStopped") == []
    lost = len(first.events("JobReassigned")) + len(second.events("JobReassigned"))
    rescued = len(first.events("JobRescued")) + len(second.events("JobRescued"))
    assert rescued >= FREEZES // 4, "the freezes struck while jobs ran"
    proof.note(freezes=FREEZES, rescued=rescued, zombies_that_noticed=lost, lost=0, doubled=0)
    proof.note(ended_after=spread(stream.waits), last=round(time.monotonic() - began, 1))


def _holder(batch_id: int, *nodes: Server) -> Server | None:
    """Return the node whose worker has claimed the job."""
    for node in nodes:
        if any(event["batch_id"] == batch_id for event in node.events("JobClaimed")):
            return node
    return None


@repeats
def test_a_node_asleep_between_two_chunks(url: str, nodes: Start) -> None:
    """The same when some chunks are committed and more are ready: what is ready is thrown away."""
    api = nodes(url, subscription(), workers=0)
    frozen = nodes(url, work=True, workers=1)
    people = "".join(f"p{number}@example.com,{number},{'x' * 60}\n" for number in range(100_000))
    batch_id = api.submit("email,leadScore,company\n" + people)
    frozen.wait_for("ChunkMerged")
    _signal(frozen, signal.SIGSTOP)
    nodes(url, work=True, workers=1, env=LEASE)
    # the first one is on this machine and not dead, so only its heartbeat can tell
    status = api.finish(batch_id, 90)
    assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == (100_000, 0)
    _signal(frozen, signal.SIGCONT)
    until(lambda: frozen.events("JobReassigned") or frozen.events("StoreBusy") or frozen.events("StoreDown"))
    outcomes = Counter(line.split(",")[1] for line in api.ledger(batch_id))
    assert outcomes == {"created": 100_000}
    assert api.status(batch_id) == status
    assert api.run_import("email,leadScore\nlater@example.com,1\n")["status"] == "Complete"


def test_a_node_asleep_in_the_middle_of_a_copy(url: str, nodes: Start) -> None:
    """P2, P3: no time limit of the server's strikes there, so who rescues the job ends the connection."""
    stream = Stream(nodes(url, document(1), workers=0), url, rows=3000, notes_bytes=900)
    frozen = nodes(url, work=True, workers=1)
    with psycopg.connect(url) as blocker, psycopg.connect(url, autocommit=True) as looker:

        def copy_waits(kind: str) -> bool:
            sql = """SELECT 1 FROM pg_stat_activity
                     WHERE state = 'active' AND query LIKE 'COPY%%' AND wait_event_type = %s"""
            return looker.execute(sql, [kind]).fetchone() is not None

        blocker.execute("LOCK TABLE leadline_123_abc_456.lead IN SHARE MODE")
        batch_id = stream.submit()
        until(partial(copy_waits, "Lock"))
        _signal(frozen, signal.SIGSTOP)
        blocker.rollback()
        until(partial(copy_waits, "Client"))
    nodes(url, work=True, workers=1, env=LEASE)
    stream.finish(batch_id, 60)
    _signal(frozen, signal.SIGCONT)
    until(lambda: frozen.events("JobReassigned") or frozen.events("StoreBusy") or frozen.events("StoreDown"))
    assert stream.faults() == []
