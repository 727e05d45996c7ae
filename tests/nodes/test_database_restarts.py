"""PostgreSQL is restarted in every way, and its backends are ended at random, while files are imported."""

import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial

import psycopg

from tests.clusters import Cluster
from tests.crash.proof import Proof, spread
from tests.forms import repeats, times
from tests.harness import Server, until
from tests.nodes.conftest import Start
from tests.nodes.stream import Stream, document

RESTARTS = times(3, 48)
ENDED = times(10, 500)
RESUME_SECONDS = 90.0
WAYS: list[Callable[[Cluster], None]] = [
    lambda cluster: cluster.stop("fast"),
    lambda cluster: cluster.stop("immediate"),
    lambda cluster: cluster.kill(),
]


def _pause(seconds: float) -> None:
    """Let a moment of chance pass: not a wait for anything, but where the next fault strikes."""
    threading.Event().wait(seconds)


def _is_claimed(server: Server, batch_id: int) -> bool:
    return any(event["batch_id"] == batch_id for event in server.events("JobClaimed"))


def test_restarts(cluster: Cluster, url: str, nodes: Start, proof: Proof) -> None:
    """P1, P2, P3: fast stop, crash and kill of the server in turn, each in the middle of a job, and once in three
    a worker dies as well: each job ends Complete, its rows applied once; calls are answered soon after.
    """
    api = nodes(url, document(RESTARTS), workers=2)
    stream, recoveries = Stream(api, url), []
    for number in range(RESTARTS):
        batch_id = stream.submit()
        until(partial(_is_claimed, api, batch_id))
        _pause(proof.chance.uniform(0.0, 0.3))
        WAYS[number % len(WAYS)](cluster)
        if number % 4 == 3:
            os.kill(api.worker_pids()[0], signal.SIGKILL)
        cluster.start()
        began = time.monotonic()
        until(lambda: api.get("/leadline/v1/jobs.json")["success"])
        recoveries.append(time.monotonic() - began)
        stream.finish(batch_id, RESUME_SECONDS)
    assert stream.faults() == []
    proof.note(restarts=RESTARTS, jobs=len(stream.jobs), lost=0, doubled=0)
    proof.note(answers_again=spread(recoveries), resumed=spread(stream.waits))


@repeats
def test_backends_are_ended_at_random(cluster: Cluster, url: str, nodes: Start, proof: Proof) -> None:
    """P2, P3: any backend of ours is ended at any moment while files are imported: no job is lost or doubled."""
    files = max(2, ENDED // 10)
    api = nodes(url, document(files), workers=2)
    stream, ended = Stream(api, url), 0
    with psycopg.connect(cluster.url(), autocommit=True) as admin:
        for _ in range(files):
            batch_id = stream.submit()
            for _ in range(ENDED // files):
                _pause(proof.chance.uniform(0.0, 0.1))
                ended += admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'leadline' ORDER BY random() LIMIT 1"
                ).rowcount
            stream.finish(batch_id, RESUME_SECONDS)
    assert stream.faults() == []
    proof.note(backends_ended=ended, jobs=len(stream.jobs), lost=0, doubled=0, resumed=spread(stream.waits))
