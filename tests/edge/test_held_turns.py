"""A process that is suspended with a store's write turn in its hands hurts that subscription alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from leadline.errors import StoreHeldError
from leadline.store.write_turn import turn
from tests.harness import CLIENT_SECRET, LEADLINE, Server, running, subscription, until

HELD, VICTIM = "111-HEL-111", "999-VIC-999"
FILE = "email\na@example.com\n"
TRIES = 3


def document(munchkin_id: str, **sections: object) -> dict[str, object]:
    made = subscription(munchkin_id=munchkin_id, **sections)
    made["credentials"][0]["client_id"] = munchkin_id
    return made


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server for two subscriptions, with as many workers as usual."""
    for munchkin_id in (HELD, VICTIM):
        path = tmp_path / f"{munchkin_id}.yaml"
        path.write_text(yaml.safe_dump(document(munchkin_id)), "utf-8")
        subprocess.run([LEADLINE, "setup", path, "--data", tmp_path / "data"], check=True, timeout=60)
    yield from running(tmp_path / "data", workers=2)


def lock_of(server: Server, munchkin_id: str) -> Path:
    return server.data / "subscriptions" / f"{munchkin_id.lower()}.lock"


def holders(lock: Path) -> list[int]:
    """Return the processes that hold a lock, as the system tells them."""
    lines = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return [int(words[4]) for words in lines if words[5].endswith(f":{lock.stat().st_ino}")]


@contextmanager
def suspended_setup(server: Server, munchkin_id: str) -> Iterator[int]:
    """Suspend `leadline setup` while it writes into a subscription's store."""
    fields = [{"name": f"field{number}", "dataType": "string"} for number in range(200)]
    for field in fields:
        field["displayName"] = field["name"].title()
    path = server.data.parent / "more.yaml"
    path.write_text(yaml.safe_dump(document(munchkin_id, lead_fields=fields)), "utf-8")
    process = subprocess.Popen([LEADLINE, "setup", path, "--data", server.data])
    try:
        lock = lock_of(server, munchkin_id)
        until(lambda: process.pid in holders(lock))
        os.kill(process.pid, signal.SIGSTOP)
        assert holders(lock) == [process.pid], "it has ended its transaction meanwhile"
        yield process.pid
    finally:
        os.kill(process.pid, signal.SIGCONT)
        assert process.wait(60) == 0


def seconds_of_import(server: Server, token: str) -> float:
    """Import a small file; return how long it took from the call to its end."""
    began = time.monotonic()
    batch_id = server.post_file(FILE, token).json()["result"][0]["batchId"]
    path = f"/bulk/v1/leads/batch/{batch_id}.json"
    until(lambda: server.call("GET", path, token).json()["result"][0]["status"] == "Complete")
    return time.monotonic() - began


def test_a_suspended_setup(server: Server) -> None:
    """Imports of the other subscription go on at their pace; a call that must write is answered 713 and a
    warning says who holds the turn; when it goes on, what waited is done.
    """
    held, victim = (server.new_token(each, CLIENT_SECRET) for each in (HELD, VICTIM))
    waiting = server.post_file(FILE, held).json()["result"][0]["batchId"]
    until(lambda: server.call("GET", f"/bulk/v1/leads/batch/{waiting}.json", held).json())
    alone = sorted(seconds_of_import(server, victim) for _ in range(TRIES))
    with ThreadPoolExecutor() as pool, suspended_setup(server, HELD) as pid:
        refused = [pool.submit(server.post_file, FILE, held) for _ in range(3)]
        said = server.wait_for("WriteTurnHeld")
        assert (said["level"], said["munchkin_id"], said["pid"]) == ("warning", HELD, pid)
        beside = sorted(seconds_of_import(server, victim) for _ in range(TRIES))
        middle = TRIES // 2
        assert beside[middle] < 5 * alone[middle] + 0.2, (beside, alone)
        assert {each.result().json()["errors"][0]["code"] for each in refused} == {"713"}
        assert server.call("GET", "/leadline/v1/jobs.json", held).json()["success"]
    assert seconds_of_import(server, held) < 30


HOLD = "import sys; from pathlib import Path; from leadline.store.write_turn import turn\n" + (
    "with turn(Path(sys.argv[1]), worker=sys.argv[2] == 'worker'): print('held', flush=True); input()"
)


@contextmanager
def holding(store: Path, who: str) -> Iterator["subprocess.Popen[str]"]:
    """Let another process have the turn until it is told to go on, or the test ends."""
    command = [sys.executable, "-c", HOLD, str(store), who]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def waiting_for(store: Path) -> int:
    """Return how many wait for locks of a store."""
    inodes = {str(path.stat().st_ino) for path in store.parent.iterdir()}
    lines = Path("/proc/locks").read_text().splitlines()
    return sum("-> FLOCK" in line and line.split()[6].rpartition(":")[2] in inodes for line in lines)


@pytest.mark.parametrize("who", ["worker", "call"])
def test_who_gives_up_waits_once(tmp_path: Path, who: str) -> None:
    """A worker waits five seconds for a turn that is held. As long as it stays held the next ones are told at
    once, in the place that the first has left; when it is free, they have it.
    """
    store, is_worker = tmp_path / "store.db", True
    with holding(store, who) as holder:
        waits = []
        for _ in range(10):
            began = time.monotonic()
            with pytest.raises(StoreHeldError) as caught, turn(store, worker=is_worker):
                raise AssertionError("the turn is held")
            waits.append(time.monotonic() - began)
            assert caught.value.pid == (None if len(waits) > 1 else holder.pid)
        assert 4.5 < waits[0] < 20
        assert sum(waits[1:]) < 3, waits
        assert waiting_for(store) == 1
    with turn(store, worker=is_worker):
        pass
    until(lambda: waiting_for(store) == 0)


def test_a_place_that_was_left_frees_what_it_gets(tmp_path: Path) -> None:
    """Who gave up and never comes back keeps nobody from the turn."""
    store = tmp_path / "store.db"
    with holding(store, "call"), pytest.raises(StoreHeldError), turn(store, worker=True):
        raise AssertionError("the turn is held")
    until(lambda: waiting_for(store) == 0)
    with holding(store, "worker"):
        pass
    with turn(store, worker=False):
        pass
