"""Connections to one PostgreSQL server, shared by all stores that live there.

A server that did not answer is not asked again for a moment.
"""

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

import psycopg

from leadline import clock
from leadline.errors import OperatorError, StoreBusyError, StoreDownError, StoreFaultError
from leadline.store.postgres_advice import sentence_for
from leadline.store.postgres_connection import STATEMENT_SECONDS, Connection, translated_errors
from leadline.store.postgres_local_settings import LocalSettings
from leadline.store.postgres_statements import Statement
from leadline.store.write_seats import WriteSeats

_CONNECTION_WAIT_SECONDS = 3.0
_PAUSE_SECONDS = 1.0
_PROBE_SECONDS = 2
_FIRST: Statement = (
    b"SELECT set_config('client_connection_check_interval', '2s', false), "
    b"to_regproc('pg_catalog.citus_version') IS NOT NULL AS is_citus",
    (),
)
_CONNECT: dict[str, Any] = {
    "autocommit": True,
    "prepare_threshold": None,  # else the driver would forget all statements of the session now and then
    "application_name": "leadline",
    "client_encoding": "utf8",
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


class Server:
    """A PostgreSQL server and the connections to it, shared by all stores that live there."""

    def __init__(self, url: str, connections_max: int) -> None:
        self._url = url
        assert self.address  # a URL that cannot be read is refused before it is used
        self.write_seats = WriteSeats(connections_max)
        self.is_asked = False
        """Whether it has been asked for its faults, and its nodes for theirs."""

        self._free = threading.BoundedSemaphore(connections_max)
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
            sentence = "The database's URL cannot be read. Give one such as postgresql://user@host/name."
            raise OperatorError(sentence) from error
        host, port = parts.get("host") or "local socket", parts.get("port")
        return f"{host}{f':{port}' if port else ''}/{parts.get('dbname') or ''}"

    @contextmanager
    def transaction(self, begin: Statement, settings: LocalSettings) -> Iterator[Connection]:
        """Run a transaction that the statement begins and in which the settings hold.

        Raises `StoreDownError` when the server does not answer.
        """
        with self.connection() as connection:
            connection.begin([begin, *(settings.for_nodes if connection.is_citus else settings.for_one)])
            yield connection
            connection.commit_begun()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection; each statement is a transaction of its own until one is begun.

        Raises `StoreDownError` when the server does not answer.
        """
        if clock.monotonic() < self._down_until:
            raise StoreDownError(self._why_down)
        if not self._free.acquire(timeout=_CONNECTION_WAIT_SECONDS):
            raise StoreBusyError(f"all connections to {self.address} are in use")
        began = clock.monotonic()
        try:
            connection = self._any_connection()
            try:
                yield connection
            except (StoreBusyError, StoreFaultError) as error:
                connection.close()
                if isinstance(error, StoreDownError) and clock.monotonic() - began >= STATEMENT_SECONDS:
                    self._pause_unless_it_answers(error)
                raise
            except BaseException:
                self._take_back(connection)
                raise
            self._keep(connection)
        finally:
            self._free.release()

    def _any_connection(self) -> Connection:
        """Return an idle connection that the server has not closed, or a new one."""
        with suppress(queue.Empty):
            while True:
                connection = self._idle.get_nowait()
                if not connection.was_closed():
                    return connection
                connection.close()
        return self._new_connection(_CONNECT)

    def _new_connection(self, options: Mapping[str, Any]) -> Connection:
        """Connect; statements whose client has gone end by themselves, whatever they were to do."""
        try:
            with translated_errors():
                connection = Connection.connect(self._url, **options)
            ((first,),) = connection.ask(_FIRST)
            connection.is_citus = first["is_citus"]
            return connection
        except StoreDownError as error:
            raise self._pause(error) from error

    def _pause_unless_it_answers(self, error: StoreDownError) -> None:
        """Find out whether the server is down or one statement was slow: others must not pay for that one."""
        with suppress(StoreBusyError, StoreFaultError):
            self._keep(self._new_connection(_CONNECT | {"connect_timeout": _PROBE_SECONDS}))

    def _take_back(self, connection: Connection) -> None:
        """Roll back an abandoned transaction; a connection that cannot do so is closed."""
        try:
            connection.roll_back()
            self._keep(connection)
        except (StoreBusyError, StoreFaultError):
            connection.close()

    def _pause(self, error: StoreDownError) -> StoreDownError:
        """Do not ask a server that did not answer for a moment; return the error for calls until then."""
        self._why_down = sentence_for(self.address, str(error))
        self._down_until = clock.monotonic() + _PAUSE_SECONDS
        return StoreDownError(self._why_down)

    def _keep(self, connection: Connection) -> None:
        """Keep a connection for the next one; who brings it when all are closed has it closed."""
        if connection.statements.is_worn:
            connection.close()
            return
        self._idle.put(connection)
        if self._is_closed:
            self.close()

    def close(self) -> None:
        """Close the idle connections now, and those that are lent when they come back."""
        self._is_closed = True
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()
