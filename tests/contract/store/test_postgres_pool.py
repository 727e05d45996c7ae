"""Connections to a PostgreSQL server: none outlives the pool that lent it."""

from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from leadline.errors import StoreBusyError, StoreDownError, StoreFaultError
from leadline.store.base import Database
from leadline.store.postgres_connection import Connection
from leadline.store.postgres_pool import Server
from leadline.store.write_seats import WriteSeats
from tests.clusters import url_for
from tests.harness import until
from tests.sockets import free_port


def test_what_is_lent_is_closed_when_it_comes_back(tmp_path: Path) -> None:
    """A pool that is closed while a call still has a connection, however the call ends."""
    server = Server(url_for("postgres", tmp_path), 2)
    lent: list[Connection] = []
    with server.connection() as connection:
        lent.append(connection)
        server.close()
        assert not connection.closed
    with suppress(ZeroDivisionError), server.connection() as connection:
        lent.append(connection)
        raise ZeroDivisionError
    assert [connection.closed for connection in lent] == [True, True]


def test_what_is_idle_is_closed_at_once(tmp_path: Path) -> None:
    server = Server(url_for("postgres", tmp_path), 2)
    with server.connection() as connection:
        pass
    assert not connection.closed
    server.close()
    assert connection.closed


def test_a_slow_statement_is_no_dead_server(tmp_path: Path) -> None:
    """It costs its own call the time of a statement; others are served, and the server gives it up."""
    server = Server(url_for("postgres", tmp_path), 3)
    with pytest.raises(StoreDownError), server.connection() as slow:
        slow.ask((b"SELECT pg_sleep(60) AS slept", ()))
    with server.connection() as other:
        assert other.ask((b"SELECT 1 AS one", ())) == [[{"one": 1}]]
        sleeping = "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND position('pg_sleep(60)' in query) > 0"
        still = f"{sleeping} AND pid <> pg_backend_pid()".encode()
        until(lambda: other.ask((still, ())) == [[{"n": 0}]], 8.0)
    server.close()


def test_what_the_server_does_not_support_is_a_fault(tmp_path: Path) -> None:
    """No try will ever succeed, so it is not told as busy; the server's sentence says what it is."""
    server = Server(url_for("postgres", tmp_path), 3)
    refuses = "DO $$ BEGIN RAISE EXCEPTION 'no such thing here' USING ERRCODE = '0A000'; END $$"
    with (
        pytest.raises(StoreFaultError, match=r"^the server does not support .*: no such thing here$"),
        server.connection() as connection,
    ):
        connection.run(refuses.encode())
    server.close()


def test_a_table_changed_under_a_prepared_statement_is_busy(tmp_path: Path) -> None:
    """The server says the same state of it, though the statement succeeds on another connection."""
    server, one = Server(url_for("postgres", tmp_path), 3), (b"SELECT * FROM changing WHERE one = $1", (1,))
    with server.connection() as other:
        other.run(b"CREATE TABLE changing (one bigint)")
        with suppress(StoreBusyError), server.connection() as connection:
            for _ in range(10):  # by then it is prepared
                connection.ask(one)
            other.run(b"ALTER TABLE changing ADD COLUMN two bigint")
            with pytest.raises(StoreBusyError, match="cached plan"):
                connection.ask(one)
            raise StoreBusyError  # as the caller sees it: the connection is closed
    with server.connection() as connection:
        assert connection.ask(one) == [[]]
    server.close()


def test_a_server_that_is_gone_is_not_asked_for_a_moment() -> None:
    """Each call would wait for it otherwise."""
    server = Server(f"postgresql://postgres@127.0.0.1:{free_port()}/none", 3)
    for _ in range(2):
        with pytest.raises(StoreDownError, match="does not answer"), server.connection():
            pass


def test_writes_leave_connections_to_others() -> None:
    """A schema whose writes wait has its seats; other schemas and reads have theirs."""
    seats = WriteSeats(16)
    with ExitStack() as held:
        for schema in ("a", "b", "c", "d"):
            for _ in range(2):
                held.enter_context(seats.taken(schema))
        with pytest.raises(StoreBusyError, match="schema a"), seats.taken("a"):
            pass
        with seats.taken("e"):
            pass
    with seats.taken("a"):
        pass


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_no_statement_is_compiled(database: Database) -> None:
    """Before version 18 a plan that must read a table counts as so dear that compiling it would take seconds."""
    with database.write() as session:
        plan = session.built_rows("EXPLAIN (ANALYZE) DELETE FROM {schema}.job WHERE batch_id % 2 = 3", {})
    lines = [line for row in plan for line in row.values()]
    assert len(lines) > 2
    assert not [line for line in lines if "JIT" in line], lines
