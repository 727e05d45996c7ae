"""The SQL of SQLite: what a transaction on the embedded store can be asked."""

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa

from leadline.schema.types import Storage
from leadline.store.base import Constants, KnownTypes, Row
from leadline.store.sql import NamedQueries, literal, numbered, quoted
from leadline.store.sqlite_connection import SqliteConnection, column, translated_errors
from leadline.store.upload_files import UploadFiles

_VALUES_AT_ONCE = 160
_FEW_KEYS = 300
"""So many keys most often find few records."""


class SqliteSession(NamedQueries):
    """Statements on one connection, inside a transaction that its store opened."""

    def __init__(
        self, connection: SqliteConnection, known_types: KnownTypes, upload_files: UploadFiles
    ) -> None:
        super().__init__("sqlite", known_types, upload_files)
        self._connection = connection

    def built_rows(self, sql: str, values: dict[str, object]) -> list[Row]:
        """See `Session.built_rows`."""
        text, names = numbered(sql)
        with translated_errors():
            found = self._connection.few_or_all(text, [values[name] for name in names])
            by_row = zip(*(column.to_pylist() for column in found.columns), strict=True)
            return [dict(zip(found.column_names, row, strict=True)) for row in by_row]

    def run_built(self, sql: str, values: dict[str, object], *, takes_long: bool = False) -> None:
        """See `Session.run_built`; here a statement has all the time that it needs."""
        text, names = numbered(sql)
        self._connection.run(text, [values[name] for name in names])

    def run_built_many(self, sql: str, rows: Sequence[Row]) -> None:
        """See `NamedQueries.run_built_many`."""
        text, names = numbered(sql)
        self._connection.write_many(
            text, pa.table({name: column([row[name] for row in rows]) for name in names})
        )

    def match(
        self,
        table: str,
        key_column: str,
        columns: Mapping[str, Storage],
        keys: pa.Array,
        only: Mapping[str, int],
    ) -> pa.Table:
        """See `Session.match`. The keys travel as one JSON text, so nothing is staged."""
        wanted = ", ".join(f"r.{quoted(column)}" for column in columns)
        rest = "".join(f" AND r.{quoted(name)} = {int(value)}" for name, value in only.items())
        if (between := _bounds(keys)) is not None:
            key = f"r.{quoted(key_column)}"
            sql = f"SELECT {key} AS key, {wanted} FROM {quoted(table)} r WHERE {key} BETWEEN ?1 AND ?2{rest}"
            return self._connection.all(sql, between)
        sql = (
            f"SELECT k.value AS key, {wanted} FROM json_each(?1) k "
            f"CROSS JOIN {quoted(table)} r ON r.{quoted(key_column)} = k.value{rest}"
        )
        find = self._connection.few_or_all if len(keys) <= _FEW_KEYS else self._connection.all
        return find(sql, [json.dumps(keys.to_pylist())])

    def insert(self, table: str, rows: pa.Table, constants: Constants) -> None:
        """See `Session.insert`. Constants stand in the text: binding them to each row would cost."""
        self._insert("INSERT", table, rows, constants)

    def insert_missing(self, table: str, rows: pa.Table) -> None:
        """See `Session.insert_missing`."""
        self._insert("INSERT OR IGNORE", table, rows, {})

    def update(self, table: str, rows: pa.Table, constants: Constants) -> None:
        """See `Session.update`."""
        marks = {name: f"?{number}" for number, name in enumerate(rows.column_names, 1)}
        own_id = marks.pop("id")
        values = marks | {name: literal(value) for name, value in constants.items()}
        changes = ", ".join(f"{quoted(name)} = {value}" for name, value in values.items())
        self._connection.write_many(f"UPDATE {quoted(table)} SET {changes} WHERE id = {own_id}", rows)

    def delete(self, table: str, column: str, keys: pa.Array, only: Constants) -> None:
        """See `Session.delete`. The keys travel as in `match`."""
        among, values = "BETWEEN ? AND ?", list[object](_bounds(keys) or [])
        if not values:
            among, values = "IN (SELECT value FROM json_each(?))", [json.dumps(keys.to_pylist())]
        sql = f"DELETE FROM {quoted(table)} WHERE {quoted(column)} {among}"
        sql += "".join(f" AND {quoted(name)} = ?" for name in only)
        self._connection.run(sql, [*values, *only.values()])

    def column_type(self, storage: Storage, *, is_key: bool = False) -> str:
        """See `Session.column_type`."""
        return storage.value.upper()

    def _insert(self, verb: str, table: str, rows: pa.Table, constants: Constants) -> None:
        """Insert several rows with each run of the statement, since a run costs as much as two rows."""
        names = ", ".join(quoted(name) for name in (*rows.column_names, *constants))
        values = ", ".join(["?"] * rows.num_columns + [literal(value) for value in constants.values()])
        insert = f"{verb} INTO {quoted(table)} ({names}) VALUES "
        at_once = max(1, _VALUES_AT_ONCE // rows.num_columns)
        whole = rows.num_rows // at_once * at_once
        if whole:
            several = insert + ", ".join([f"({values})"] * at_once)
            self._connection.write_many(several, _side_by_side(rows.slice(0, whole), at_once))
        self._connection.write_many(f"{insert}({values})", rows.slice(whole))


def _bounds(keys: pa.Array) -> list[int] | None:
    """Return the first and the last of many whole numbers, where none between them is left out.

    So are the ids that an import has given: as a range they are found in two thirds of the time.
    """
    if len(keys) <= _FEW_KEYS or not pa.types.is_integer(keys.type):
        return None
    import pyarrow.compute as pc  # 30 ms, which the start of a server need not wait for

    bounds = pc.min_max(keys)
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    leaves_out = high - low + 1 != len(keys) or len(pc.unique(keys)) < len(keys)
    return None if leaves_out else [low, high]


def _side_by_side(rows: pa.Table, count: int) -> pa.Table:
    """Put each `count` rows that follow each other into one row."""
    rows = rows.combine_chunks()
    offsets = [pa.array(range(offset, rows.num_rows, count), pa.int64()) for offset in range(count)]
    columns = [column for each in offsets for column in rows.take(each).columns]
    return pa.table(columns, names=[str(number) for number in range(len(columns))])
