"""What an import leaves in memory is given back when a worker has nothing to do for a while."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from leadline.store.directory import Stores
from leadline.worker.kept_memory import KeptMemory
from tests.contract.store.places import MUNCHKIN_ID, Place

_FILLED_MB = 40
_FILL = f"""
    CREATE TABLE filler AS
    WITH RECURSIVE line (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM line WHERE number < {_FILLED_MB * 256})
    SELECT number, randomblob(4000) AS bytes FROM line
"""


def _own_mb() -> float:
    """Return how much memory this process has to itself, MB."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["RssAnon"].split()[0]) / 1024


@pytest.fixture
def place(embedded_place: Place) -> Place:
    """A place for embedded stores alone: a server keeps its own pages."""
    return embedded_place


@pytest.fixture
def worker_stores(place: Place, stores: Stores) -> Iterator[Stores]:
    """The stores of a worker, one of which holds what an import has left."""
    stores.directory()
    with closing(place.open(worker=True)) as opened:
        with opened.subscription(MUNCHKIN_ID).write() as session:
            session.run_built(_FILL, {})
        yield opened


def test_pages_are_given_back_after_a_quiet_time(worker_stores: Stores) -> None:
    """The pages go, also from the C library; the connections and their statements stay."""
    kept_memory = KeptMemory(worker_stores, quiet_seconds=0.0)
    kept_memory.note_work()
    before = _own_mb()
    kept_memory.give_back_when_quiet()
    assert before - _own_mb() > _FILLED_MB / 2
    assert worker_stores.subscription(MUNCHKIN_ID).is_open


def test_the_next_import_finds_them_until_then(worker_stores: Stores) -> None:
    kept_memory = KeptMemory(worker_stores)
    kept_memory.note_work()
    before = _own_mb()
    kept_memory.give_back_when_quiet()
    assert before - _own_mb() < _FILLED_MB / 2
