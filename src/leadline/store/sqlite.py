"""The embedded store: a file of SQLite, its connections and transactions, and its maintenance."""

import os
import queue
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from leadline.errors import StoreBusyError, StoreFaultError, StoreFullError, StoreMissingError
from leadline.store.base import KnownTypes, Session
from leadline.store.migrate import format_fault, format_of, load_migrations, migrate
from leadline.store.sqlite_connection import SqliteConnection, SqliteFile, translated_errors
from leadline.store.sqlite_session import SqliteSession
from leadline.store.write_turn import turn

_PRAGMAS = (
    "PRAGMA busy_timeout = 5000",  # first, for those that follow may have to wait
    "PRAGMA page_size = 8192",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA journal_size_limit = 67108864",
)
_CALLS_CACHE_KIB = 8_192
_WORKER_CACHE_KIB = {True: 65_536, False: 16_384}
"""By whether the connection writes: what a chunk changes is needed again, what is read in order is not."""

_IDLE_MAX = 4
"""How many connections of each kind, reading and writing, are kept for the next transactions."""

_ERASING_MS = 100
_WAL_BYTES_MAX = 256 * 1024 * 1024
_BYTES_TO_OPEN = 64 * 1024
"""What the index of a write-ahead log takes; with less space SQLite reports an I/O error."""


class SqliteDatabase:
    """One store in one file, and its connections."""

    def __init__(self, path: Path, kind: str, *, worker: bool = False, durable: bool = True) -> None:
        """Without `durable`, a commit survives the death of the process, not that of the machine."""
        self.path = path
        self.migrations = load_migrations("sqlite", kind)
        self._worker = worker
        self._durable = durable
        self._known_types: KnownTypes = {}
        self._idle = {writing: queue.LifoQueue[SqliteConnection]() for writing in (False, True)}
        self._opening = threading.Lock()
        self._database: SqliteFile | None = None
        self._opened: tuple[int, int] | None = None

    @property
    def where(self) -> str:
        """Where it is, fit to be shown."""
        return str(self.path)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """See `Database.read`."""
        with self._connection() as session, self._transaction(session, "BEGIN"):
            yield session

    def read_once(self) -> AbstractContextManager[Session]:
        """See `Database.read_once`: each statement is a transaction of its own."""
        return self._connection()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """See `Database.write`."""
        with (
            turn(self.path, worker=self._worker),
            self._connection(writing=True) as session,
            self._transaction(session, "BEGIN IMMEDIATE"),
        ):
            yield session

    @contextmanager
    def _transaction(self, session: SqliteSession, begin: str) -> Iterator[None]:
        session.run_built(begin, {})
        try:
            yield
        except BaseException:
            with suppress(StoreFaultError):  # a failed statement may have rolled back already
                session.run_built("ROLLBACK", {})
            raise
        session.run_built("COMMIT", {})

    @contextmanager
    def _connection(self, *, writing: bool = False) -> Iterator[SqliteSession]:
        self._check_file()
        idle = self._idle[writing]
        try:
            connection = idle.get_nowait()
        except queue.Empty:
            with self._full_disk_recognised():
                connection = self._open(_WORKER_CACHE_KIB[writing] if self._worker else _CALLS_CACHE_KIB)
        try:
            yield SqliteSession(connection, self._known_types)
        except (StoreFaultError, StoreBusyError):
            connection.close()
            raise
        except BaseException:
            self._take_back(connection, idle)
            raise
        self._take_back(connection, idle)

    def _take_back(self, connection: SqliteConnection, idle: queue.LifoQueue[SqliteConnection]) -> None:
        if idle.qsize() < _IDLE_MAX:
            idle.put(connection)
        else:
            connection.close()

    def _check_file(self) -> None:
        """Raise a store's error when the file is gone or another one, which SQLite does not notice."""
        try:
            found = self.path.stat()
        except OSError as error:
            raise StoreMissingError(f"{self.path}: {error.strerror}. Restore it from a backup.") from error
        self._opened = self._opened or (found.st_dev, found.st_ino)
        if self._opened != (found.st_dev, found.st_ino):
            raise StoreFaultError(f"{self.path} was replaced under the running server. Start it again.")

    @contextmanager
    def _full_disk_recognised(self) -> Iterator[None]:
        """Raise `StoreFullError` where a store cannot be opened because the disk is full."""
        try:
            yield
        except StoreFaultError as error:
            space = os.statvfs(self.path)
            if space.f_bavail * space.f_frsize < _BYTES_TO_OPEN:
                raise StoreFullError(f"{self.path}: {error}") from error
            raise

    def _open(self, cache_kib: int) -> SqliteConnection:
        with self._opening:
            self._database = self._database or SqliteFile(self.path)
            connection = self._database.connect()
        session = SqliteSession(connection, self._known_types)
        try:
            for pragma in (*_PRAGMAS, f"PRAGMA cache_size = -{cache_kib}", *self._not_durable()):
                session.built_rows(pragma, {})
        except BaseException:
            connection.close()
            raise
        return connection

    def _not_durable(self) -> tuple[str, ...]:
        return () if self._durable else ("PRAGMA synchronous = OFF",)

    def migrate(self, *, known: bool = False) -> None:
        """See `Database.migrate`; in its write turn one process alone changes the journal of a new file."""
        if not known:
            with translated_errors(), suppress(FileExistsError):
                self.path.touch(0o600, exist_ok=False)
        self._check_file()
        if known and self.path.stat().st_size == 0:
            raise StoreMissingError(f"{self.path} is empty. Restore it from a backup.")
        with turn(self.path, worker=self._worker), self._connection():
            pass
        migrate(self, known=known)

    def schema_version(self, session: Session) -> int:
        """Return the number of the last migration that was applied."""
        return int(session.built_rows("PRAGMA user_version", {})[0]["user_version"])

    def schema_format(self, session: Session) -> int:
        """See `VersionedDatabase.schema_format`: SQLite has a number for it in the head of each file."""
        return int(session.built_rows("PRAGMA application_id", {})[0]["application_id"])

    def begin_migration(self, session: Session) -> None:
        """Do nothing: a writing transaction is alone in the file, which exists by now."""

    def record_version(self, session: Session, version: int) -> None:
        """See `VersionedDatabase.record_version`."""
        session.run_built(f"PRAGMA application_id = {format_of(self.migrations)}", {})
        session.run_built(f"PRAGMA user_version = {int(version)}", {})

    @property
    def _log(self) -> Path:
        """The write-ahead log; it lies beside the file itself, where that is a link."""
        return Path(f"{self.path.resolve()}-wal")

    def checkpoint(self, *, only_when_due: bool) -> None:
        """See `Database.checkpoint`; a write-ahead log that is too long is emptied."""
        if not only_when_due:
            self._move_log("PASSIVE")
        elif self._log.exists() and self._log.stat().st_size > _WAL_BYTES_MAX:
            self.erase_deleted()

    def erase_deleted(self) -> None:
        """See `Database.erase_deleted`: empty the write-ahead log, unless a reader holds it for long.

        Most of it is moved before the write turn is taken, while others may write.
        """
        if self._log.exists() and self._log.stat().st_size:
            self._move_log("PASSIVE")
            with turn(self.path, worker=self._worker):
                self._move_log("TRUNCATE")

    def _move_log(self, how: str) -> None:
        with self._connection() as session:
            session.built_rows(f"PRAGMA busy_timeout = {_ERASING_MS}", {})
            session.built_rows(f"PRAGMA wal_checkpoint({how})", {})
            session.built_rows(_PRAGMAS[0], {})

    def faults(self) -> Iterator[str]:
        """See `Database.faults`."""
        try:
            with self.read() as session:
                for check, column in (("integrity_check", "integrity_check"), ("foreign_key_check", "table")):
                    for row in session.built_rows(f"PRAGMA {check}", {}):
                        if row[column] != "ok":
                            yield f"{self.path}: {check} found: {row[column]}. Restore a backup."
                if not self.schema_version(session):
                    yield f"{self.path} is empty. Restore a backup."
                elif fault := format_fault(self, session):
                    yield fault
        except (StoreFaultError, StoreBusyError) as error:
            if "readonly" in str(error):
                yield f"{self.path} may not be written by this user. Give it that right, or run as its owner."
            else:
                yield f"{self.path} cannot be read: {error}. Restore a backup."

    def copy_to(self, path: Path) -> None:
        """Write a copy of the store, as it stands, into a file that does not exist."""
        with self._connection() as session:
            session.run_built("VACUUM INTO :path", {"path": str(path)})

    def release_idle(self) -> None:
        """See `Database.release_idle`."""
        for idle in self._idle.values():
            while not idle.empty():
                idle.get_nowait().close()

    def close(self) -> None:
        """See `Database.close`."""
        self.release_idle()
        if self._database is not None:
            with suppress(RuntimeError):  # a call that was not waited for has a connection yet
                self._database.close()
            self._database = None
