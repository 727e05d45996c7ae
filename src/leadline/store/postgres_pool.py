"""Connections to one PostgreSQL server: the one file that knows psycopg.

Calls never hang: each statement has a patience after which its connection is given up,
and a server that did not answer is left alone for a moment.
"""

import queue
import select
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.rows import dict_row

from leadline import clock
from leadline.errors import (
    OperatorError,
    StoreBusyError,
    StoreConflictError,
    StoreDeniedError,
    StoreDownError,
    StoreFaultError,
    StoreFullError,
)

PATIENCE_SECONDS = 4.0
"""For a small statement; with what comes before it a call is answered within 10 seconds."""

_BULK_PATIENCE_SECONDS = 60.0
_SEAT_SECONDS = 3.0
_REST_SECONDS = 1.0
_VERSION_MIN = 150_000
_CONNECT: dict[str, Any] = {
    "autocommit": True,
    "prepare_threshold": 5,
    "application_name": "leadline",
    "client_encoding": "utf8",
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_WANTED = {
    "fsync": ("on", "a power cut would lose what was answered"),
    "full_page_writes": ("on", "a power cut could damage the store"),
    "data_sync_retry": ("off", "a failed write to disk would go unnoticed"),
    "server_encoding": ("UTF8", "names of people would be refused"),
}
_TRY_AGAIN = {"40001", "40P01", "55P03", "25P03", "0A000"}
"""Lost a race: serialisation, deadlock, lock timeout, idle for too long, a table that has changed."""

_CONFLICTS = {"23505", "42P06", "42P07"}
"""Key, schema or table is there already."""

_READ_ONLY = "25006"
_DISK_FULL = "53100"
_DENIED = "42501"
_TOO_LARGE = "54"
"""Class of what goes beyond a limit of the server's, such as a row beyond a page: it never will fit."""


class Connection(psycopg.Connection[Any]):
    """A connection that gives up waiting for the server after a while."""

    _patience_seconds: float = PATIENCE_SECONDS

    def is_cut(self) -> bool:
        """Tell whether the server has said something unasked, as it does when it ends a connection."""
        said = select.poll()
        said.register(self.fileno(), select.POLLIN)
        return bool(said.poll(0))

    def rows(self, sql: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
        """Run SQL with `%(name)s` for each bound value; return its rows by name of column."""
        with faults_named(), self.cursor(binary=True, row_factory=dict_row) as cursor:
            return cursor.execute(sql, values).fetchall()

    def run(self, sql: str, values: Mapping[str, object]) -> None:
        """Run SQL that returns nothing; a text without values may hold several statements."""
        with faults_named():
            self.execute(sql, values or None, prepare=None if values else False)

    def run_long(self, sql: str, values: Mapping[str, object]) -> None:
        """The same for what may take long: many bytes, a new column or index of a large table."""
        with self._patient():
            self.execute(sql, values or None, prepare=False)

    def bulk_rows(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Run SQL on many rows, with `%s` for each bound value; return its rows."""
        with self._patient(), self.cursor(binary=True) as cursor:
            return cursor.execute(sql, values).fetchall()

    def bulk_run(self, sql: str, values: Sequence[object]) -> None:
        """Run a statement that writes many rows."""
        with self._patient():
            self.execute(sql, values)

    def copy_in(self, sql: str, content: memoryview) -> None:
        """Run a COPY .. FROM STDIN."""
        with self._patient(), self.cursor() as cursor, cursor.copy(sql) as copy:
            copy.write(content)

    @contextmanager
    def _patient(self) -> Iterator[None]:
        """Give a statement on many rows the time it may take."""
        self._patience_seconds = _BULK_PATIENCE_SECONDS
        try:
            with faults_named():
                yield
        finally:
            self._patience_seconds = PATIENCE_SECONDS

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for the server, as long as patience lasts."""
        return super().wait(gen, interval, timeout or self._patience_seconds)


@contextmanager
def faults_named() -> Iterator[None]:
    """Turn the driver's errors into the seam's; their details could hold cell values."""
    try:
        yield
    except psycopg.Error as error:
        text = error.diag.message_primary or next(iter(str(error).splitlines()), type(error).__name__)
        if error.sqlstate in _TRY_AGAIN:
            raise StoreBusyError(text) from error
        if error.sqlstate == _DENIED:
            raise StoreDeniedError(text) from error
        if error.sqlstate == _DISK_FULL:
            raise StoreFullError(text) from error
        if error.sqlstate in _CONFLICTS:
            raise StoreConflictError(text) from error
        if (error.sqlstate or "").startswith(_TOO_LARGE):
            raise StoreFaultError(text) from error
        if error.sqlstate == _READ_ONLY or isinstance(
            error, (psycopg.OperationalError, psycopg.InterfaceError)
        ):
            raise StoreDownError(text) from error
        raise StoreFaultError(text) from error


class Server:
    """A PostgreSQL server and the connections to it, shared by all stores that live there."""

    def __init__(self, url: str, connections_max: int) -> None:
        self._url = url
        assert self.address  # a URL that cannot be read is refused before it is used
        self._seats = threading.BoundedSemaphore(connections_max)
        self._idle: queue.LifoQueue[Connection] = queue.LifoQueue()
        self._down_until = 0.0
        self._why_down = ""
        self._is_closed = False

    @cached_property
    def address(self) -> str:
        """Where the server is, without any secret; raises `OperatorError` for a URL that is none."""
        try:
            parts = psycopg.conninfo.conninfo_to_dict(self._url)
        except psycopg.Error as error:
            raise OperatorError("The database's URL cannot be read: it is no postgresql:// URL.") from error
        host, port = parts.get("host") or "local socket", parts.get("port")
        return f"{host}{f':{port}' if port else ''}/{parts.get('dbname') or ''}"

    @contextmanager
    def transaction(self, begin: str) -> Iterator[Connection]:
        """Run a transaction; `begin` is the SQL that opens it.

        Raises `StoreDownError` when the server does not answer.
        """
        with self.connection() as connection:
            connection.run(begin, {})
            yield connection
            connection.run("COMMIT", {})

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection; each statement is a transaction of its own until one is begun.

        Raises `StoreDownError` when the server does not answer.
        """
        if clock.monotonic() < self._down_until:
            raise StoreDownError(self._why_down)
        if not self._seats.acquire(timeout=_SEAT_SECONDS):
            raise StoreBusyError(f"all connections to {self.address} are in use")
        began = clock.monotonic()
        try:
            connection = self._any_connection()
            try:
                yield connection
            except (StoreBusyError, StoreFaultError) as error:
                connection.close()
                if isinstance(error, StoreDownError) and clock.monotonic() - began >= PATIENCE_SECONDS:
                    self._leave_alone(error)
                raise
            except BaseException:
                self._take_back(connection)
                raise
            self._keep(connection)
        finally:
            self._seats.release()

    def _any_connection(self) -> Connection:
        """Return an idle connection that the server has not closed, or a new one."""
        with suppress(queue.Empty):
            while True:
                connection = self._idle.get_nowait()
                if not connection.is_cut():
                    return connection
                connection.close()
        try:
            with faults_named():
                return Connection.connect(self._url, **_CONNECT)
        except StoreDownError as error:
            raise self._leave_alone(error) from error

    def _take_back(self, connection: Connection) -> None:
        """Roll back what somebody changed their mind about, and keep the connection when that can be had."""
        try:
            connection.run("ROLLBACK", {})
            self._keep(connection)
        except (StoreBusyError, StoreFaultError):
            connection.close()

    def _leave_alone(self, error: StoreDownError) -> StoreDownError:
        """Ask a server that did not answer nothing more for a moment; return what to say meanwhile."""
        self._why_down = f"{self.address} does not answer: {error}"
        self._down_until = clock.monotonic() + _REST_SECONDS
        return StoreDownError(self._why_down)

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each setting of the server that would break a promise."""
        with self.transaction("BEGIN READ ONLY") as connection:
            found = dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())
            (in_recovery,) = connection.execute("SELECT pg_is_in_recovery()").fetchone() or (False,)
            version = connection.info.server_version
        if version < _VERSION_MIN:
            yield f"{self.address} is PostgreSQL {version // 10_000}; use 15 or newer."
        if in_recovery:
            yield f"{self.address} is a read replica; name the primary."
        if found["default_transaction_read_only"] == "on":
            yield f"{self.address} is read-only; set default_transaction_read_only to off."
        if found["synchronous_commit"] == "off":
            yield f"{self.address}: synchronous_commit is off, what was answered could be lost; set it to on."
        for name, (wanted, why) in _WANTED.items():
            if found[name] != wanted:
                yield f"{self.address}: {name} is {found[name]}, {why}; set it to {wanted}."

    def check(self) -> None:
        """Refuse a server that cannot keep the promises; raises `OperatorError`."""
        try:
            faults = list(self.faults())
        except StoreDownError as error:
            why = " ".join(str(error).split()).rstrip(".")
            raise OperatorError(f"The database cannot be used: {why}. Start it, or fix its URL.") from error
        if faults:
            raise OperatorError("The database cannot be used: " + " ".join(faults))

    def _keep(self, connection: Connection) -> None:
        """Keep a connection for the next one; who brings it when all are closed has it closed."""
        self._idle.put(connection)
        if self._is_closed:
            self.close()

    def close(self) -> None:
        """Close the idle connections now, and those that are lent when they come back."""
        self._is_closed = True
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()
