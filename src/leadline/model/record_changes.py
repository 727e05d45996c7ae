"""One record's changes, read out of a part without unpacking the rest of it.

Needs no data-frame library, so that the API process can read a person's history.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from leadline.model.change_parts import PartReader, fields_among
from leadline.model.changes import What
from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class CellChange:
    """What a set wrote into a cell; `row` is the data row that did, None outside imports."""

    old: Any
    new: Any
    row: int | None


@dataclass(frozen=True, slots=True)
class RecordChange:
    """What a change set did to one record.

    `prev` is the set that wrote the record before, 0 for none; behind a `gap` nothing is known.
    `cells` are those whose values the part has: what an update wrote, or the last values of a membership
    that ended. `given` are the fields that a created record was given, each with the data row that gave
    it; their values are found in what came after.
    """

    id: int
    what: What
    prev: int
    gap: bool
    row: int | None
    cells: Mapping[str, CellChange]
    given: Mapping[str, int | None]


def find_record(block: bytes, record_id: int) -> RecordChange | None:
    """Return what a part says of a record, None when it does not name it."""
    part = PartReader(block)
    row = part.record(record_id)
    if row is None:
        return None
    return _change_of(row, part.given if row["what"] == What.CREATED else ())


def find_by(block: bytes, wanted: Mapping[str, int]) -> RecordChange | None:
    """Return what a part says of the record whose old cells have these values, None when there is none."""
    part = PartReader(block)
    names = [f"old:{name}" for name in wanted]
    if not set(names) <= set(part.columns):
        return None
    rows = part.table(["id", *names]).to_pylist()
    found = (row["id"] for row in rows if [row[name] for name in names] == list(wanted.values()))
    record_id = next(found, None)
    return None if record_id is None else find_record(block, record_id)


def _change_of(row: Mapping[str, Any], given: Sequence[str]) -> RecordChange:
    def row_of(field: str) -> int | None:
        told: int | None = row.get(f"row:{field}") or row["row"]
        return told

    what = What(row["what"])
    cells = {
        name: CellChange(row.get(f"old:{name}"), row.get(f"new:{name}"), row_of(name))
        for name in fields_among(list(row))
        if row[f"set:{name}"]
    }
    rows = {name: row_of(name) for name in given if name not in cells}
    return RecordChange(row["id"], what, row["prev"], row["gap"], row["row"], cells, rows)
