"""Where the stores of a server are, and the way to each.

The control store holds the directory, which has the location of each subscription's store.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from leadline.errors import StoreBusyError, StoreFaultError, StoreMissingError, StoreRightsError
from leadline.store import credentials, store_files
from leadline.store.base import Question, Row
from leadline.store.credentials import DirectoryEntry
from leadline.store.data_folder import CONTROL_FILE, prepare_folder, refuse_folder_of_others
from leadline.store.databases import Databases
from leadline.store.heartbeats import Held
from leadline.store.location import StoreLocation
from leadline.store.migrate import VersionedDatabase, present, refuse_newer
from leadline.store.signs_of_work import SignsOfWork

CONTROL_SCHEMA = StoreLocation("leadline_control", "")
_CONNECTED_MAX = 2
"""For so many embedded stores a worker keeps connections and caches; each cache may take 64 MB."""


class Stores:
    """The control store, and one store for each subscription.

    `folder` holds embedded stores; `url`, when given, is where the control store is instead. The
    stores of a `sandbox` are in its own folder, which no other server opens. `work` is what servers and
    workers on these stores see of each other.
    """

    def __init__(
        self, folder: Path, url: str | None = None, *, worker: bool = False, sandbox: bool = False
    ) -> None:
        """Open nothing yet; raises `OperatorError` for a folder that others have."""
        if url is None:
            refuse_folder_of_others(folder, sandbox=sandbox)
        self.folder = folder
        self._url = url
        self._sandbox = sandbox
        self._databases = Databases(folder, url, worker=worker, durable=not sandbox)
        self._open: dict[str, VersionedDatabase] = {}
        self._listed: dict[str, DirectoryEntry] = {}
        self._recent: list[str] = []
        self.control = self.database_at(CONTROL_SCHEMA if url else CONTROL_FILE, "control")
        self.work = SignsOfWork(self.control, None if url else folder)

    @property
    def where(self) -> str:
        """Where the control store is, fit to be shown."""
        return self._databases.server(self._url).address if self._url else str(self.folder)

    def prepare(self) -> None:
        """Create what is missing; raises `OperatorError` for a store of another program.

        A file is opened and brought up to date when it is used: the directory tells of which format and
        version it is. Schemas of a server are brought up to date now, by a role that may. A store that cannot
        be used is asked again with the next call: the others are served.
        """
        if self._url:
            self.check_server(self._url)
        else:
            prepare_folder(self.folder, sandbox=self._sandbox)
        self.control.migrate()
        refuse_newer(self.control)
        for munchkin_id, entry in self.directory().items():
            now, is_file = present(is_file=entry.location.is_file), entry.location.is_file
            if entry.stamp != now and not (is_file and entry.stamp.is_known(now)):
                with suppress(StoreBusyError, StoreFaultError), self.visit(munchkin_id):
                    refuse_newer(self.subscription(munchkin_id))

    @property
    def is_embedded(self) -> bool:
        """Whether the control store is a file."""
        return self._url is None

    def directory(self) -> dict[str, DirectoryEntry]:
        """Return the subscriptions, by munchkin id; the last ones known while the control store is down."""
        try:
            with self.control.read() as session:
                found = credentials.subscriptions(session)
        except StoreBusyError:
            if not self._listed:
                raise
            return self._listed
        before, self._listed = self._listed, found
        for munchkin_id in list(self._open):
            self._close_unless_same(munchkin_id, before.get(munchkin_id))
        return found

    def find(self, munchkin_id: str) -> DirectoryEntry | None:
        """Return the line of a subscription as it stands now, None where it has none."""
        try:
            with self.control.read_once() as session:
                found = credentials.find_subscription(session, munchkin_id)
        except StoreBusyError:
            if munchkin_id not in self._listed:
                raise
            return self._listed[munchkin_id]
        before = self._listed.get(munchkin_id)
        if found is not None:
            self._listed = self._listed | {munchkin_id: found}
        elif before is not None:
            self._listed = {known: each for known, each in self._listed.items() if known != munchkin_id}
        self._close_unless_same(munchkin_id, before)
        return found

    def _close_unless_same(self, munchkin_id: str, before: DirectoryEntry | None) -> None:
        """Close the store of a subscription that was removed since the directory was read last.

        There may be another one of its munchkin id by now, whose store is opened when it is used. A sandbox
        removes and replaces its stores itself.
        """
        if before is None or self._sandbox or before.is_same(self._listed.get(munchkin_id)):
            return
        self.close_store(munchkin_id)
        url = before.location.server
        if url and not any(url == each.location.server for each in self._listed.values()):
            self._databases.close_server(url)

    def close_store(self, munchkin_id: str) -> None:
        """Close the store of a subscription, if it is open; it is opened anew when it is used."""
        database = self._open.pop(munchkin_id, None)
        if database is not None:
            database.close()

    def was_removed(self, munchkin_id: str) -> bool:
        """Return whether a subscription is gone whose store has failed; a sandbox knows that itself.

        Raises `StoreBusyError` where there is another one of its munchkin id by now.
        """
        if self._sandbox:
            return False
        before = self._open.get(munchkin_id)
        if self.find(munchkin_id) is None:
            return True
        if before is not None and self._open.get(munchkin_id) is not before:
            raise StoreBusyError("the subscription was removed, and made anew")
        return False

    def listed(self, munchkin_id: str) -> DirectoryEntry | None:
        """Return the line of a subscription as it was read last, without asking for it anew."""
        return self._listed.get(munchkin_id)

    def munchkin_ids(self) -> list[str]:
        """Return the subscriptions of the directory."""
        return list(self.directory())

    def new_location(self, munchkin_id: str, url: str | None = None) -> StoreLocation:
        """Return where the store of a new subscription is to be; `url` names another server."""
        return StoreLocation.of_new(munchkin_id, url, self._url)

    def subscription(self, munchkin_id: str) -> VersionedDatabase:
        """Return the store of a subscription, up to date.

        Raises `StoreDownError`, `OperatorError`, and `StoreFaultError` where the directory does not have it.
        """
        found = self._open.get(munchkin_id)
        if found is not None:
            return found
        entry = self._listed.get(munchkin_id) or self.find(munchkin_id)
        if entry is None:
            raise StoreMissingError(f"there is no subscription {munchkin_id}")
        return self.open_at(munchkin_id, entry.location)

    def rows_beside(
        self, of_control: Question, munchkin_id: str, question: Question
    ) -> tuple[list[Row], list[Row]] | None:
        """Ask the control store and a subscription's in one round trip; None where each is to be asked alone.

        That is so where another server has it, and where it is not open, or cannot answer.
        """
        database = self._open.get(munchkin_id)
        if database is not None:
            with suppress(StoreFaultError, StoreRightsError):
                return self.control.rows_beside(of_control, database, question)
        return None

    @contextmanager
    def visit(self, munchkin_id: str) -> Iterator[None]:
        """Let somebody who goes round all stores use one: if it was not open it is closed again."""
        was_open = munchkin_id in self._open and self._open[munchkin_id].is_open
        try:
            yield
        finally:
            if not was_open and (database := self._open.get(munchkin_id)) is not None:
                database.release_idle()

    def begin(self, munchkin_id: str, database: VersionedDatabase) -> None:
        """Take the open store of a subscription that was just entered into the directory."""
        self._open[munchkin_id] = database

    def replace(self, munchkin_id: str, database: VersionedDatabase, location: StoreLocation) -> None:
        """Give a subscription of a sandbox another store in place of its own, whose files are deleted."""
        entry = self.directory()[munchkin_id]
        with self.control.write() as session:
            credentials.move_subscription(session, munchkin_id, location)
        replaced, self._open[munchkin_id] = self._open.get(munchkin_id), database
        self._listed = self._listed | {munchkin_id: replace(entry, location=location)}
        if replaced is not None:
            replaced.close()
        store_files.remove(self.folder / entry.location.name)

    def note_import(self, munchkin_id: str) -> None:
        """Note an import into a store; those that had none for longer lose their caches."""
        self._recent = [munchkin_id, *(each for each in self._recent if each != munchkin_id)]
        for unused in self._recent[_CONNECTED_MAX:]:
            if (database := self._open.get(unused)) is not None:
                database.release_idle()
        del self._recent[_CONNECTED_MAX:]

    def release_memory(self) -> None:
        """Give back what the open stores hold for the next import."""
        for database in list(self._open.values()):
            database.release_memory()

    def check_server(self, url: str) -> None:
        """Raise `OperatorError` for a server that cannot be used, or that could lose data."""
        self._databases.check_server(url)

    def open_at(self, munchkin_id: str, location: StoreLocation) -> VersionedDatabase:
        """Open the store of a subscription, and bring it up to date.

        A store is made only for a subscription that the directory does not know yet.
        """
        database = self.database_at(location, "subscription")
        entry = self._listed.get(munchkin_id) or self.find(munchkin_id)
        database.migrate(known=entry is not None)
        stamp = present(is_file=location.is_file)
        if entry is not None and entry.stamp != stamp and entry.stamp.version <= stamp.version:
            with suppress(StoreBusyError, StoreFaultError), self.control.write() as session:
                credentials.note_version(session, munchkin_id, stamp)
        kept = self._open.setdefault(munchkin_id, database)
        if kept is not database:  # another thread was faster
            database.close()
        return kept

    def database_at(self, location: StoreLocation, kind: str) -> VersionedDatabase:
        """Return a store as it is; `kind` is `control` or `subscription`."""
        return self._databases.at(location, kind)

    def is_abandoned(self, munchkin_id: str, held: Held, lease_seconds: float) -> bool:
        """Return whether the worker of a job or preview has ended, or was silent for a lease."""
        listed = self._listed.get(munchkin_id)  # None where it was removed
        return listed is not None and self.work.is_abandoned(
            munchkin_id, listed.location, held, lease_seconds
        )

    def close(self) -> None:
        """Close all connections."""
        for database in (self.control, *self._open.values()):
            database.close()
        self._databases.close_servers()
