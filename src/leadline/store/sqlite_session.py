"""The SQL of SQLite: what a transaction on the embedded store can be asked."""

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa

from leadline.schema.types import Storage
from leadline.store.base import Constants, KnownTypes, Row
from leadline.store.sql import NamedQueries, literal, numbered, on_conflict, quoted
from leadline.store.sqlite_connection import SqliteConnection, column, translated_errors
from leadline.store.upload_files import UploadFiles

_ESCAPED = b"\\" + bytes(range(0x20))
"""What stands in no JSON text as it is, beside quotes."""

_FEW_KEYS = 300
"""So many keys most often find few records."""


class SqliteSession(NamedQueries):
    """Statements on one connection, inside a transaction that its store opened."""

    def __init__(
        self, connection: SqliteConnection, known_types: KnownTypes, upload_files: UploadFiles
    ) -> None:
        super().__init__("sqlite", known_types, upload_files)
        self._connection = connection

    def built_rows(self, sql: str, values: dict[str, object], *, takes_long: bool = False) -> list[Row]:
        """See `Session.built_rows`; here a statement has all the time that it needs."""
        text, names = numbered(sql)
        with translated_errors():
            found = self._connection.few_or_all(text, [values[name] for name in names])
            by_row = zip(*(column.to_pylist() for column in found.columns), strict=True)
            return [dict(zip(found.column_names, row, strict=True)) for row in by_row]

    def run_built(self, sql: str, values: dict[str, object], *, takes_long: bool = False) -> None:
        """See `Session.run_built`."""
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
        """See `Session.match`. The keys travel as one JSON text, so nothing is staged.

        SQLite begins with the keys by itself, unless other columns are given. It goes on at the table of
        a view that has the keys' column where that is said not to be null.
        """
        key = f"r.{quoted(key_column)}"
        wanted = ", ".join([f"{key} AS key", *(f"r.{quoted(column)}" for column in columns)])
        rest = "".join(f" AND r.{quoted(name)} = {int(value)}" for name, value in only.items())
        if (between := _bounds(keys)) is not None:
            sql = f"SELECT {wanted} FROM {quoted(table)} r WHERE {key} BETWEEN ?1 AND ?2{rest}"
            return self._connection.all(sql, between)
        sql = (
            f"SELECT {wanted} FROM json_each(?1) k {'CROSS ' if only else ''}JOIN {quoted(table)} r "
            f"ON {key} = k.value{rest} WHERE {key} IS NOT NULL"
        )
        find = self._connection.few_or_all if len(keys) <= _FEW_KEYS else self._connection.all
        return find(sql, [_json_text(keys)])

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

    def upsert(self, table: str, rows: pa.Table) -> None:
        """See `Session.upsert`."""
        self._insert("INSERT", table, rows, {}, on_conflict(rows.column_names))

    def delete(self, table: str, column: str, keys: pa.Array, only: Constants) -> None:
        """See `Session.delete`. The keys travel as in `match`."""
        among, values = "BETWEEN ? AND ?", list[object](_bounds(keys) or [])
        if not values:
            among, values = "IN (SELECT value FROM json_each(?))", [_json_text(keys)]
        sql = f"DELETE FROM {quoted(table)} WHERE {quoted(column)} {among}"
        sql += "".join(f" AND {quoted(name)} = ?" for name in only)
        self._connection.run(sql, [*values, *only.values()])

    def columns(self, table: str) -> dict[str, str | None]:
        """See `Session.columns`."""
        rows = self.built_rows("SELECT name, dflt_value FROM pragma_table_info(:table)", {"table": table})
        return {row["name"]: row["dflt_value"] for row in rows}

    def column_type(self, storage: Storage, *, is_key: bool = False) -> str:
        """See `Session.column_type`."""
        return storage.value.upper()

    def _insert(self, verb: str, table: str, rows: pa.Table, constants: Constants, more: str = "") -> None:
        names = ", ".join(quoted(name) for name in (*rows.column_names, *constants))
        values = ", ".join(["?"] * rows.num_columns + [literal(value) for value in constants.values()])
        self._connection.write_many(f"{verb} INTO {quoted(table)} ({names}) VALUES ({values}){more}", rows)


def _json_text(keys: pa.Array) -> str:
    """Return keys as the text of a JSON array.

    Many are joined as they are, in a sixth of the time, where none has a character that JSON escapes.
    """
    if len(keys) > _FEW_KEYS:
        import pyarrow.compute as pc  # 30 ms, which the start of a server need not wait for

        is_text = not pa.types.is_integer(keys.type)
        whole = pa.ListArray.from_arrays(pa.array([0, len(keys)], pa.int32()), keys.cast(pa.string()))
        joined: str = pc.binary_join(whole, '","' if is_text else ",")[0].as_py()
        if not is_text:
            return f"[{joined}]"
        octets = joined.encode()
        if octets.count(b'"') == 2 * len(keys) - 2 and len(octets.translate(None, _ESCAPED)) == len(octets):
            return f'["{joined}"]'
    return json.dumps(keys.to_pylist())


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
