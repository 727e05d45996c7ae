"""From where a store is to the database that has it: a file, or a schema of a PostgreSQL server.

Both kinds are known here alone; a process loads the one that it needs.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from leadline.store.location import StoreLocation
from leadline.store.migrate import VersionedDatabase
from leadline.store.open_files import OpenFiles, stores_files_max

if TYPE_CHECKING:
    from leadline.store.postgres_pool import Server

_CONNECTIONS_MAX = {False: 16, True: 8}
"""To each server, for the API and for a worker."""


class Databases:
    """Files in one folder, and servers, each with connections that its stores share."""

    def __init__(self, folder: Path, url: str | None, *, worker: bool, durable: bool) -> None:
        """`url` is the server of locations that name none; files that are not `durable` are not synced."""
        self._folder = folder
        self._url = url
        self._worker = worker
        self._durable = durable
        self._servers: dict[str, Server] = {}
        self._open_files = OpenFiles(stores_files_max(worker=worker))

    def at(self, location: StoreLocation, kind: str) -> VersionedDatabase:
        """Return a store as it is; `kind` is `control` or `subscription`."""
        if location.server is not None:
            from leadline.store.postgres import PostgresDatabase

            return PostgresDatabase(self.server(location.server or self._url or ""), location.name, kind)
        from leadline.store.sqlite import SqliteDatabase

        is_imported = kind == "subscription"
        return SqliteDatabase(
            self._folder / location.name,
            kind,
            worker=self._worker and is_imported,
            durable=self._durable,
            open_files=self._open_files if is_imported else None,
        )

    def server(self, url: str) -> "Server":
        """Return a server; nothing is connected yet."""
        from leadline.store.postgres_pool import Server

        return self._servers.setdefault(url, Server(url, _CONNECTIONS_MAX[self._worker]))

    def check_server(self, url: str) -> None:
        """Raise `OperatorError` for a server that cannot be used, or that could lose data."""
        from leadline.store.postgres_settings import check

        check(self.server(url))

    def close_server(self, url: str) -> None:
        """Close the connections to a server that no store is on any more."""
        server = self._servers.pop(url, None)
        if server is not None:
            server.close()

    def close_servers(self) -> None:
        """Close all connections to servers."""
        for server in self._servers.values():
            server.close()
