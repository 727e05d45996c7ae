"""A program dies before each message that it sends to PostgreSQL."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.clusters import cluster
from tests.conftest import storing
from tests.contract.store.places import admit
from tests.crash.audit import MUNCHKIN_ID
from tests.crash.machine import check
from tests.crash.proof import Proof
from tests.forms import LONG
from tests.harness import LEADLINE, start_server, subscription, until
from tests.nodes.proxy import Proxy
from tests.stores import open_stores

KILLS = 2
"""In the default suite, chosen by chance; the long proof takes all."""


@pytest.fixture(scope="module", autouse=True)
def store() -> Iterator[str]:
    """SQLite has no messages; its calls are struck elsewhere."""
    yield from storing("postgres")


def _set_up(folder: Path, url: str, kill_at: int = 0) -> tuple[int, int]:
    """Set up a database, and die before the nth message; return the exit code and how many there were."""
    file = folder / "subscription.yaml"
    file.write_text(yaml.safe_dump(subscription()), "utf-8")
    return _run(url, kill_at, "setup", str(file))


def _run(url: str, kill_at: int, *command: str) -> tuple[int, int]:
    """Run a command, which dies before its nth message; return the exit code and how many there were."""
    said = 0

    def count() -> None:
        nonlocal said
        said += 1
        if said == kill_at:
            process.kill()
            process.wait()

    proxy = Proxy(url, before_each=count)
    process = subprocess.Popen(
        [LEADLINE, *command, "--database", proxy.url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    code = process.wait(60)
    proxy.close()
    return code, said


def _faults(folder: Path, url: str) -> list[str]:
    """Set it up again, undisturbed, and look at what is there."""
    assert _set_up(folder, url)[0] == 0
    check(folder, url)
    stores = open_stores(folder, url)
    with stores.subscription(MUNCHKIN_ID).read() as session:
        lists = [row["id"] for row in session.rows("lists")]
        people = session.built_rows("SELECT count(*) AS n FROM {schema}.lead", {})[0]["n"]
    stores.close()
    return [] if (lists, people) == ([1001, 1002], 0) else [f"lists {lists}, {people} people"]


def test_set_up_is_killed_at_each_message(tmp_path: Path, proof: Proof) -> None:
    """P1: schemas, tables, version and subscription are made step by step; whichever message the process
    dies before, the next one finds whole steps, makes the rest, and the store is sound.
    """
    code, messages = _set_up(tmp_path, cluster().new_database(tmp_path))
    assert code == 0
    points = range(1, messages + 1) if LONG else proof.chance.sample(range(1, messages + 1), KILLS)
    faults = []
    for point in points:
        place = tmp_path / f"at-{point}"
        place.mkdir()
        url = cluster().new_database(place)
        assert _set_up(place, url, point)[0] == -9
        faults += [f"message {point}: {fault}" for fault in _faults(place, url)]
    assert faults == []
    proof.note(points=len(points), of=messages)


def _removed(url: str, kill_at: int = 0) -> tuple[int, int]:
    return _run(url, kill_at, "subscriptions", "remove", MUNCHKIN_ID, "--yes")


def test_a_removal_is_killed_at_each_message(tmp_path: Path, proof: Proof) -> None:
    """P1: whichever message it dies before, a server starts as if nothing were, the same command ends it, and what
    is made anew has nothing of the old.
    """
    first = cluster().new_database(tmp_path)
    assert _set_up(tmp_path, first)[0] == 0
    code, messages = _removed(first)
    assert code == 0
    points = range(1, messages + 1) if LONG else proof.chance.sample(range(1, messages + 1), KILLS)
    faults = []
    for point in points:
        place = tmp_path / f"removed-at-{point}"
        place.mkdir()
        url = cluster().new_database(place)
        assert _set_up(place, url)[0] == 0
        stores = open_stores(place, url)
        admit(stores.subscription(MUNCHKIN_ID))
        stores.close()
        assert _removed(url, point)[0] == -9
        server = start_server(place / "data", url=url, workers=1)
        ready = f"{server.address}/health/ready"
        until(lambda server=server, ready=ready: server.http.get(ready).status_code == 200)
        faults += [f"message {point}: {event}" for event in server.events("StoreFailed")]
        server.stop()
        _removed(url)  # where it died before the last answer, there is nothing to do
        check(place, url)
        faults += [f"message {point}: {fault}" for fault in _faults(place, url)]
    assert faults == []
    proof.note(points=len(points), of=messages)
