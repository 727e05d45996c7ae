"""Long histories of one lead, out of imports that change many others with it."""

import random
import time
from collections.abc import Sequence

import pyarrow as pa

from leadline.lead_database.history import History
from leadline.lead_database.paging import Window
from leadline.model.callers import Caller
from leadline.model.change_parts import pack_parts
from leadline.model.changes import ChangeKind, Origin, What
from leadline.model.rules import Limits, Rules
from leadline.store import change_log
from leadline.store.base import Session
from tests.contract.store.places import MUNCHKIN_ID, NOW

CALLER = Caller(MUNCHKIN_ID, "client", "user", None, None, Limits(), Rules())
FIELDS = ("firstName", "lastName", "company", "title", "city", "country", "postalCode", "industry")


def add_history(
    session: Session, lead_id: int, first: int, rows: int, sets: int, fields: Sequence[str] = FIELDS[:1]
) -> None:
    """Let a lead be one of many that each of some imports changes, in some fields."""
    draw = random.Random(rows)
    ids = pa.array(range(lead_id - rows // 2, lead_id - rows // 2 + rows), pa.int64())
    texts = [pa.array([f"{draw.random()}" for _ in range(rows)]) for _ in range(2)]
    for place in range(sets):
        changes = {
            "id": ids,
            "what": pa.repeat(pa.scalar(What.UPDATED.value, pa.int8()), rows),
            "prev": pa.array([first + place - 1 if place else 0] * rows, pa.int64()),
            "gap": pa.repeat(pa.scalar(value=False), rows),
            "row": pa.array(draw.sample(range(rows), rows), pa.int64()),
        }
        for field in fields:
            changes[f"set:{field}"] = pa.repeat(pa.scalar(value=True), rows)
            changes[f"old:{field}"], changes[f"new:{field}"] = texts[place % 2], texts[1 - place % 2]
        parts = [("lead", each) for each in pack_parts(pa.table(changes), ())]
        change_log.add(session, first + place, NOW, Origin(ChangeKind.IMPORT, batch_id=first + place), parts)
    session.run_built(
        "INSERT INTO {schema}.lead_often (id, partition_id, created_at, updated_at, changed) VALUES (:id, 1, 0, :now, :set)",
        {"id": lead_id, "now": NOW, "set": first + sets - 1},
    )


def page_seconds(history: History, lead_id: int, changes: int) -> tuple[float, float]:
    """Return processor time and seconds of the first page of a lead, which has so many changes."""
    began, spent = time.perf_counter(), time.process_time()
    page = history.of_lead(CALLER, lead_id, Window(300, None))
    found = time.process_time() - spent, time.perf_counter() - began
    assert len(page.items) == changes
    return found
