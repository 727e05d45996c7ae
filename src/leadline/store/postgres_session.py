"""The SQL of PostgreSQL: what a transaction on a store there can be asked.

Whole columns travel as array texts, rows as COPY; nothing is staged, so no table has to
be made or emptied.
"""

import io
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from leadline.model.tables import line_for_each
from leadline.schema.types import Storage
from leadline.store.base import Constants, KnownTypes, Row
from leadline.store.postgres_connection import Connection
from leadline.store.postgres_statements import Statement
from leadline.store.sql import NamedQueries, numbered_in_schema, on_conflict, quoted

_COLUMN_TYPES = line_for_each(
    Storage, {Storage.TEXT: "text", Storage.INTEGER: "bigint", Storage.REAL: "double precision"}
)
_ARROW_TYPES = line_for_each(
    Storage, {Storage.TEXT: pa.string(), Storage.INTEGER: pa.int64(), Storage.REAL: pa.float64()}
)
_SQL_TYPES = {
    pa.string(): "text",
    pa.large_string(): "text",
    pa.int64(): "bigint",
    pa.float64(): "double precision",
}
_COPY_OPTIONS = csv.WriteOptions(include_header=False)
_LARGE_BYTES = 2 * 1024 * 1024
"""Larger than any part of an upload: a report, which a worker writes and no caller waits for."""

_KEYS_AT_ONCE = 8_192
"""All that is found comes back as one row, which may have 1 GB: 128 KB a record."""

_SMALL_BYTES = 64 * 1024
"""So much may wait for the statement behind it."""

_FEW_ROWS = 300
"""As many rows as a call may bring. The server ends a client that freezes in a statement, not in a COPY."""


class PostgresSession(NamedQueries):
    """Statements on one connection, inside a transaction that its store opened."""

    def __init__(self, connection: Connection, schema: str, known_types: KnownTypes) -> None:
        super().__init__("citus" if connection.is_citus else "postgres", known_types)
        self._connection = connection
        self._schema = schema

    def built_rows(self, sql: str, values: dict[str, object], *, takes_long: bool = False) -> list[Row]:
        """See `Session.built_rows`."""
        (found,) = self._connection.ask(self.statement(sql, values), takes_long=takes_long)
        return found

    def run(self, query: str, /, **values: object) -> None:
        """See `Session.run`; a named query is one statement, whether it has values or not."""
        self._run(self.named(query, values), takes_long=self._queries[query].takes_long)

    def run_built(self, sql: str, values: dict[str, object], *, takes_long: bool = False) -> None:
        """See `Session.run_built`; without values it may be several, as those of migrations are."""
        text, bound = self.statement(sql, values)
        if values:
            self._run((text, bound), takes_long=takes_long)
        else:
            self._connection.run(text, takes_long=takes_long)

    def _run(self, statement: Statement, *, takes_long: bool) -> None:
        size = sum(len(value) for value in statement[1] if isinstance(value, (bytes, str)))
        if takes_long or size > _SMALL_BYTES:
            self._connection.ask(statement, takes_long=takes_long or size > _LARGE_BYTES)
        else:
            self._connection.put_off(statement)

    def named(self, query: str, values: Mapping[str, object]) -> Statement:
        """Return a named query as the connection takes it."""
        return self.statement(self._queries[query].text, values)

    def statement(self, sql: str, values: Mapping[str, object]) -> Statement:
        """Return a built statement as the connection takes it."""
        text, names = numbered_in_schema(sql, self._schema)
        return text, [_storable(values[name]) for name in names]

    def run_built_many(self, sql: str, rows: Sequence[Row]) -> None:
        """See `NamedQueries.run_built_many`."""
        self._connection.ask(*(self.statement(sql, row) for row in rows), takes_long=True)

    def match(
        self,
        table: str,
        key_column: str,
        columns: Mapping[str, Storage],
        keys: pa.Array,
        only: Mapping[str, int],
    ) -> pa.Table:
        """See `Session.match`. Columns come back as arrays: rows would cost four times the time here."""
        types = {"key": keys.type} | {name: _ARROW_TYPES[storage] for name, storage in columns.items()}
        named = enumerate((key_column, *columns))
        wanted = (f"array_agg({quoted(name)}) AS c{place}" for place, name in named)
        sql = (
            f"SELECT {', '.join(wanted)} FROM {self._table(table)} "
            f"WHERE {quoted(key_column)} = ANY ($1::{_SQL_TYPES[keys.type]}[])"
            + "".join(f" AND {quoted(name)} = ${place}" for place, name in enumerate(only, 2))
        ).encode()
        found = [pa.schema(types.items()).empty_table()]
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            texts = _without_nul(array_text(keys.slice(start, _KEYS_AT_ONCE)))
            ((row,),) = self._connection.ask((sql, [texts, *only.values()]), takes_long=True)
            arrays = [
                pa.array(each or (), kind) for each, kind in zip(row.values(), types.values(), strict=True)
            ]
            found.append(pa.Table.from_arrays(arrays, names=list(types)))
        return pa.concat_tables(found)

    def insert(self, table: str, rows: pa.Table, constants: Constants) -> None:
        """See `Session.insert`."""
        for name, value in constants.items():
            if value is not None:
                rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
        if rows.num_rows <= _FEW_ROWS:
            self._run_columns(self._insert_from_columns(table, rows), rows)
        else:
            content = io.BytesIO()
            csv.write_csv(rows, content, _COPY_OPTIONS)
            names = ", ".join(quoted(name) for name in rows.column_names)
            sql = f"COPY {self._table(table)} ({names}) FROM STDIN (FORMAT csv)"
            self._connection.copy_in(sql, content.getbuffer())

    def insert_missing(self, table: str, rows: pa.Table) -> None:
        """See `Session.insert_missing`."""
        self._run_columns(f"{self._insert_from_columns(table, rows)} ON CONFLICT DO NOTHING", rows)

    def update(self, table: str, rows: pa.Table, constants: Constants) -> None:
        """See `Session.update`."""
        names = [quoted(name) for name in rows.column_names]
        changes = [f"{name} = s.{name}" for name in names if name != quoted("id")]
        changes += [f"{quoted(name)} = ${place}" for place, name in enumerate(constants, len(names) + 1)]
        sql = (
            f"UPDATE {self._table(table)} AS r SET {', '.join(changes)} "
            f"FROM {_unnest(rows)} AS s ({', '.join(names)}) WHERE r.id = s.id"
        )
        self._run_columns(sql, rows, tuple(constants.values()))

    def upsert(self, table: str, rows: pa.Table) -> None:
        """See `Session.upsert`."""
        self._run_columns(self._insert_from_columns(table, rows) + on_conflict(rows.column_names), rows)

    def delete(self, table: str, column: str, keys: pa.Array, only: Constants) -> None:
        """See `Session.delete`."""
        sql = f"DELETE FROM {self._table(table)} WHERE {quoted(column)} = ANY ($1::bigint[])"
        sql += "".join(f" AND {quoted(name)} = ${place}" for place, name in enumerate(only, 2))
        self._connection.ask((sql.encode(), [array_text(keys), *only.values()]), takes_long=True)

    def columns(self, table: str) -> dict[str, str | None]:
        """See `Session.columns`."""
        sql = (
            "SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) AS initial FROM pg_attribute a "
            "LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
            "WHERE a.attrelid = to_regclass(:table) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
        )
        rows = self.built_rows(sql, {"table": self._table(table)})
        return {row["attname"]: row["initial"] for row in rows}

    def column_type(self, storage: Storage, *, is_key: bool = False) -> str:
        """See `Session.column_type`."""
        return _COLUMN_TYPES[storage] + (' COLLATE "C"' if is_key else "")

    def _table(self, name: str) -> str:
        return f"{quoted(self._schema)}.{quoted(name)}"

    def _insert_from_columns(self, table: str, rows: pa.Table) -> str:
        names = ", ".join(quoted(name) for name in rows.column_names)
        return f"INSERT INTO {self._table(table)} ({names}) SELECT * FROM {_unnest(rows)}"

    def _run_columns(self, sql: str, rows: pa.Table, constants: tuple[int | str | None, ...] = ()) -> None:
        if rows.num_rows:
            columns = [array_text(column.combine_chunks()) for column in rows.columns]
            statement = (sql.encode(), [*columns, *constants])
            if rows.num_rows <= _FEW_ROWS:
                self._run(statement, takes_long=False)
            else:
                self._connection.ask(statement, takes_long=True)


def _storable(value: object) -> object:
    """Replace what PostgreSQL cannot hold in a text; nothing stored has it, so it finds nothing."""
    return _without_nul(value) if isinstance(value, str) else value


def _without_nul(text: str) -> str:
    return text.replace("\0", "\ufffe")


def _unnest(rows: pa.Table) -> str:
    marks = (f"${place}::{_SQL_TYPES[column.type]}[]" for place, column in enumerate(rows.columns, 1))
    return f"unnest({', '.join(marks)})"


def array_text(values: pa.Array) -> str:
    """Return a column as the text of a PostgreSQL array; many values without a loop over them."""
    texts = values.cast(pa.string())
    is_quoted = not pa.types.is_integer(values.type) and not pa.types.is_floating(values.type)
    if len(texts) <= _FEW_ROWS:
        return f"{{{','.join(_array_item(each, is_quoted=is_quoted) for each in texts.to_pylist())}}}"
    if is_quoted:
        escaped = pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '\\"')
        texts = pc.binary_join_element_wise('"', escaped, '"', "")
    filled = pc.fill_null(texts, "NULL")
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(filled)], pa.int32()), filled), ",")
    return f"{{{joined[0].as_py()}}}"


def _array_item(text: str | None, *, is_quoted: bool) -> str:
    if text is None:
        return "NULL"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if is_quoted else text
