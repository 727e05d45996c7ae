"""A store in one schema of a PostgreSQL server.

Tables are named with their schema: nothing depends on the settings of a connection.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from leadline.errors import (
    OperatorError,
    StoreBusyError,
    StoreConflictError,
    StoreDeniedError,
    StoreDownError,
    StoreFaultError,
    StoreFullError,
    StoreMissingError,
)
from leadline.store import postgres_nodes, postgres_rights
from leadline.store.base import Database, Granted, KnownTypes, Question, Row, Session
from leadline.store.location import command_that_lets_in
from leadline.store.migrate import format_fault, format_of, load_migrations, migrate, newer_fault, tables_of
from leadline.store.postgres_local_settings import LocalSettings
from leadline.store.postgres_pool import Server
from leadline.store.postgres_session import PostgresSession
from leadline.store.postgres_settings import faults_of
from leadline.store.postgres_statements import Statement
from leadline.store.sql import quoted

_LIMITS = {"lock_timeout": "3s", "idle_in_transaction_session_timeout": "10s"}
_BY_INDEX = dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin"), "off")
"""A chunk is small beside the table of leads: without fresh statistics the planner would read all leads."""

_INTERPRETED = {"jit": "off"}
"""Before 18 a plan that cannot but read a whole table counts as dear, and compiling it takes seconds."""

_SETTINGS = LocalSettings(_LIMITS | _BY_INDEX | _INTERPRETED)
_SNAPSHOT: Statement = (b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ())
_WRITE: Statement = (b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", ())
_TABLES = "SELECT tablename AS name FROM pg_tables WHERE schemaname = :schema"
_MIGRATION_TRIES = 10


class PostgresDatabase:
    """One store in one schema."""

    upload_files = None
    """See `Database.upload_files`: each node must be able to read them."""

    def __init__(self, server: Server, schema: str, kind: str) -> None:
        self._server = server
        self.schema = schema
        self._kind = kind
        self.migrations = load_migrations("postgres", kind)
        self._known_types: KnownTypes = {}

    @contextmanager
    def read(self) -> Iterator[Session]:
        """See `Database.read`."""
        with self._server.transaction(_SNAPSHOT, _SETTINGS) as connection:
            yield PostgresSession(connection, self.schema, self._known_types)

    @contextmanager
    def read_once(self) -> Iterator[Session]:
        """See `Database.read_once`: each statement is a transaction of its own."""
        with self._server.connection() as connection:
            yield PostgresSession(connection, self.schema, self._known_types)

    def rows_beside(
        self, question: Question, other: Database, other_question: Question
    ) -> tuple[list[Row], list[Row]] | None:
        """See `Database.rows_beside`."""
        if not isinstance(other, PostgresDatabase) or other._server is not self._server:
            return None
        with self._server.connection() as connection:
            mine, theirs = (
                PostgresSession(connection, each.schema, each._known_types).named(*asked)
                for each, asked in ((self, question), (other, other_question))
            )
            rows, others = connection.ask(mine, theirs)
        return rows, others

    @contextmanager
    def write(self) -> Iterator[Session]:
        """See `Database.write`."""
        with (
            self._server.write_seats.taken(self.schema),
            self._server.transaction(_WRITE, _SETTINGS) as connection,
        ):
            yield PostgresSession(connection, self.schema, self._known_types)

    @property
    def where(self) -> str:
        """Where it is, fit to be shown."""
        return f"The schema {self.schema} in {self._server.address}"

    def migrate(self, *, known: bool = False) -> None:
        """See `Database.migrate`; a process that loses the race against others tries again.

        Citus may take longer to make a store than a lock is waited for. A call, which opens a known one, does
        not wait.
        """
        for _ in range(_MIGRATION_TRIES - 1):
            try:
                return self._migrate(known)
            except StoreConflictError:
                continue
            except StoreBusyError as error:
                if known or isinstance(error, (StoreDownError, StoreFullError)):
                    raise
        return self._migrate(known)

    def _migrate(self, known: bool) -> None:
        try:
            migrate(self, known=known)
        except (StoreConflictError, StoreMissingError):
            raise
        except StoreDeniedError as error:
            advice = f"As the owner of the database, run: {command_that_lets_in(error.role)}"
            raise OperatorError(
                f"{self.where} cannot be made or brought up to date: {error}. {advice}"
            ) from error
        except StoreFaultError as error:
            advice = "Run `leadline setup` when that is mended."
            raise OperatorError(f"{self.where} cannot be brought up to date: {error}. {advice}") from error

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
        postgres_nodes.let_be_moved(session, self.schema)
        postgres_rights.grant(session, self.schema, postgres_rights.roles_let_in(session, self.schema))

    def roles(self) -> Sequence[str]:
        """See `Database.roles`."""
        with self.read_once() as session:
            return postgres_rights.roles_let_in(session, self.schema)

    def unknown_roles(self, roles: Sequence[str]) -> Sequence[str]:
        """See `Database.unknown_roles`."""
        with self.read() as session:
            return [role for role in roles if session.row("find_role", role=role) is None]

    def let_in(self, roles: Sequence[str]) -> Granted:
        """See `Database.let_in`."""
        lacked = self._lacked_by(roles)
        if not any(each.lasting for each in lacked.values()):
            return Granted()
        with suppress(StoreDeniedError), self.write() as session:
            postgres_rights.grant(session, self.schema, list(lacked))
        left = {role: each.grants for role, each in self._lacked_by(roles).items()}
        done = [role for role, each in lacked.items() if each.grants and not left[role]]
        return Granted(done, [statement for each in left.values() for statement in each])

    def _lacked_by(self, roles: Sequence[str]) -> dict[str, postgres_rights.Missing]:
        """Return what roles of this server lack."""
        with self.read() as session:
            found = {role: postgres_rights.missing(session, self.schema, role) for role in roles}
        return {role: each for role, each in found.items() if each is not None}

    @property
    def is_open(self) -> bool:
        """See `Database.is_open`: all stores of a server share its connections."""
        return True

    def content_mark(self) -> None:
        """See `Database.content_mark`: only the server knows."""

    def checkpoint(self, *, only_when_due: bool) -> None:
        """See `Database.checkpoint`: the server does so itself."""

    def release_idle(self) -> None:
        """See `Database.release_idle`: all stores of a server share its connections."""

    def release_memory(self) -> None:
        """See `Database.release_memory`: what is cached is the server's."""

    def erase_deleted(self) -> None:
        """See `Database.erase_deleted`: only the owner of the tables may VACUUM them."""

    def faults(self) -> Iterator[str]:
        """See `Database.faults`; those of a server are told by the first of its stores."""
        try:
            if not self._server.is_asked:
                self._server.is_asked = True
                yield from faults_of(self._server)
            with self.read() as session:
                if fault := self._closed_to_us(session):
                    yield fault
                elif not self.schema_version(session) and self._kind == "control":
                    yield f"{self.where} holds no store. Run `leadline setup`."
                elif not self.schema_version(session):
                    yield f"{self.where} is empty. Restore it from a backup."
                elif fault := format_fault(self, session):
                    yield fault
                elif fault := newer_fault(self, session):
                    yield f"{self.where}: {fault}"
                elif self.schema_version(session) < len(self.migrations):
                    yield f"{self.where} is of an older Leadline. Run `leadline setup` as its owner."
                elif lost := self._lost_tables(session):
                    yield f"{self.where} lacks tables: {', '.join(lost)}. Restore it from a backup."
        except StoreDownError as error:
            yield f"The database cannot be used: {error}"
        except (StoreFaultError, StoreBusyError) as error:
            yield f"{self.where} cannot be read: {error}"

    def _lost_tables(self, session: Session) -> list[str]:
        """Return the names of tables that a restore has left out, whose errors were passed over."""
        found = {each["name"] for each in session.built_rows(_TABLES, {"schema": self.schema})}
        return sorted(tables_of(self.migrations) - found)

    def _closed_to_us(self, session: Session) -> str | None:
        """Return a sentence that names all that this role may not use, and the command that grants it."""
        (us,) = session.rows("own_role")
        lacks = postgres_rights.missing(session, self.schema, us["role"])
        if lacks is None or not lacks.grants:
            return None
        what = f"the tables {lacks.closed}" if lacks.enters else "any of it"
        command = command_that_lets_in(us["role"])
        return f"{self.where}: the role {us['role']} may not use {what}. As {lacks.owner}, run: {command}"

    def close(self) -> None:
        """See `Database.close`: connections belong to the server."""
