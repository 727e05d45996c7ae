"""A connection to a PostgreSQL server, and its errors as ours.

No statement hangs: one that takes longer than its limit costs the connection.
"""

import re
import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen

from leadline.errors import (
    StoreBusyError,
    StoreConflictError,
    StoreDeniedError,
    StoreDownError,
    StoreFaultError,
    StoreFullError,
    StoreRightsError,
)
from leadline.store.location import command_that_lets_in
from leadline.store.postgres_statements import Statement, Statements

STATEMENT_SECONDS = 4.0
"""How long a small statement may take; with what comes before it a call is answered within 10 seconds."""

_LONG_STATEMENT_SECONDS = 60.0
_PUT_OFF_MAX = 64
"""So many statements go to the server together at most."""

_COMMIT: Statement = (b"COMMIT", ())
_ROLLBACK: Statement = (b"ROLLBACK", ())
_LOST_RACES = {"40001", "40P01", "55P03", "25P03"}
"""States of statements that may succeed when they are run again: the transaction could not be serialised,
was in a deadlock, waited too long for a lock or was idle too long.
"""

_NOT_SUPPORTED = "0A000"
_CHANGED_UNDER_IT = "RevalidateCachedQuery"
"""Where the server says so of a prepared statement whose table was changed; prepared anew it may succeed."""

_CONFLICTS = {"23505", "42P06", "42P07"}
"""States of statements that would make a key, a schema or a table that exists already."""

_NOT_PREPARED = {"26000", "42P05"}
"""States of a statement that was prepared on another connection, where something in between swaps them."""

_OLD_POOLER = (
    "what pools connections loses prepared statements; use PgBouncer 1.21 or newer with "
    "max_prepared_statements above 0, or pool_mode = session"
)
_INTERNAL = "XX000"
_NODE_LOST = "08006"
_UNTOLD_STATES = (
    ("deadlock detected", "40P01"),
    ("due to lock timeout", "55P03"),
    ("due to idle-in-transaction timeout", "25P03"),
    ("duplicate key value violates unique constraint", "23505"),
    ("No space left on device", "53100"),
    ("permission denied for", "42501"),
    (
        "server closed the connection unexpectedly|terminating connection due to"
        "|could not commit transaction for shard|could not connect to any active placements"
        "|failure on connection marked as essential",
        _NODE_LOST,
    ),
)
"""What Citus tells without its state: whatever fails in a COPY on a node, and that a node was lost."""

_READ_ONLY = "25006"
_DISK_FULL = "53100"
_DENIED = "42501"
_TOO_LARGE = "54"
"""The class of states for a statement beyond a limit of the server, such as a row larger than a page."""


class StatementsLostError(StoreDownError):
    """What pools connections has lost a prepared statement; the text says what to use instead."""


class Connection(psycopg.Connection[Any]):
    """A connection that waits for the server no longer than a statement may take."""

    is_citus = False
    """Whether the server may have other nodes behind it."""

    _limit_seconds: float = STATEMENT_SECONDS
    _is_begun = False
    _opening: Sequence[Statement] = ()
    _put_off: Sequence[Statement] = ()

    @cached_property
    def statements(self) -> Statements:
        """What small statements are sent through."""
        return Statements(self)

    def was_closed(self) -> bool:
        """Return whether the server has sent something unasked, as it does when it ends a connection."""
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def begin(self, statements: Sequence[Statement]) -> None:
        """Begin a transaction with the next statement, in one round trip with it."""
        self._is_begun, self._opening = True, statements

    def commit_begun(self) -> None:
        """Commit what `begin` has begun, if anything came behind it."""
        if self._opening and not self._put_off:
            self._opening = ()
        else:
            self.ask(_COMMIT)
        self._is_begun = False

    def roll_back(self) -> None:
        """Take back what was begun."""
        is_heard_of = not self._opening
        self._is_begun, self._opening, self._put_off = False, (), ()
        if is_heard_of:
            self.ask(_ROLLBACK)

    def put_off(self, statement: Statement) -> None:
        """Run SQL that returns nothing, in a transaction in one round trip with what comes next.

        If it fails the next one says so, which is the commit at the latest.
        """
        self._put_off = [*self._put_off, statement]
        if not self._is_begun or len(self._put_off) >= _PUT_OFF_MAX:
            self.ask()

    def ask(self, *statements: Statement, takes_long: bool = False) -> list[list[dict[str, Any]]]:
        """Run SQL with `$1`, `$2`, .. for bound values in one round trip; return the rows of each.

        One that takes long carries many bytes, or goes through a large table.
        """
        limit_seconds = _LONG_STATEMENT_SECONDS if takes_long else STATEMENT_SECONDS
        before = [*self._opening, *self._put_off]
        self._opening = self._put_off = ()
        with self._rights_told(), translated_errors():
            return self.statements.ask([*before, *statements], limit_seconds)[len(before) :]

    def run(self, sql: bytes, *, takes_long: bool = False) -> None:
        """Run SQL without values that returns nothing; it may be several statements.

        Raises `StoreDeniedError` where only an owner may run it.
        """
        with self._limit_raised() if takes_long else nullcontext():
            self._send_before()
            try:
                with translated_errors():
                    self.execute(sql)
            except StoreDeniedError as error:
                raise StoreDeniedError(str(error), self.info.user) from error

    def copy_in(self, sql: str, content: memoryview) -> None:
        """Run a COPY .. FROM STDIN."""
        with self._long_statement(), self.cursor() as cursor, cursor.copy(sql) as copy:
            copy.write(content)

    @contextmanager
    def _long_statement(self) -> Iterator[None]:
        """Run rows through a cursor of the driver, in the transaction that was begun; they may take long."""
        with self._limit_raised():
            self._send_before()
            with self._rights_told(), translated_errors():
                yield

    @contextmanager
    def _limit_raised(self) -> Iterator[None]:
        self._limit_seconds = _LONG_STATEMENT_SECONDS
        try:
            yield
        finally:
            self._limit_seconds = STATEMENT_SECONDS

    def _send_before(self) -> None:
        """Send what a cursor of the driver knows nothing of."""
        if self._opening or self._put_off:
            self.ask()

    @contextmanager
    def _rights_told(self) -> Iterator[None]:
        """Name the command that grants what a statement on rows needs: each call and each job runs some."""
        try:
            yield
        except StoreDeniedError as error:
            user = self.info.user
            raise StoreRightsError(
                f"The database lets the role {user} not read and write all rows: {error}. "
                f"As their owner, run: {command_that_lets_in(user)}"
            ) from error

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for the server until the limit of the statement."""
        return super().wait(gen, interval, timeout or self._limit_seconds)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise the driver's errors as those of `leadline.errors`, without details: they could hold values."""
    try:
        yield
    except psycopg.Error as error:
        said = error.diag.message_primary or str(error)
        text, state = next(iter(said.splitlines()), type(error).__name__), _state_of(error, said)
        if state in _LOST_RACES or error.diag.source_function == _CHANGED_UNDER_IT:
            raise StoreBusyError(text) from error
        if state == _NOT_SUPPORTED:
            raise StoreFaultError(f"the server does not support what Leadline asks of it: {text}") from error
        if state == _DENIED:
            raise StoreDeniedError(text) from error
        if state == _DISK_FULL:
            raise StoreFullError(text) from error
        if state in _CONFLICTS:
            raise StoreConflictError(text) from error
        if state.startswith(_TOO_LARGE):
            raise StoreFaultError(text) from error
        if state in _NOT_PREPARED:
            raise StatementsLostError(f"{text}: {_OLD_POOLER}") from error
        if _is_out_of_reach(error, state):
            raise StoreDownError(text) from error
        raise StoreFaultError(text) from error


def _state_of(error: psycopg.Error, text: str) -> str:
    """Return the state of an error, which Citus may have left out; blank where the server did not tell it."""
    if error.sqlstate != _INTERNAL:
        return error.sqlstate or ""
    return next((state for sign, state in _UNTOLD_STATES if re.search(sign, text)), _INTERNAL)


def _is_out_of_reach(error: psycopg.Error, state: str) -> bool:
    """Return whether the server, or a node of a cluster behind it, cannot do it now and may do it later."""
    return state in (_READ_ONLY, _NODE_LOST) or isinstance(
        error, (psycopg.OperationalError, psycopg.InterfaceError)
    )
