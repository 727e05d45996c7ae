"""Rows of records, written into the table of their object type, or into each of its tables what that holds.

A side table has no row of a record that would hold nothing but defaults, so that what few files name costs
the others nothing.
"""

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

import pyarrow as pa

from leadline.schema.catalog import ObjectType
from leadline.store.base import Constants, Session


def insert(session: Session, object_type: ObjectType, rows: pa.Table, constants: Constants) -> None:
    """Insert new records; `constants` are columns of the main table."""
    session.insert(object_type.written_tables[0], _of_main_table(object_type, rows), constants)
    for table, own, defaults in _of_side_tables(object_type, rows):
        session.insert(table, own.filter(_holds_more(own, defaults)), {})


def update(session: Session, object_type: ObjectType, rows: pa.Table, constants: Constants) -> None:
    """Write columns of records, found by `id`; `constants` go into the main table's row of each."""
    import pyarrow.compute as pc  # 30 ms, which the start of a server need not wait for

    session.update(object_type.written_tables[0], _of_main_table(object_type, rows), constants)
    for table, own, defaults in _of_side_tables(object_type, rows):
        holds_more = _holds_more(own, defaults)
        session.upsert(table, own.filter(holds_more))
        session.update(table, own.filter(pc.invert(holds_more)), {})


def _of_main_table(object_type: ObjectType, rows: pa.Table) -> pa.Table:
    apart = {name for columns in object_type.side_columns.values() for name in columns}
    return rows.select([name for name in rows.column_names if name not in apart])


def _of_side_tables(
    object_type: ObjectType, rows: pa.Table
) -> Iterator[tuple[str, pa.Table, Mapping[str, Any]]]:
    """Yield each side table that the rows name columns of, with those, and their defaults."""
    for table, defaults in object_type.side_columns.items():
        names = [name for name in rows.column_names if name in defaults]
        if names:
            yield table, rows.select(["id", *names]), defaults


def _holds_more(rows: pa.Table, defaults: Mapping[str, Any]) -> pa.ChunkedArray:
    """Tell which rows hold anything but defaults; null is something else than a default that is a value."""
    import pyarrow.compute as pc  # 30 ms, which the start of a server need not wait for

    masks = [
        column.is_valid() if default is None else pc.not_equal(column, default).fill_null(fill_value=True)
        for column, default in ((rows[name], defaults[name]) for name in rows.column_names[1:])
    ]
    return reduce(pc.or_, masks)
