"""What records were given when they were made.

The log keeps no values of new records, so they are found backwards: a cell's value was what the next
change set found there, or is today's where nobody changed it since.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa

from leadline.model.change_parts import PartReader
from leadline.store import change_log
from leadline.store.base import Session
from leadline.store.reading import StoredRecord


def values_at_creation(
    session: Session,
    object_type: str,
    set_number: int,
    records: Sequence[StoredRecord],
    fields: Collection[str],
) -> dict[int, Mapping[str, Any]]:
    """Return by id the values that a change set gave records when it made them.

    A record is left out whose chain does not lead back to that set: what it was given is unknown.
    """
    instants = change_log.instants_of(session, [each.changed for each in records])
    values: dict[int, dict[str, Any]] = {each.id: dict(each.values) for each in records}
    known: dict[int, Mapping[str, Any]] = {}
    waiting: dict[int, list[int]] = {}
    for each in records:
        if instants.get(each.changed) == each.updated_at:
            waiting.setdefault(each.changed, []).append(each.id)
    while waiting:
        number = max(waiting)
        ids = sorted(waiting.pop(number))
        if number == set_number:
            known |= {record_id: values[record_id] for record_id in ids}
        elif number > set_number:
            for record_id, prev, old in _before(session, object_type, number, ids, fields):
                values[record_id] |= old
                waiting.setdefault(prev, []).append(record_id)
    return known


def _before(
    session: Session, object_type: str, set_number: int, ids: Sequence[int], fields: Collection[str]
) -> list[tuple[int, int, dict[str, Any]]]:
    """Return of each of some records the set before this one, and the values that this one replaced.

    Records behind a gap are left out.
    """
    import pyarrow.compute as pc  # 30 ms, which the start of a server need not wait for

    found = []
    wanted = pa.array(ids, pa.int64())
    for _, block in change_log.blocks_around(session, set_number, object_type, ids[0], ids[-1]):
        part = PartReader(block)
        written = [name for name in fields if f"set:{name}" in part.columns]
        cells = [f"{part}:{name}" for name in written for part in ("set", "old")]
        table = part.table(["id", "prev", "gap", *cells])
        for row in table.filter(pc.is_in(table.column("id"), wanted)).to_pylist():
            if not row["gap"]:
                old = {name: row[f"old:{name}"] for name in written if row[f"set:{name}"]}
                found.append((row["id"], row["prev"], old))
    return found
