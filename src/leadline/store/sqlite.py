"""The embedded store: a file of SQLite, its connections and transactions, and its maintenance."""

import os
from collections.abc import Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property
from pathlib import Path

from leadline import clock
from leadline.errors import StoreBusyError, StoreFaultError, StoreFullError, StoreMissingError
from leadline.store.base import Database, Granted, KnownTypes, Question, Session
from leadline.store.migrate import format_fault, format_of, load_migrations, migrate, newer_fault
from leadline.store.open_files import OpenFiles
from leadline.store.sqlite_connection import SqliteConnection, translated_errors
from leadline.store.sqlite_pool import SqlitePool
from leadline.store.sqlite_session import SqliteSession
from leadline.store.upload_files import UploadFiles
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

_ERASING_MS = 100
_MARK_MS = 1_000
"""Within the same tick of the clock a file may change again without a trace."""

_WAL_BYTES_MAX = 256 * 1024 * 1024
_BYTES_TO_OPEN = 64 * 1024
"""What the index of a write-ahead log takes; with less space SQLite reports an I/O error."""


class SqliteDatabase:
    """One store in one file, and its connections."""

    def __init__(
        self,
        path: Path,
        kind: str,
        *,
        worker: bool = False,
        durable: bool = True,
        open_files: OpenFiles | None = None,
    ) -> None:
        """Without `durable`, a commit survives the death of the process, not that of the machine.

        `open_files` are those of the process, which may close idle connections for other stores.
        """
        self.path = path
        self.migrations = load_migrations("sqlite", kind)
        self._worker = worker
        self._durable = durable
        self.upload_files = UploadFiles(path, durable=durable)
        self._known_types: KnownTypes = {}
        self._pool = SqlitePool(path, self._prepare, self._known_types.clear, open_files)
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

    def rows_beside(self, question: Question, other: Database, other_question: Question) -> None:
        """See `Database.rows_beside`: each file has connections of its own."""

    @contextmanager
    def write(self) -> Iterator[Session]:
        """See `Database.write`; where a crash comes before the files are removed, they are orphans."""
        self._check_file()  # no lock is made beside a store that is gone
        with (
            turn(self.path, worker=self._worker),
            self._connection(writing=True) as session,
            self._transaction(session, "BEGIN IMMEDIATE"),
        ):
            yield session
        for name in session.files_to_remove:
            self.upload_files.remove(name)

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
        with self._pool.connection(writing=writing) as connection:
            yield SqliteSession(connection, self._known_types, self.upload_files)

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

    def _prepare(self, connection: SqliteConnection, writing: bool) -> None:
        session = SqliteSession(connection, self._known_types, self.upload_files)
        cache_kib = _WORKER_CACHE_KIB[writing] if self._worker else _CALLS_CACHE_KIB
        with self._full_disk_recognised():
            for pragma in (*_PRAGMAS, f"PRAGMA cache_size = -{cache_kib}", *self._not_durable()):
                session.built_rows(pragma, {})

    def _not_durable(self) -> tuple[str, ...]:
        return () if self._durable else ("PRAGMA synchronous = OFF",)

    @property
    def is_open(self) -> bool:
        """See `Database.is_open`."""
        return self._pool.files > 0

    def content_mark(self) -> Hashable:
        """See `Database.content_mark`: when the file and its log were written last, and how long they are."""
        marks = []
        for path in (self.path, self._log):
            with suppress(OSError):
                found = path.stat()
                if clock.now_ms() - found.st_mtime_ns // 1_000_000 < _MARK_MS:
                    return None
                marks.append((found.st_mtime_ns, found.st_size))
        return tuple(marks)

    def migrate(self, *, known: bool = False) -> None:
        """See `Database.migrate`; in its write turn one process alone changes the journal of a new file."""
        if not known:
            with translated_errors(), suppress(FileExistsError):
                self.path.touch(0o600, exist_ok=False)
        self._check_file()
        if known and self.path.stat().st_size == 0:
            raise StoreMissingError(f"{self.path} is empty. Restore it from a backup.")
        if not self._has_log():
            with turn(self.path, worker=self._worker), self._connection():
                pass
        migrate(self, known=known)

    def _has_log(self) -> bool:
        """Return whether the file says that it has a write-ahead log: bytes 18 and 19 of its head."""
        with translated_errors(), self.path.open("rb") as file:
            return file.read(20)[18:] == b"\2\2"

    def schema_version(self, session: Session) -> int:
        """Return the number of the last migration that was applied."""
        return int(session.built_rows("PRAGMA user_version", {})[0]["user_version"])

    def schema_format(self, session: Session) -> int:
        """See `VersionedDatabase.schema_format`: SQLite has a number for it in the head of each file."""
        return int(session.built_rows("PRAGMA application_id", {})[0]["application_id"])

    def begin_migration(self, session: Session) -> None:
        """Do nothing: a writing transaction is alone in the file, which exists by now."""

    def roles(self) -> Sequence[str]:
        """See `Database.roles`."""
        return ()

    def unknown_roles(self, roles: Sequence[str]) -> Sequence[str]:
        """See `Database.unknown_roles`."""
        return ()

    def let_in(self, roles: Sequence[str]) -> Granted:
        """See `Database.let_in`: whoever may open the file may use it."""
        return Granted()

    def record_version(self, session: Session, version: int) -> None:
        """See `VersionedDatabase.record_version`."""
        session.run_built(f"PRAGMA application_id = {format_of(self.migrations)}", {})
        session.run_built(f"PRAGMA user_version = {int(version)}", {})

    @cached_property
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
                elif fault := newer_fault(self, session):
                    yield f"{self.path}: {fault}"
        except (StoreFaultError, StoreBusyError) as error:
            if "readonly" in str(error):
                yield f"{self.path} may not be written by this user. Give it that right, or run as its owner."
            else:
                yield f"{self.path} cannot be read: {error}. Restore a backup."

    def copy_to(self, path: Path) -> None:
        """Write a copy of the store, as it stands, into a new file of this user alone."""
        path.touch(0o600, exist_ok=False)
        with self._connection() as session:
            session.run_built("VACUUM INTO :path", {"path": str(path)})

    def release_idle(self) -> None:
        """See `Database.release_idle`."""
        self._pool.close_idle()

    def release_memory(self) -> None:
        """See `Database.release_memory`."""
        self._pool.shrink_idle()

    def close(self) -> None:
        """See `Database.close`."""
        self.release_idle()
