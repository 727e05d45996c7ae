"""A store in one schema of a PostgreSQL server.

Whole columns travel as array texts, rows as COPY; nothing is staged, so no table has to
be made or emptied. Tables are named with their schema: nothing rests on a session's settings.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from leadline.errors import (
    OperatorError,
    StoreBusyError,
    StoreConflictError,
    StoreFaultError,
    StoreMissingError,
)
from leadline.model.tables import line_for_each
from leadline.schema.types import Storage
from leadline.store.base import Constants, KnownTypes, Row, Session
from leadline.store.migrate import format_fault, format_of, load_migrations, migrate
from leadline.store.postgres_pool import Connection, Server
from leadline.store.sql import NamedQueries, in_schema, quoted

_LIMITS = "SET LOCAL lock_timeout = '3s'; SET LOCAL idle_in_transaction_session_timeout = '10s'"
_BY_INDEX = "; ".join(f"SET LOCAL enable_{plan} = off" for plan in ("seqscan", "hashjoin", "mergejoin"))
"""A chunk is small beside the table of leads: without fresh statistics the planner would read all leads."""

_SNAPSHOT = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_LIMITS}; {_BY_INDEX}"
_WRITE = f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {_LIMITS}; {_BY_INDEX}"
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

_FEW_ROWS = 300
"""As many rows as a call may bring. The server ends a client that freezes in a statement, not in a COPY."""

_MIGRATION_TRIES = 10


class PostgresSession(NamedQueries):
    """Statements on one connection, inside a transaction that its store opened."""

    def __init__(self, connection: Connection, schema: str, known_types: KnownTypes) -> None:
        super().__init__("postgres", known_types)
        self._connection = connection
        self._schema = schema

    def built_rows(self, sql: str, values: dict[str, object]) -> list[Row]:
        """See `Session.built_rows`."""
        return self._connection.rows(in_schema(sql, self._schema), _storable(values))

    def run_built(self, sql: str, values: dict[str, object], *, takes_long: bool = False) -> None:
        """See `Session.run_built`."""
        large = any(isinstance(value, bytes) and len(value) > _LARGE_BYTES for value in values.values())
        run = self._connection.run_long if large or takes_long else self._connection.run
        run(in_schema(sql, self._schema), _storable(values))

    def match(
        self,
        table: str,
        key_column: str,
        columns: Mapping[str, Storage],
        keys: pa.Array,
        only: Mapping[str, int],
    ) -> pa.Table:
        """See `Session.match`."""
        types = {"key": keys.type} | {name: _ARROW_TYPES[storage] for name, storage in columns.items()}
        wanted = ", ".join(quoted(name) for name in (key_column, *columns))
        sql = (
            f"SELECT {wanted} FROM {self._table(table)} "
            f"WHERE {quoted(key_column)} = ANY (%s::{_SQL_TYPES[keys.type]}[])"
            + "".join(f" AND {quoted(name)} = {int(value)}" for name, value in only.items())
        )
        found = self._connection.bulk_rows(sql, [array_text(keys)]) if len(keys) else []
        values = zip(*found, strict=True) if found else ([] for _ in types)
        arrays = [pa.array(each, kind) for each, kind in zip(values, types.values(), strict=True)]
        return pa.Table.from_arrays(arrays, names=list(types))

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
        changes += [f"{quoted(name)} = %s" for name in constants]
        sql = (
            f"UPDATE {self._table(table)} AS r SET {', '.join(changes)} "
            f"FROM {_unnest(rows)} AS s ({', '.join(names)}) WHERE r.id = s.id"
        )
        self._run_columns(sql, rows, tuple(constants.values()))

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
            self._connection.bulk_run(sql, [*constants, *columns])


def _storable(values: dict[str, object]) -> dict[str, object]:
    """Replace what PostgreSQL cannot hold in a text; nothing stored has it, so it finds nothing."""
    return {
        name: value.replace("\0", "\ufffe") if isinstance(value, str) else value
        for name, value in values.items()
    }


def _unnest(rows: pa.Table) -> str:
    marks = ", ".join(f"%s::{_SQL_TYPES[column.type]}[]" for column in rows.columns)
    return f"unnest({marks})"


def array_text(values: pa.Array) -> str:
    """Return a column as the text of a PostgreSQL array, made without a loop over its values."""
    texts = values.cast(pa.string())
    if not pa.types.is_integer(values.type) and not pa.types.is_floating(values.type):
        escaped = pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '\\"')
        texts = pc.binary_join_element_wise('"', escaped, '"', "")
    filled = pc.fill_null(texts, "NULL")
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(filled)], pa.int32()), filled), ",")
    return f"{{{joined[0].as_py()}}}"


class PostgresDatabase:
    """One store in one schema."""

    def __init__(self, server: Server, schema: str, kind: str) -> None:
        self._server = server
        self.schema = schema
        self._kind = kind
        self.migrations = load_migrations("postgres", kind)
        self._known_types: KnownTypes = {}

    @contextmanager
    def read(self) -> Iterator[Session]:
        """See `Database.read`."""
        with self._server.transaction(_SNAPSHOT) as connection:
            yield PostgresSession(connection, self.schema, self._known_types)

    @contextmanager
    def read_once(self) -> Iterator[Session]:
        """See `Database.read_once`: each statement is a transaction of its own."""
        with self._server.connection() as connection:
            yield PostgresSession(connection, self.schema, self._known_types)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """See `Database.write`."""
        with self._server.transaction(_WRITE) as connection:
            yield PostgresSession(connection, self.schema, self._known_types)

    @property
    def where(self) -> str:
        """Where it is, fit to be shown."""
        return f"The schema {self.schema} in {self._server.address}"

    def migrate(self, *, known: bool = False) -> None:
        """See `Database.migrate`; a process that loses the race against others tries again."""
        for _ in range(_MIGRATION_TRIES - 1):
            with suppress(StoreConflictError):
                return self._migrate(known)
        return self._migrate(known)

    def _migrate(self, known: bool) -> None:
        try:
            migrate(self, known=known)
            if not known and self._kind == "subscription":
                self._keep_uploads_plain()
        except (StoreConflictError, StoreMissingError):
            raise
        except StoreFaultError as error:
            raise OperatorError(
                f"{self.where} cannot be brought up to date: {error}. "
                "Run `leadline setup` as the owner of the schema."
            ) from error

    def _keep_uploads_plain(self) -> None:
        """Spare the server the compression of uploads, which makes storing one five times slower.

        No migration may depend on it: engines that spread a schema over machines refuse it.
        """
        with suppress(StoreFaultError, StoreBusyError), self.write() as session:
            session.run_built("ALTER TABLE {schema}.job_file ALTER COLUMN bytes SET STORAGE EXTERNAL", {})

    def schema_version(self, session: Session) -> int:
        """Return the number of the last migration that was applied."""
        named: dict[str, object] = {"schema": self.schema}
        sql = "SELECT 1 FROM pg_tables WHERE schemaname = :schema AND tablename = 'schema_version'"
        if not session.built_rows(sql, named):
            return 0
        return int(
            session.built_rows("SELECT version FROM {schema}.schema_version WHERE one = 1", {})[0]["version"]
        )

    def schema_format(self, session: Session) -> int:
        """See `VersionedDatabase.schema_format`; the first stores have no column for it."""
        sql = "SELECT to_jsonb(v) ->> 'format' AS format FROM {schema}.schema_version v WHERE one = 1"
        return int(session.built_rows(sql, {})[0]["format"] or 0)

    def begin_migration(self, session: Session) -> None:
        """Let one migrate at a time."""
        schema = quoted(self.schema)
        if not session.built_rows(
            "SELECT 1 FROM pg_namespace WHERE nspname = :schema", {"schema": self.schema}
        ):
            session.run_built(f"CREATE SCHEMA {schema}", {})
        if self.schema_version(session):
            session.built_rows("SELECT version FROM {schema}.schema_version WHERE one = 1 FOR UPDATE", {})

    def record_version(self, session: Session, version: int) -> None:
        """See `VersionedDatabase.record_version`."""
        sql = "UPDATE {schema}.schema_version SET version = :version, format = :format WHERE one = 1"
        session.run_built(sql, {"version": version, "format": format_of(self.migrations)})

    def checkpoint(self, *, only_when_due: bool) -> None:
        """See `Database.checkpoint`: the server does so itself."""

    def release_idle(self) -> None:
        """See `Database.release_idle`: all stores of a server share its connections."""

    def erase_deleted(self) -> None:
        """See `Database.erase_deleted`: only the owner of the tables may VACUUM them."""

    def faults(self) -> Iterator[str]:
        """See `Database.faults`."""
        try:
            yield from self._server.faults()
            with self.read() as session:
                if not self.schema_version(session) and self._kind == "control":
                    yield f"{self.where} holds no store. Run `leadline setup`."
                elif not self.schema_version(session):
                    yield f"{self.where} is empty. Restore it from a backup."
                elif fault := format_fault(self, session):
                    yield fault
        except (StoreFaultError, StoreBusyError) as error:
            yield f"{self._server.address} cannot be read: {error}"

    def close(self) -> None:
        """See `Database.close`: connections belong to the server."""
