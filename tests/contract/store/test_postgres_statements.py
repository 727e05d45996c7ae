"""Small statements go straight through libpq, several in one round trip; the driver's errors and values stay."""

import re
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from leadline.errors import (
    StoreBusyError,
    StoreConflictError,
    StoreDownError,
    StoreFaultError,
    StoreFullError,
)
from leadline.store import postgres_statements
from leadline.store.postgres import PostgresDatabase
from leadline.store.postgres_local_settings import LocalSettings
from leadline.store.postgres_pool import Server
from tests.clusters import url_for
from tests.nodes.proxy import Proxy

BEGIN = (
    (b"BEGIN ISOLATION LEVEL REPEATABLE READ", ()),
    LocalSettings({"lock_timeout": "3s"}),
)
INSERT = b"INSERT INTO kept (one) VALUES ($1)"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(url_for("postgres", tmp_path), 2)
    with server.connection() as connection:
        connection.run(b"CREATE TABLE kept (one bigint PRIMARY KEY, two text, bytes bytea)")
    yield server
    server.close()


def test_several_are_one_round_trip(tmp_path: Path) -> None:
    """The server hears all of them before it answers any; from the fifth time on they are prepared."""
    said = list[int]()
    proxy = Proxy(url_for("postgres", tmp_path), before_each=lambda: said.append(1))
    server = Server(proxy.url, 1)
    with server.connection() as connection:
        for number in range(8):
            before = len(said)
            answers = connection.ask(
                (b"SELECT $1::bigint AS one", [number]),
                (b"SELECT $1::text AS two, $2::bigint AS three", ["x", None]),
            )
            assert answers == [[{"one": number}], [{"two": "x", "three": None}]]
            assert len(said) == before + 1
        prepared = connection.ask((b"SELECT count(*) AS n FROM pg_prepared_statements", ()))
    assert prepared == [[{"n": 2}]]
    server.close()
    proxy.close()


def test_values_of_every_kind_come_back(server: Server) -> None:
    values = [2**40, -1, 1.5, "Ä'\\\"\n", b"\0\xff", True, None, Decimal("1.50")]
    types = ("bigint", "bigint", "float8", "text", "bytea", "bool", "text", "numeric")
    sql = ", ".join(f"${number}::{kind} AS v{number}" for number, kind in enumerate(types, 1)).encode()
    with server.connection() as connection:
        for _ in range(8):
            ((row,),) = connection.ask((b"SELECT " + sql, values))
            assert list(row.values()) == values
            assert connection.ask((b"SELECT 1 AS one WHERE $1::bigint = 2", [1])) == [[]]


def test_none_behind_one_that_fails(server: Server) -> None:
    """All of a round trip are one transaction; the error is of the first that fails, the connection is closed."""
    insert = b"INSERT INTO kept (one) VALUES ($1)"
    with pytest.raises(StoreConflictError, match="kept_pkey"), server.connection() as connection:
        connection.ask((insert, [1]), (insert, [1]), (b"SELECT $1 / 0", [1]))
    assert connection.closed
    with server.connection() as connection:
        assert connection.ask((b"SELECT one FROM kept", ())) == [[]]
        connection.ask((insert, [1]))
    for sql in (b"SELECT nothing FROM kept", b"SELECT 1; SELECT 2"):
        with pytest.raises(StoreFaultError), server.connection() as connection:
            connection.ask((sql, ()))
    with server.connection() as connection:
        assert connection.ask((b"SELECT one FROM kept", ())) == [[{"one": 1}]]


def test_the_driver_forgets_none_of_them(server: Server) -> None:
    """It clears the session of what is prepared when a transaction is taken back, or a table changed."""
    for number in range(3):
        with suppress(ZeroDivisionError), server.transaction(*BEGIN) as connection:
            for _ in range(7):
                connection.copy_in("COPY kept (one) FROM STDIN", memoryview(b""))
                assert connection.ask((b"SELECT one FROM kept", ())) == [[]]
            raise ZeroDivisionError
        with server.connection() as connection:
            connection.run(b"ALTER TABLE kept ADD COLUMN c%d text" % number)
            assert connection.ask((b"SELECT one FROM kept", ())) == [[]]


def test_much_in_both_directions(server: Server) -> None:
    """More than either side keeps for the other: who only sends, or only listens, would stand for ever."""
    many, echo = b"x" * 3_000_000, b"SELECT $1::bytea AS bytes"
    with server.connection() as connection:
        answers = connection.ask(*[(echo, [many])] * 4)
        assert [len(rows[0]["bytes"]) for rows in answers] == [len(many)] * 4


def test_a_connection_that_has_had_too_many_statements_is_replaced(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server keeps what is prepared as long as the connection lasts."""
    monkeypatch.setattr(postgres_statements, "_KNOWN_MAX", 3)
    with server.connection() as first:
        for number in range(4):
            first.ask((b"SELECT %d AS one" % number, ()))
    with server.connection() as second:
        assert first.closed
        assert second.ask((b"SELECT 1 AS one", ())) == [[{"one": 1}]]


def test_a_transaction_begins_with_its_first_statement(tmp_path: Path) -> None:
    """Whichever way that goes to the server; one without any is not heard of there."""
    said = list[int]()
    proxy = Proxy(url_for("postgres", tmp_path), before_each=lambda: said.append(1))
    server = Server(proxy.url, 1)
    with server.connection() as connection:
        connection.run(b"CREATE TABLE kept (one bigint)")
    begun = len(said)
    with server.transaction(*BEGIN):
        pass
    assert len(said) == begun
    with server.transaction(*BEGIN) as connection:
        isolation, insert = (
            b"SELECT current_setting('transaction_isolation') AS how",
            b"INSERT INTO kept VALUES ($1)",
        )
        assert connection.ask((isolation, ())) == [[{"how": "repeatable read"}]]
        assert len(said) == begun + 1
        connection.ask((insert, [1]))
    assert len(said) == begun + 3
    with server.transaction(*BEGIN) as connection:
        connection.copy_in("COPY kept (one) FROM STDIN", memoryview(b"3\n"))
        assert connection.ask((isolation, ())) == [[{"how": "repeatable read"}]]
    with suppress(ZeroDivisionError), server.transaction(*BEGIN) as connection:
        connection.ask((insert, [2]))
        raise ZeroDivisionError
    with suppress(ZeroDivisionError), server.transaction(*BEGIN):
        raise ZeroDivisionError
    with server.connection() as connection:
        found = connection.ask(
            (b"SELECT one FROM kept", ()), (b"SELECT current_setting('lock_timeout') AS t", ())
        )
    assert found == [[{"one": 1}, {"one": 3}], [{"t": "0"}]]
    server.close()
    proxy.close()


def test_what_returns_nothing_goes_with_what_comes_next(tmp_path: Path) -> None:
    """All is there when the transaction is committed, in the order in which it was asked for."""
    said = list[int]()
    proxy = Proxy(url_for("postgres", tmp_path), before_each=lambda: said.append(1))
    server = Server(proxy.url, 1)
    count = (b"SELECT count(*) AS n FROM kept", ())
    with server.connection() as connection:
        connection.run(b"CREATE TABLE kept (one bigint PRIMARY KEY)")
        begun = len(said)
        connection.put_off((INSERT, [0]))
        assert len(said) == begun + 1, "there is no transaction that could wait"
    with server.transaction(*BEGIN) as connection:
        connection.put_off((INSERT, [1]))
        connection.put_off((INSERT, [2]))
        assert len(said) == begun + 1
        assert connection.ask(count) == [[{"n": 3}]]
        assert len(said) == begun + 2
        connection.put_off((INSERT, [3]))
    assert len(said) == begun + 3
    with server.transaction(*BEGIN) as connection:
        for number in range(4, 104):
            connection.put_off((INSERT, [number]))
        connection.copy_in("COPY kept (one) FROM STDIN", memoryview(b"104\n"))
        assert connection.ask(count) == [[{"n": 105}]]
    with suppress(ZeroDivisionError), server.transaction(*BEGIN) as connection:
        connection.put_off((INSERT, [105]))
        raise ZeroDivisionError
    with suppress(ZeroDivisionError), server.transaction(*BEGIN) as connection:
        assert connection.ask(count) == [[{"n": 105}]]
        connection.put_off((INSERT, [105]))
        raise ZeroDivisionError
    with server.connection() as connection:
        assert connection.ask(count) == [[{"n": 105}]]
    server.close()
    proxy.close()


def test_what_was_put_off_and_fails_takes_its_transaction_with_it(server: Server) -> None:
    """The statement behind it says so, and the commit where there is none."""

    def put_twice(behind: int | None = None) -> None:
        with server.transaction(*BEGIN) as connection:
            connection.put_off((INSERT, [1]))
            connection.put_off((INSERT, [1]))
            if behind is not None:
                connection.ask((INSERT, [behind]))
                pytest.fail("the statement behind says nothing of it")

    with pytest.raises(StoreConflictError, match="kept_pkey"):
        put_twice()
    with pytest.raises(StoreConflictError, match="kept_pkey"):
        put_twice(behind=2)
    with server.connection() as connection:
        assert connection.ask((b"SELECT one FROM kept", ())) == [[]]


def test_statements_stay_prepared_while_jobs_are_admitted(tmp_path: Path) -> None:
    """Else the server would plan each anew, and keep all that it has prepared until the connection ends."""
    server = Server(url_for("postgres", tmp_path), 1)
    database = PostgresDatabase(server, "admitting", "subscription")
    database.migrate()
    prepared = (b"SELECT count(*) AS n FROM pg_prepared_statements", ())
    found = list[int]()
    for _ in range(3):
        for _ in range(8):
            with database.write() as session:
                session.row("lock_queue")
                session.run("take_batch_id")
        with server.connection() as connection:
            ((row,),) = connection.ask(prepared)
            found.append(row["n"])
    assert found == [3, 3, 3], "the settings, the lock and the number"
    server.close()


@pytest.mark.parametrize(
    ("state", "text", "kind"),
    [
        ("XX000", "server closed the connection unexpectedly", StoreDownError),
        (
            "XX000",
            "could not commit transaction for shard 102008 on at least one active node",
            StoreDownError,
        ),
        ("XX000", "failure on connection marked as essential: node1:5432", StoreDownError),
        ("XX000", "terminating connection due to administrator command", StoreDownError),
        ("XX000", "deadlock detected", StoreBusyError),
        ("XX000", "canceling statement due to lock timeout", StoreBusyError),
        ("XX000", "could not extend file: No space left on device", StoreFullError),
        ("XX000", "cache lookup failed for type 17", StoreFaultError),
        ("26000", 'prepared statement "leadline_0" does not exist', StoreDownError),
        ("42P05", 'prepared statement "leadline_0" already exists', StoreDownError),
    ],
)
def test_a_lost_node_or_an_old_pooler_fails_no_job(
    server: Server, state: str, text: str, kind: type[Exception]
) -> None:
    """What may be back a moment later is tried again and counts no try, whatever the state that it comes with."""
    raising = f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = '{text}'; END $$"
    with pytest.raises(kind, match=re.escape(text)), server.connection() as connection:
        connection.ask((raising.encode(), ()))
