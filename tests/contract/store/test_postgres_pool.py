"""Connections to a PostgreSQL server: none outlives the pool that lent it."""

from contextlib import suppress
from pathlib import Path

from leadline.store.postgres_pool import Connection, Server
from tests.clusters import url_for


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
