"""A person's history costs by his own changes, not by the size of the imports that made them."""

import random
import time

import pyarrow as pa

from leadline.lead_database.history import History
from leadline.lead_database.paging import Window
from leadline.model.callers import Caller
from leadline.model.change_parts import pack_parts
from leadline.model.changes import ChangeKind, Origin, What
from leadline.model.rules import Limits, Rules
from leadline.store import change_log
from leadline.store.base import Session
from leadline.store.directory import Stores
from tests.contract.store.places import MUNCHKIN_ID, NOW

SETS = 60
CALLER = Caller(MUNCHKIN_ID, "client", "user", None, None, Limits(), Rules())


def add_history(session: Session, lead_id: int, first: int, rows: int) -> None:
    """Let a lead be one of many that each of some imports changes, in one field."""
    draw = random.Random(rows)
    ids = pa.array(range(lead_id - rows // 2, lead_id - rows // 2 + rows), pa.int64())
    texts = [pa.array([f"{draw.random()}" for _ in range(rows)]) for _ in range(2)]
    for place in range(SETS):
        changes = {
            "id": ids,
            "what": pa.repeat(pa.scalar(What.UPDATED.value, pa.int8()), rows),
            "prev": pa.array([first + place - 1 if place else 0] * rows, pa.int64()),
            "gap": pa.repeat(pa.scalar(value=False), rows),
            "row": pa.array(draw.sample(range(rows), rows), pa.int64()),
            "set:firstName": pa.repeat(pa.scalar(value=True), rows),
            "old:firstName": texts[place % 2],
            "new:firstName": texts[1 - place % 2],
        }
        parts = [("lead", each) for each in pack_parts(pa.table(changes), ())]
        change_log.add(session, first + place, NOW, Origin(ChangeKind.IMPORT, batch_id=first + place), parts)
    session.run_built(
        "INSERT INTO {schema}.lead (id, partition_id, created_at, updated_at, changed) VALUES (:id, 1, 0, :now, :set)",
        {"id": lead_id, "now": NOW, "set": first + SETS - 1},
    )


def seconds(history: History, lead_id: int) -> float:
    """Return the least processor time of a page with all changes of a lead."""
    found = []
    for _ in range(5):
        begin = time.process_time()
        page = history.of_lead(CALLER, lead_id, Window(300, None))
        found.append(time.process_time() - begin)
        assert len(page.items) == SETS
    return min(found)


def test_changes_out_of_large_imports_cost_little_more_than_out_of_small_ones(stores: Stores) -> None:
    """Of a part of 4,096 records the batch with the lead is unpacked, and of that the written cells."""
    with stores.subscription(MUNCHKIN_ID).write() as session:
        add_history(session, 50_000, 1, rows=12_288)
        add_history(session, 90_000, 1 + SETS, rows=16)
    history = History(stores)
    small, large = seconds(history, 90_000), seconds(history, 50_000)
    assert large < 5 * small, f"{large * 1000:.1f} ms instead of {small * 1000:.1f} ms"
    print(
        f"{SETS} changes: {large * 1000:.1f} ms out of large imports, {small * 1000:.1f} ms out of small ones"
    )
