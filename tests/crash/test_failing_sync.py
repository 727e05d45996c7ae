"""A sync of PostgreSQL's own fails: the server panics and recovers, and nothing was answered in vain."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.clusters import _name_of
from tests.conftest import storing
from tests.crash.calls import why_no_strace
from tests.crash.fragile import FragileCluster
from tests.crash.machine import check, job_faults, post
from tests.crash.proof import Proof
from tests.forms import LONG, times
from tests.harness import Server, running, subscription, until

ROWS = 60
ROUNDS = times(1, 20)
RECOVERY_SECONDS = 90
"""PostgreSQL syncs all its files before it takes calls again; a busy disk takes its time."""


@pytest.fixture(scope="module", autouse=True)
def store() -> Iterator[str]:
    """PostgreSQL alone: SQLite's calls fail one by one elsewhere."""
    if why := why_no_strace():
        pytest.skip(why)
    yield from storing("postgres")


def _fail_syncs(pids: list[int], log: Path) -> subprocess.Popen[bytes]:
    """Let the next sync of each process fail."""
    names = [part for pid in pids for part in ("-p", str(pid))]
    calls = "fsync,fdatasync"
    inject = ["-e", f"trace={calls}", "-e", f"inject={calls}:error=EIO:when=1"]
    strace = subprocess.Popen(["strace", "-qq", "-o", str(log), *names, *inject], stderr=subprocess.DEVNULL)
    until(lambda: not any(map(_is_untraced, pids)))
    return strace


def _is_untraced(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):  # a connection that ended meanwhile
        return "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text()
    return False


@pytest.fixture
def cluster() -> Iterator[FragileCluster]:
    """A server of the test's own."""
    cluster = FragileCluster()
    yield cluster
    cluster.close()


@pytest.fixture
def server(cluster: FragileCluster, tmp_path: Path) -> Iterator[Server]:
    """Leadline on it; many jobs may wait while it recovers."""
    many = {"LEADLINE_LIMITS__JOBS_QUEUED_MAX": "1000"}
    yield from running(tmp_path / "data", subscription(), url=cluster.new_database(tmp_path), env=many)


@pytest.mark.parametrize("who", ["backends", "checkpointer"] if LONG else ["backends"])
def test_a_sync_fails(
    who: str, cluster: FragileCluster, server: Server, tmp_path: Path, proof: Proof
) -> None:
    """P1, P3: the log's sync fails in the process that commits, or a table's in the one that writes them
    back: PostgreSQL panics and replays its log; the call is refused, or what it was answered is there.
    """
    refused, answered = 0, []
    for number in range(ROUNDS):
        panics = cluster.log.count("PANIC:")
        until(lambda number=number: post(server, 2 * number, ROWS)["success"], RECOVERY_SECONDS)
        pids = [
            pid for pid in cluster.pids()[1:] if (_title(pid) == "checkpointer") == (who == "checkpointer")
        ]
        strace = _fail_syncs(
            [pid for pid in pids if who == "checkpointer" or _title(pid) == "leadline"], tmp_path / "log"
        )
        body = post(server, 2 * number + 1, ROWS)
        if who == "checkpointer":
            with suppress(Exception):
                cluster.run("CHECKPOINT")
        until(lambda panics=panics: cluster.log.count("PANIC:") > panics)
        strace.wait(30)
        if body["success"]:
            answered.append(int(body["result"][0]["batchId"]))
        else:
            refused += 1
            assert body["errors"][0]["code"] == "608", body
    jobs = until(
        lambda: (found := server.get("/leadline/v1/jobs.json"))["success"] and found["result"],
        RECOVERY_SECONDS,
    )
    known = [job["batchId"] for job in jobs]
    assert set(answered) <= set(known)
    assert [fault for batch_id in known for fault in job_faults(server, batch_id, ROWS)] == []
    assert server.stop() == 0
    check(tmp_path / "data", cluster.url(_name_of(tmp_path)))
    proof.note(who=who, panics=ROUNDS, refused=refused, answered=len(answered), jobs=len(known), lost=0)


def _title(pid: int) -> str:
    """Return what a process of the server is for: the word that it shows."""
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")[0].removeprefix("postgres: ").split()
    return "leadline" if "[local]" in words else words[0]
