"""Use case: subscriptions that are made in no time and brought back to a state that was kept, for a sandbox.

A state is a copy of the subscription's store as a file. Subscriptions of the same set-up begin with
copies of the same one, its template.
"""

import hashlib
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from leadline.errors import OperatorError
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import catalog, drafts, job_purge, previews, removals, report_files, upload_upkeep
from leadline.store.base import Session
from leadline.store.copied_store import copy_store
from leadline.store.data_folder import SANDBOX_MARK
from leadline.store.directory import Stores
from leadline.store.location import StoreLocation
from leadline.store.migrate import VersionedDatabase, format_of
from leadline.store.secret_hash import hash_generated
from leadline.store.sqlite import SqliteDatabase
from leadline.subscriptions.apply_file import Changes, Subscriptions, generated_secrets, set_up_store
from leadline.subscriptions.file import SubscriptionFile
from leadline.subscriptions.packed_state import pack, unpack

_KIND = "subscription"
_TEMPLATES = "templates"


class CopiedSubscriptions(Subscriptions):
    """The subscriptions of a sandbox."""

    def __init__(self, stores: Stores, time: SubscriptionTime) -> None:
        super().__init__(stores, time, hash_generated)  # secrets that protect nothing need no slow hash
        self._numbers = itertools.count(1)
        shutil.rmtree(self._drafts, ignore_errors=True)  # what one that was killed has left

    @property
    def folder(self) -> Path:
        """Where all of a sandbox lies; states of it may be named by their paths within."""
        return self._stores.folder

    @property
    def _drafts(self) -> Path:
        return self.folder / "drafts"

    @property
    def registry(self) -> Path:
        """Where a sandbox keeps what it knows of its subscriptions."""
        return self.folder / SANDBOX_MARK

    @property
    def seed(self) -> Path:
        """The state with what the files of a seed hold."""
        return self.folder / _TEMPLATES / "seed.db"

    def seed_of(self, munchkin_id: str) -> Path:
        """Return where the state lies that a subscription alone begins with."""
        return self.folder / "seeds" / f"{munchkin_id.lower()}.db"

    def snapshots(self, munchkin_id: str) -> Path:
        """Return the folder of the states that a subscription keeps under names."""
        return self._stores.folder / "snapshots" / munchkin_id.lower()

    def make(self, file: SubscriptionFile, state: Path, guid_seed: str) -> None:
        """Make a subscription that begins with a state; the file says what credentials it has."""
        now, location = self._time.now(file.munchkin_id), self._unused_location(file.munchkin_id)
        database = self._copied(state, file.munchkin_id, location, guid_seed)
        self._enter(file, location, generated_secrets(file), now, Changes())
        self._stores.begin(file.munchkin_id, database)

    def remove(self, munchkin_id: str) -> None:
        """Remove a subscription with all that it has."""
        removals.remove(self._stores, munchkin_id)
        shutil.rmtree(self.snapshots(munchkin_id), ignore_errors=True)
        self.seed_of(munchkin_id).unlink(missing_ok=True)

    def template(self, file: SubscriptionFile) -> Path:
        """Return the state of a new subscription of a file's set-up, made when it is asked for first."""
        text = file.model_dump_json(exclude={"munchkin_id", "credentials", "limits", "rules"})
        name = hashlib.sha256(f"{self._format()}\n{text}".encode()).hexdigest()[:32]
        path = self._stores.folder / _TEMPLATES / f"{name}.db"
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with self.draft() as draft:
                with closing(SqliteDatabase(draft, _KIND, durable=False)) as database:
                    database.migrate()
                    with database.write() as session:
                        set_up_store(session, file, self._time.now(file.munchkin_id), Changes())
                draft.replace(path)
        return path

    def keep(self, munchkin_id: str, state: Path, *, keeps_jobs: bool = True) -> None:
        """Write the present state of a subscription, without unfinished jobs and previews, or any."""
        state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.draft() as draft:
            self._write(munchkin_id, draft, keeps_jobs=keeps_jobs)
            draft.replace(state)

    def pack(self, munchkin_id: str) -> bytes:
        """Return the present state as one file, to be kept elsewhere."""
        with self.draft() as draft:
            self._write(munchkin_id, draft, keeps_jobs=True)
            return pack(draft.read_bytes(), self._format())

    def unpack(self, file: bytes, state: Path) -> None:
        """Write the state of a packed file; raises `OperatorError` for what this program did not pack."""
        state.write_bytes(unpack(file, self._format()))
        with closing(SqliteDatabase(state, _KIND, durable=False)) as database:
            if any(database.faults()):
                raise OperatorError("The file holds no store of a subscription: export it anew.")

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """Give the path of a state that is still being made; it is gone at the end."""
        self._drafts.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._drafts) as folder:
            yield Path(folder) / "state.db"

    def _write(self, munchkin_id: str, draft: Path, *, keeps_jobs: bool) -> None:
        database = self._stores.subscription(munchkin_id)
        assert isinstance(database, SqliteDatabase), "the stores of a sandbox are files"

        def trim(session: Session) -> None:
            job_purge.drop_unfinished(session)
            previews.drop_unfinished(session)
            drafts.drop_all(session)
            if not keeps_jobs:
                job_purge.drop_all(session)
                previews.drop_all(session)
            upload_upkeep.drop_orphans(session)
            report_files.drop_orphans(session)

        copy_store(database, draft, trim)

    def bring_back(self, munchkin_id: str, state: Path, guid_seed: str) -> None:
        """Bring a subscription to a state; its credentials and tokens stay."""
        location = self._unused_location(munchkin_id)
        database = self._copied(state, munchkin_id, location, guid_seed)
        self._stores.replace(munchkin_id, database, location)

    def _copied(
        self, state: Path, munchkin_id: str, location: StoreLocation, guid_seed: str
    ) -> VersionedDatabase:
        shutil.copyfile(state, self._stores.folder / location.name)
        database = self._stores.database_at(location, _KIND)
        with database.write() as session:
            catalog.name(session, munchkin_id, guid_seed)
        return database

    def _unused_location(self, munchkin_id: str) -> StoreLocation:
        """Return where a store is to be; no name comes again, as old connections delete files by it."""
        while True:
            name = f"subscriptions/{munchkin_id.lower()}-{next(self._numbers)}.db"
            if not (self._stores.folder / name).exists():
                return StoreLocation(name)

    def _format(self) -> int:
        return format_of(SqliteDatabase(self._stores.folder, _KIND).migrations)
