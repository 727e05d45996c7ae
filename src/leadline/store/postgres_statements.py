"""Small statements on one connection, sent straight through libpq, several in one round trip.

The driver's cursors cost four times the processor time that the server's answer takes. What goes in and comes
out is adapted by the driver's own tables.
"""

import itertools
import select
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import errors, pq
from psycopg.adapt import PyFormat, Transformer

from leadline import clock

Statement = tuple[bytes, Sequence[object]]
"""SQL with `$1`, `$2`, .. for its values."""

PREPARED_FROM = 5
"""So many uses make the server's plan worth keeping."""

_CONTROL = (b"BEGIN", b"COMMIT", b"ROLLBACK", b"SET LOCAL")
"""How statements begin that have no plan."""

_KNOWN_MAX = 2_000
"""A connection that has had more statements than this is not kept: the server remembers those prepared."""


class _Known:
    """What is known of a statement on this connection."""

    __slots__ = ("columns", "name", "uses")

    def __init__(self) -> None:
        self.uses = 0
        self.name = b""
        self.columns: list[str] | None = None


class Statements:
    """Sends statements on a connection that nothing else is sent on meanwhile."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._pgconn = connection.pgconn
        self._encoding = connection.info.encoding
        self._values = Transformer()
        self._known: dict[tuple[bytes, tuple[int, ...]], _Known] = {}
        self._names = itertools.count()
        self._socket = select.poll()
        self._deadline = 0.0

    @property
    def is_worn(self) -> bool:
        """Whether the connection is to be replaced by a new one."""
        return len(self._known) > _KNOWN_MAX

    def ask(self, statements: Sequence[Statement], limit_seconds: float) -> list[list[dict[str, Any]]]:
        """Run statements one after the other, and return the rows of each by name of column.

        Raises an error of the driver for the first one that fails; those behind it are not run. The server
        takes them as one transaction where none is begun. All may take `limit_seconds`.
        """
        self._deadline = clock.monotonic() + limit_seconds
        self._pgconn.enter_pipeline_mode()
        sent = [self._send(sql, values) for sql, values in statements]
        self._pgconn.pipeline_sync()
        self._flush()
        failed: pq.abc.PGresult | None = None
        answers = []
        for known, is_new in sent:
            if is_new:
                failed = failed or _failure(self._results()[-1])
            (result,) = self._results()
            failed = failed or _failure(result)
            answers.append([] if failed else self._rows(known, result))
        self._next_result()  # of the synchronisation
        self._pgconn.exit_pipeline_mode()
        if failed is not None:
            raise errors.error_from_result(failed, self._encoding)
        return answers

    def _send(self, sql: bytes, values: Sequence[object]) -> tuple[_Known, bool]:
        """Send a statement; return what is known of it, and whether it is prepared by this."""
        texts = self._values.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = self._values.types or (), self._values.formats
        known = self._known.setdefault((sql, types), _Known())
        known.uses += 1
        is_new = known.uses == PREPARED_FROM and not sql.startswith(_CONTROL)
        if is_new:
            known.name = b"leadline_%d" % next(self._names)
            self._pgconn.send_prepare(known.name, sql, types)
        if known.name:
            self._pgconn.send_query_prepared(known.name, texts, formats, pq.Format.BINARY)
        else:
            self._pgconn.send_query_params(sql, texts, types, formats, pq.Format.BINARY)
        return known, is_new

    def _rows(self, known: _Known, result: pq.abc.PGresult) -> list[dict[str, Any]]:
        if not result.nfields:
            return []
        if known.columns is None:
            names = (result.fname(number) for number in range(result.nfields))
            known.columns = [(name or b"").decode() for name in names]
        self._values.set_pgresult(result)
        found: list[tuple[Any, ...]] = self._values.load_rows(0, result.ntuples, tuple)
        self._values.set_pgresult(None)  # it may hold much
        return [dict(zip(known.columns, row, strict=True)) for row in found]

    def _results(self) -> list[pq.abc.PGresult]:
        """Return the results of one command, one here."""
        found = []
        while (result := self._next_result()) is not None:
            found.append(result)
        return found

    def _next_result(self) -> pq.abc.PGresult | None:
        while self._pgconn.is_busy():
            self._wait(select.POLLIN)
            self._pgconn.consume_input()
        return self._pgconn.get_result()

    def _flush(self) -> None:
        """Send what libpq has gathered; the server may want to be heard first."""
        while self._pgconn.flush():
            if self._wait(select.POLLIN | select.POLLOUT) & select.POLLIN:
                self._pgconn.consume_input()

    def _wait(self, events: int) -> int:
        """Wait for the server until the deadline; return what there is."""
        self._socket.register(self._pgconn.socket, events)
        left = self._deadline - clock.monotonic()
        ready = self._socket.poll(max(0.0, left) * 1000)
        if not ready:
            raise psycopg.OperationalError("the server did not answer in time")
        return ready[0][1]


def _failure(result: pq.abc.PGresult) -> pq.abc.PGresult | None:
    """Return a result that says what went wrong; statements behind it have one that says nothing."""
    return result if result.status == pq.ExecStatus.FATAL_ERROR else None
