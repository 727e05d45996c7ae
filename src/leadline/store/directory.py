"""Where the stores of a server are, and the way to each.

The control store holds the directory, which has the location of each subscription's store.
"""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from leadline import clock
from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.store import credentials, jobs
from leadline.store.credentials import DirectoryEntry
from leadline.store.heartbeats import Heartbeats
from leadline.store.jobs import ClaimedJob
from leadline.store.location import StoreLocation
from leadline.store.migrate import VersionedDatabase, refuse_newer
from leadline.store.process_lock import is_alive, take_liveness_lock

if TYPE_CHECKING:
    from leadline.store.postgres_pool import Server

CONTROL_FILE = StoreLocation("control.db")
CONTROL_SCHEMA = StoreLocation("leadline_control", "")
_CONNECTIONS_MAX = {False: 16, True: 8}
"""To each server, for the API and for a worker."""

SANDBOX_MARK = "sandbox.json"
"""The file that says that a folder belongs to a sandbox, which keeps there what it knows."""

_CONNECTED_MAX = 2
"""For so many embedded stores a worker keeps connections and caches; each cache may take 64 MB."""


class Stores:
    """The control store, and one store for each subscription.

    `folder` holds embedded stores; `url`, when given, is where the control store is instead. The
    stores of a `sandbox` are in its own folder, which no other server opens.
    """

    def __init__(
        self, folder: Path, url: str | None = None, *, worker: bool = False, sandbox: bool = False
    ) -> None:
        self.folder = folder
        self._url = url
        self._worker = worker
        self._sandbox = sandbox
        self._servers: dict[str, Server] = {}
        self._open: dict[str, VersionedDatabase] = {}
        self._heartbeats = Heartbeats()
        self._listed: dict[str, DirectoryEntry] = {}
        self._recent: list[str] = []
        self.control = self.database_at(CONTROL_SCHEMA if url else CONTROL_FILE, "control")

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
            self.check_server(self._url)
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
            control = self.folder / CONTROL_FILE.name
            is_there = control.exists() and control.stat().st_size > 0
            has_stores = any((self.folder / "subscriptions").glob("*.db"))
            for lock in (self.folder / "workers").iterdir():
                is_alive(lock)  # removes the lock of a process that has ended
        except OSError as error:
            raise OperatorError(
                f"Cannot use {self.folder}: {error.strerror}. Give --data a directory you may read and write."
            ) from error
        if not is_there and has_stores:
            raise OperatorError(
                f"{self.folder} holds subscriptions but no control.db, or an empty one, which knows them and "
                "their credentials. Restore it from a backup."
            )
        self._check_mark(is_new=not is_there)

    def _check_mark(self, *, is_new: bool) -> None:
        """Mark the new folder of a sandbox; raises `OperatorError` for one that is none, or the other way."""
        mark = self.folder / SANDBOX_MARK
        if self._sandbox and is_new:
            mark.touch(0o600)
        elif self._sandbox and not mark.exists():
            raise OperatorError(
                f"{self.folder} is the store of a server, which a sandbox would spoil. Give --data another "
                "directory, or none."
            )
        elif mark.exists() and not self._sandbox:
            raise OperatorError(
                f"{self.folder} is the store of a sandbox, which may have lost data. Give --data another "
                "directory, or run `leadline sandbox`."
            )

    def directory(self) -> dict[str, DirectoryEntry]:
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

    def new_location(self, munchkin_id: str, url: str | None = None) -> StoreLocation:
        """Return where the store of a new subscription is to be; `url` names another server."""
        if url or self._url:
            schema = f"leadline_{munchkin_id.lower().replace('-', '_')}"
            return StoreLocation(schema, "" if url in (None, self._url) else url)
        return StoreLocation(f"subscriptions/{munchkin_id.lower()}.db")

    def subscription(self, munchkin_id: str) -> VersionedDatabase:
        """Return the store of a subscription, up to date.

        Raises `StoreDownError`, `StoreFaultError`, `OperatorError`.
        """
        found = self._open.get(munchkin_id)
        if found is not None:
            return found
        entry = self._listed.get(munchkin_id) or self.directory().get(munchkin_id)
        return self.open_at(munchkin_id, entry.location if entry else self.new_location(munchkin_id))

    def remove(self, munchkin_id: str) -> None:
        """Remove a subscription: credentials, tokens, counts of calls, and its store where that is a file."""
        entry = self.directory()[munchkin_id]
        with self.control.write() as session:
            credentials.remove_subscription(session, munchkin_id)
        self._listed = {known: each for known, each in self._listed.items() if known != munchkin_id}
        database = self._open.pop(munchkin_id, None)
        if database is not None:
            database.close()
        self._delete_files(entry.location)

    def begin(self, munchkin_id: str, database: VersionedDatabase) -> None:
        """Take the open store of a subscription that was just entered into the directory."""
        self._open[munchkin_id] = database

    def replace(self, munchkin_id: str, database: VersionedDatabase, location: StoreLocation) -> None:
        """Give a subscription another store in place of its own, whose files are deleted."""
        before = self.directory()[munchkin_id].location
        with self.control.write() as session:
            credentials.move_subscription(session, munchkin_id, location)
        replaced = self._open.get(munchkin_id)
        self._open[munchkin_id] = database
        if replaced is not None:
            replaced.close()
        self._delete_files(before)

    def _delete_files(self, location: StoreLocation) -> None:
        if location.is_file:
            path = self.folder / location.name
            for each in path.parent.glob(f"{path.stem}.*"):
                each.unlink(missing_ok=True)

    def note_import(self, munchkin_id: str) -> None:
        """Note an import into a store; those that had none for longer lose their caches."""
        self._recent = [munchkin_id, *(each for each in self._recent if each != munchkin_id)]
        for unused in self._recent[_CONNECTED_MAX:]:
            if (database := self._open.get(unused)) is not None:
                database.release_idle()
        del self._recent[_CONNECTED_MAX:]

    def check_server(self, url: str) -> None:
        """Raise `OperatorError` for a server that cannot be used, or that could lose data."""
        from leadline.store.postgres_settings import check

        check(self._server(url))

    def open_at(self, munchkin_id: str, location: StoreLocation) -> VersionedDatabase:
        """Open the store of a subscription, and bring it up to date.

        A store is made only for a subscription that the directory does not know yet.
        """
        database = self.database_at(location, "subscription")
        database.migrate(known=munchkin_id in (self._listed or self.directory()))
        kept = self._open.setdefault(munchkin_id, database)
        if kept is not database:  # another thread was faster
            database.close()
        return kept

    def database_at(self, location: StoreLocation, kind: str) -> VersionedDatabase:
        """Return a store as it is; `kind` is `control` or `subscription`.

        Both databases are known here alone; a process loads the one that it needs.
        """
        if location.server is not None:
            from leadline.store.postgres import PostgresDatabase

            return PostgresDatabase(self._server(location.server or self._url or ""), location.name, kind)
        from leadline.store.sqlite import SqliteDatabase

        path, is_imported = self.folder / location.name, kind == "subscription"
        worker, durable = self._worker and is_imported, not self._sandbox
        return SqliteDatabase(path, kind, worker=worker, durable=durable)

    def _server(self, url: str) -> "Server":
        from leadline.store.postgres_pool import Server

        return self._servers.setdefault(url, Server(url, _CONNECTIONS_MAX[self._worker]))

    def hint_at_work(self, munchkin_id: str) -> None:
        """Let workers of other nodes see a new job at once; where the hint is lost they see it later."""
        if self._url:
            with suppress(StoreBusyError, StoreFaultError), self.control.write() as session:
                credentials.raise_work_hint(session, munchkin_id)

    @property
    def has_hints(self) -> bool:
        """Whether new work is hinted at, so that a worker need not look everywhere at each round."""
        return self._url is not None

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each fault of the directory and its stores."""
        if not self._url and not (self.folder / CONTROL_FILE.name).exists():
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
        for munchkin_id, entry in self.directory().items():
            location = entry.location
            if location.is_file and not (self.folder / location.name).exists():
                yield f"The store of subscription {munchkin_id} is missing. Restore it from a backup."
            else:
                with closing(self.database_at(location, "subscription")) as database:
                    yield from database.faults()
                    yield from _miscounted_jobs(database)

    def begin_worker(self, worker_id: str) -> int | None:
        """Take the liveness lock of a worker; return its descriptor, or None where heartbeats are used."""
        return None if self._url else take_liveness_lock(self._liveness_file(worker_id))

    def is_abandoned(self, munchkin_id: str, held: ClaimedJob, lease_seconds: float) -> bool:
        """Return whether a job's worker has ended, or its heartbeat has stood still for a lease."""
        if self._listed[munchkin_id].location.is_file:
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


def _miscounted_jobs(database: VersionedDatabase) -> Iterator[str]:
    """Yield a sentence for each job that has lost rows; a store that cannot be read has other faults."""
    with suppress(StoreBusyError, StoreFaultError), database.read() as session:
        for fault in jobs.miscounted(session):
            yield f"{database.where}: {fault}. Restore a backup."
