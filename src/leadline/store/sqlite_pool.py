"""The connections to one SQLite file: those in use, and a few that are kept for the next transactions."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from leadline.errors import StoreBusyError, StoreFaultError, StoreFilesError
from leadline.store.open_files import OpenFiles, descriptors_max, none_is_left
from leadline.store.sqlite_connection import SqliteConnection, SqliteFile

_IDLE_MAX = 4
"""How many connections of each kind, reading and writing, are kept."""


class SqlitePool:
    """Lends connections to many threads; the file is open as long as there is one."""

    def __init__(
        self,
        path: Path,
        prepare: Callable[[SqliteConnection, bool], None],
        closed: Callable[[], None],
        open_files: OpenFiles | None,
    ) -> None:
        """`prepare` sets a new connection, told whether it is to write; `closed` follows the last one."""
        self._path = path
        self._prepare = prepare
        self._closed = closed
        self._open_files = open_files
        self._guard = threading.Lock()
        self._file: SqliteFile | None = None
        self._connections = 0
        self._idle: dict[bool, list[SqliteConnection]] = {False: [], True: []}
        self._clearings = 0

    @property
    def files(self) -> int:
        """See `Closable.files`: each connection has the file and its log; they share one index of it."""
        return 2 * self._connections + 2 if self._connections else 0

    @contextmanager
    def connection(self, *, writing: bool) -> Iterator[SqliteConnection]:
        """Lend a connection; one that had a fault of the store is not kept."""
        connection, clearings = self._take(writing), self._clearings
        try:
            yield connection
        except (StoreFaultError, StoreBusyError):
            self._close(connection)
            raise
        except BaseException:
            self._take_back(connection, writing, clearings)
            raise
        self._take_back(connection, writing, clearings)

    def _take(self, writing: bool) -> SqliteConnection:
        if self._open_files is not None:
            self._open_files.use(self)
        with self._guard:
            if self._idle[writing]:
                return self._idle[writing].pop()
        if self._open_files is not None:
            self._open_files.make_room(self)
        try:
            return self._open(writing)
        except StoreFaultError:
            if not none_is_left():
                raise
        if self._open_files is not None:
            self._open_files.close_all_idle(self)
        try:
            return self._open(writing)
        except StoreFaultError as error:
            if none_is_left():
                raise StoreFilesError(str(self._path), descriptors_max()) from error
            raise

    def _open(self, writing: bool) -> SqliteConnection:
        with self._guard:
            self._file = self._file or SqliteFile(self._path)
            try:
                connection = self._file.connect()
            except BaseException:
                self._close_file_unless_used()
                raise
            self._connections += 1
        try:
            self._prepare(connection, writing)
        except BaseException:
            self._close(connection)
            raise
        return connection

    def _take_back(self, connection: SqliteConnection, writing: bool, clearings: int) -> None:
        with self._guard:
            if clearings == self._clearings and len(self._idle[writing]) < _IDLE_MAX:
                self._idle[writing].append(connection)
                return
        self._close(connection)

    def _close(self, connection: SqliteConnection) -> None:
        connection.close()
        with self._guard:
            self._connections -= 1
            self._close_file_unless_used()

    def _close_file_unless_used(self) -> None:
        if not self._connections and self._file is not None:
            self._file.close()
            self._file = None
            self._closed()

    def shrink_idle(self) -> None:
        """Let those that are kept forget the pages that they have read, but not their statements."""
        with self._guard:
            for connection in (*self._idle[False], *self._idle[True]):
                connection.run("PRAGMA shrink_memory", ())

    def close_idle(self) -> None:
        """See `Closable.close_idle`; those in use are closed when they come back."""
        with self._guard:
            self._clearings += 1
            idle = [*self._idle[False], *self._idle[True]]
            self._idle = {False: [], True: []}
        for connection in idle:
            self._close(connection)
