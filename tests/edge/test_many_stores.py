"""Very many subscriptions on one embedded server: stores are opened when they are used, and closed again."""

import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.edge.many_stores import make_many, munchkin_id
from tests.forms import only_long, times
from tests.harness import CLIENT_SECRET, Server, running, start_server, until
from tests.leftovers import children_of
from tests.server import cpu_seconds

COUNT = times(200, 10_000)
IMPORTS, LOOKS = times(4, 20), times(50, 100)
FILE = "email\na@example.com\n"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of very many subscriptions."""
    data = tmp_path_factory.mktemp("many") / "data"
    make_many(data, COUNT)
    return data


def processes(server: Server) -> list[int]:
    """Return the server's process and all that it has started."""
    found = [server.process.pid]
    for pid in found:
        found += children_of(pid)
    return found


def memory_mb(server: Server) -> float:
    """Return what the processes hold, without what they have mapped of files, which other programs share."""
    texts = [Path(f"/proc/{pid}/status").read_text() for pid in processes(server)]
    return sum(int(text.partition("RssAnon:")[2].split()[0]) for text in texts) / 1024


def most_files(server: Server) -> int:
    """Return how many files the process has open that has most."""
    return max(len(os.listdir(f"/proc/{pid}/fd")) for pid in processes(server))


def is_complete(server: Server, token: str, batch_id: int) -> bool:
    job = server.call("GET", f"/bulk/v1/leads/batch/{batch_id}.json", token).json()["result"][0]
    return bool(job["status"] == "Complete")


def run_import(server: Server, name: str) -> float:
    """Import a small file into a subscription; return how long that took."""
    token, began = server.new_token(name, CLIENT_SECRET), time.monotonic()
    batch_id = server.post_file(FILE, token).json()["result"][0]["batchId"]
    until(partial(is_complete, server, token, batch_id))
    return time.monotonic() - began


def use(server: Server, imported: list[str], looked_at: list[str]) -> float:
    """Import into subscriptions and look at the jobs of others; return the memory that is held then."""
    for name in imported:
        run_import(server, name)
    for name in looked_at:
        token = server.new_token(name, CLIENT_SECRET)
        assert server.call("GET", "/leadline/v1/jobs.json", token).json()["success"]
    return memory_mb(server)


def started(data: Path, *under: str) -> tuple[Server, float]:
    """Start a server; return it when both workers have begun, and the processor time that all have taken."""
    server = start_server(data, workers=2, under=under)
    server.wait_for("WorkerStarted", 2)
    return server, cpu_seconds(*processes(server))


@pytest.mark.parametrize("limit", ["256:256", pytest.param("1024:", marks=only_long)])
def test_few_files_for_many_stores(many: Path, tmp_path: Path, limit: str) -> None:
    """The start takes as long as with one subscription, an import into any works, all together take no more
    memory than with a few; with 256 files for each process as with a soft limit of 1,024.
    """
    make_many(tmp_path / "one", 1)
    server, alone = started(tmp_path / "one")
    few_mb = use(server, [munchkin_id(0)] * IMPORTS, [munchkin_id(0)] * LOOKS)
    server.stop()
    server, beside = started(many, "prlimit", f"--nofile={limit}")
    try:
        assert beside < 2 * alone + 1, f"start: {beside:.1f} s, with one subscription {alone:.1f} s"
        imported = random.Random(limit).sample(range(COUNT), IMPORTS)
        many_mb = use(
            server, [*map(munchkin_id, imported)], [*map(munchkin_id, range(0, COUNT, COUNT // LOOKS))]
        )
        assert most_files(server) < (200 if limit == "256:256" else 1_300)
        assert many_mb < 1.2 * few_mb + 20, f"{many_mb:.0f} MB, with one subscription {few_mb:.0f} MB"
        warnings = [event for event in server.events() if event["level"] != "info"]
        assert warnings == []
    finally:
        assert server.stop() == 0


@pytest.fixture
def server(many: Path) -> Iterator[Server]:
    """A server whose workers look at each store once and then wait an hour, unless a hint says otherwise."""
    yield from running(many, workers=1, env={"LEADLINE_TIMES__SWEEP_SECONDS": "3600"})


def test_running_out_of_files(server: Server) -> None:
    """A call that needs one is answered 608, and a warning says what to do; it goes on when there are more."""
    token = server.new_token(munchkin_id(7), CLIENT_SECRET)
    path = "/rest/v1/leads/partitions.json"
    other = server.new_token(munchkin_id(8), CLIENT_SECRET)
    assert server.call("GET", path, other).json()["success"]
    before = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (4, before[1]))
    assert server.call("GET", path, token).json()["errors"][0]["code"] == "608"
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, before)
    said = server.wait_for("FilesExhausted")
    assert (said["level"], said["munchkin_id"], said["limit"]) == ("error", munchkin_id(7), 4)
    assert "LimitNOFILE" in said["advice"]
    assert server.call("GET", path, token).json()["success"]


def hints(data: Path) -> list[str]:
    return sorted(path.name.partition(".")[0] for path in (data / "work").iterdir())


def test_a_job_is_found_by_its_hint(server: Server) -> None:
    """Workers look at a store whose job is hinted at, and take the hint away when nothing is left to do."""
    run_import(server, munchkin_id(9))
    assert run_import(server, munchkin_id(9)) < 60
    until(lambda: hints(server.data) == [])


def test_jobs_outlive_the_server(many: Path) -> None:
    """P1, P2: jobs that were answered before the server was killed are hinted at for the next one's workers."""
    waiting = {}
    server = start_server(many, workers=0)
    for number in (11, COUNT - 1):
        token = server.new_token(munchkin_id(number), CLIENT_SECRET)
        waiting[token] = server.post_file(FILE, token).json()["result"][0]["batchId"]
    server.kill()
    assert hints(many) == [munchkin_id(11), munchkin_id(COUNT - 1)]
    for after in running(many, workers=1):
        for token, batch_id in waiting.items():
            until(partial(is_complete, after, token, batch_id))


UNHINTED = """
import os, signal, sys
from pathlib import Path
from leadline.store.directory import Stores
from tests.contract.store.places import admit
admit(Stores(Path(sys.argv[1])).subscription(sys.argv[2]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_between_commit_and_hint(tmp_path: Path) -> None:
    """P1, P2: such a job was not answered, but it is there; going round all stores finds it."""
    make_many(tmp_path / "data", 20)
    for server in running(tmp_path / "data", workers=1, env={"LEADLINE_TIMES__SWEEP_SECONDS": "1"}):
        server.wait_for("WorkerStarted")
        run_import(server, munchkin_id(1))
        killed = subprocess.run(
            [sys.executable, "-c", UNHINTED, str(server.data), munchkin_id(17)], check=False, timeout=60
        )
        assert killed.returncode == -9
        assert server.wait_for("JobFinished", 2)["munchkin_id"] == munchkin_id(17)
        assert hints(server.data) == []
