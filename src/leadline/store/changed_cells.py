"""Tables of changed records, in the form in which the change log packs them, made of few values.

Imports and sync calls have theirs from the engine; these are of calls that delete, move and join.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from leadline.model.changes import What
from leadline.model.tables import line_for_each
from leadline.schema.types import Storage
from leadline.store.base import Row

_ARROW = line_for_each(
    Storage, {Storage.TEXT: pa.string(), Storage.INTEGER: pa.int64(), Storage.REAL: pa.float64()}
)


def typed(found: pa.Table, columns: Mapping[str, Storage]) -> pa.Table:
    """Return columns as they are stored; what a database hands out without any value has another type."""
    return pa.table({name: found[name].cast(_ARROW[storage]) for name, storage in columns.items()})


def one_row(values: Row, columns: Mapping[str, Storage]) -> pa.Table:
    """Return a table of one row."""
    return pa.table({name: pa.array([value], _ARROW[columns[name]]) for name, value in values.items()})


def new_records(ids: pa.Array, rows: pa.Array | None = None, prev: Sequence[int] | None = None) -> pa.Table:
    """Return records that nothing has written before, or something that `prev` names."""
    count = len(ids)
    return pa.table(
        {
            "id": ids,
            "changed": pa.repeat(0, count) if prev is None else pa.array(prev, pa.int64()),
            "gap": pa.repeat(pa.scalar(value=False, type=pa.bool_()), count),
            "row": pa.nulls(count, pa.int64()) if rows is None else rows,
        }
    )


def with_cells(
    found: pa.Table, what: What, cells: Mapping[str, tuple[pa.Array | None, pa.Array | None]]
) -> pa.Table:
    """Return what becomes of records with `id`, `changed` and `gap`: the old and new value of each cell.

    None stands for nulls. All cells are written; records come out by ascending id.
    """
    count = found.num_rows
    columns: dict[str, pa.Array] = {
        "id": found["id"],
        "what": pa.repeat(pa.scalar(what.value, pa.int8()), count),
        "prev": found["changed"],
        "gap": found["gap"],
        "row": found["row"] if "row" in found.column_names else pa.nulls(count, pa.int64()),
    }
    for name, (old, new) in cells.items():
        one = new if old is None else old
        assert one is not None, "a cell has an old or a new value"
        columns[f"set:{name}"] = pa.repeat(pa.scalar(value=True, type=pa.bool_()), count)
        columns[f"old:{name}"] = pa.nulls(count, one.type) if old is None else old
        columns[f"new:{name}"] = pa.nulls(count, one.type) if new is None else new
    return pa.table(columns).sort_by("id")
