"""Where the stores of a server are, and the way to each.

The control store holds the directory; each subscription's place stands there: a file
beside an embedded control store, or a schema of a PostgreSQL server, `schema#url`. An
empty URL means the server of the control store.
"""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from leadline import clock
from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.store import credentials
from leadline.store.credentials import Listing
from leadline.store.heartbeats import Heartbeats
from leadline.store.jobs import Held
from leadline.store.migrate import VersionedDatabase, refuse_newer
from leadline.store.process_lock import is_alive, take_liveness_lock

if TYPE_CHECKING:
    from leadline.store.postgres_pool import Server

CONTROL_SCHEMA = "leadline_control"
_CONNECTIONS_MAX = {False: 16, True: 8}
"""To each server, for the API and for a worker."""

_WARM_MAX = 2
"""So many embedded stores a worker keeps connections and caches for; each cache may take 64 MB."""


class Stores:
    """The control store, and one store for each subscription.

    `folder` holds embedded stores; `url`, when given, is where the control store is instead.
    """

    def __init__(self, folder: Path, url: str | None = None, *, worker: bool = False) -> None:
        self.folder = folder
        self._url = url
        self._worker = worker
        self._servers: dict[str, Server] = {}
        self._open: dict[str, VersionedDatabase] = {}
        self._heartbeats = Heartbeats()
        self._listed: dict[str, Listing] = {}
        self._warm: list[str] = []
        self.control = self.database_at(f"{CONTROL_SCHEMA}#" if url else "control.db", "control")

    @property
    def where(self) -> str:
        """Where the control store is, fit to be shown."""
        return self._server(self._url).address if self._url else str(self.folder)

    def prepare(self) -> None:
        """Create what is missing and bring every store up to date; raises `OperatorError`.

        A subscription whose server does not answer, whose disk is full or whose store is damaged
        is asked again with the next call: the others are served.
        """
        if self._url:
            self._server(self._url).check()
        else:
            self._make_folders()
        self.control.migrate()
        refuse_newer(self.control)
        for munchkin_id in self.munchkin_ids():
            with suppress(StoreBusyError, StoreFaultError):
                refuse_newer(self.subscription(munchkin_id))

    def _make_folders(self) -> None:
        try:
            for folder in (self.folder, self.folder / "subscriptions", self.folder / "workers"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise OperatorError(
                f"Cannot write to {self.folder}: {error.strerror}. Give --data a directory you may write to."
            ) from error
        control = self.folder / "control.db"
        is_there = control.exists() and control.stat().st_size > 0
        if not is_there and any((self.folder / "subscriptions").glob("*.db")):
            raise OperatorError(
                f"{self.folder} holds subscriptions but no control.db, or an empty one, which knows them and "
                "their credentials. Restore it from a backup."
            )
        for sign in (self.folder / "workers").iterdir():
            is_alive(sign)  # removes those of the dead

    def directory(self) -> dict[str, Listing]:
        """Return the subscriptions, by munchkin id; the last ones known while the control store is down."""
        try:
            with self.control.read() as session:
                self._listed = credentials.subscriptions(session)
        except StoreBusyError:
            if not self._listed:
                raise
        return self._listed

    def munchkin_ids(self) -> list[str]:
        """Return the subscriptions of the directory."""
        return list(self.directory())

    def new_place(self, munchkin_id: str, url: str | None = None) -> str:
        """Return where the store of a new subscription is to be; `url` names another server."""
        if url or self._url:
            return f"leadline_{munchkin_id.lower().replace('-', '_')}#{'' if url == self._url else url or ''}"
        return f"subscriptions/{munchkin_id.lower()}.db"

    def subscription(self, munchkin_id: str) -> VersionedDatabase:
        """Return the store of a subscription, up to date.

        Raises `StoreDownError`, `StoreFaultError`, `OperatorError`.
        """
        found = self._open.get(munchkin_id)
        if found is not None:
            return found
        listing = self._listed.get(munchkin_id) or self.directory().get(munchkin_id)
        place = listing.place if listing else self.new_place(munchkin_id)
        return self.open_place(munchkin_id, place)

    def keep_warm(self, munchkin_id: str) -> None:
        """Let stores rest that a worker has not imported into for the longest."""
        self._warm = [munchkin_id, *(each for each in self._warm if each != munchkin_id)]
        for cold in self._warm[_WARM_MAX:]:
            self._open[cold].release_idle()
        del self._warm[_WARM_MAX:]

    def check_server(self, url: str) -> None:
        """Refuse a server that cannot keep the promises; raises `OperatorError`."""
        self._server(url).check()

    def open_place(self, munchkin_id: str, place: str) -> VersionedDatabase:
        """Open the store of a subscription at its place, and bring it up to date.

        Only one that the directory does not know yet is made.
        """
        database = self.database_at(place, "subscription")
        database.migrate(known=munchkin_id in (self._listed or self.directory()))
        kept = self._open.setdefault(munchkin_id, database)
        if kept is not database:  # another thread was faster
            database.close()
        return kept

    def database_at(self, place: str, kind: str) -> VersionedDatabase:
        """Return a store as it is; only here are the databases known, and loaded when they are needed."""
        schema, is_server, url = place.partition("#")
        if is_server:
            from leadline.store.postgres import PostgresDatabase

            return PostgresDatabase(self._server(url or self._url or ""), schema, kind)
        from leadline.store.sqlite import SqliteDatabase

        return SqliteDatabase(self.folder / place, kind, worker=self._worker and kind == "subscription")

    def _server(self, url: str) -> "Server":
        from leadline.store.postgres_pool import Server

        return self._servers.setdefault(url, Server(url, _CONNECTIONS_MAX[self._worker]))

    def hint_at_work(self, munchkin_id: str) -> None:
        """Tell workers of other nodes that a subscription has work; a hint lost costs them a moment."""
        if self._url:
            with suppress(StoreBusyError, StoreFaultError), self.control.write() as session:
                credentials.raise_work_hint(session, munchkin_id)

    @property
    def has_hints(self) -> bool:
        """Whether new work is hinted at, so that a worker need not look everywhere at each round."""
        return self._url is not None

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each fault of the directory and its stores."""
        if not self._url and not (self.folder / "control.db").exists():
            yield f"{self.folder} holds no store. Run `leadline serve` or `leadline setup` to make one."
            return
        if not self._url:
            for path in (self.folder, *sorted(self.folder.rglob("*"))):
                if path.stat().st_mode & 0o077:
                    yield f"{path} is open to other users. Run: chmod go= {path}"
        control_faults = list(self.control.faults())
        yield from control_faults
        if control_faults:
            return
        for munchkin_id, listing in self.directory().items():
            if "#" not in listing.place and not (self.folder / listing.place).exists():
                yield f"The store of subscription {munchkin_id} is missing. Restore it from a backup."
            else:
                with closing(self.database_at(listing.place, "subscription")) as database:
                    yield from database.faults()

    def begin_worker(self, worker_id: str) -> int | None:
        """Show that a worker lives as long as its process does; return the descriptor of its lock, if any."""
        return None if self._url else take_liveness_lock(self._liveness_file(worker_id))

    def is_abandoned(self, munchkin_id: str, held: Held, lease_seconds: float) -> bool:
        """Tell whether a job's worker is dead, or has been silent for so long."""
        if "#" not in self._listed[munchkin_id].place:
            return not is_alive(self._liveness_file(held.worker))
        return self._heartbeats.have_ceased(munchkin_id, held, clock.monotonic(), lease_seconds)

    def _liveness_file(self, worker_id: str) -> Path:
        return self.folder / "workers" / f"{worker_id}.lock"

    def close(self) -> None:
        """Close all connections."""
        for database in (self.control, *self._open.values()):
            database.close()
        for server in self._servers.values():
            server.close()
