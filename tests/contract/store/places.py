"""Where the stores under test are, and the small moves that most tests begin with."""

import io
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadline.imports.resubmission import once
from leadline.model.jobs import FileFormat, ImportRequest, Job, Status
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import admission, catalog, claimed_jobs, credentials, jobs, lists, uploads
from leadline.store.admission import SHARED_QUEUE, Queue
from leadline.store.base import Database, LostJobError, Session
from leadline.store.data_folder import CONTROL_FILE
from leadline.store.directory import CONTROL_SCHEMA, Stores
from leadline.store.migrate import VersionedDatabase
from leadline.store.request_keys import RequestKey
from tests.clusters import url_for

MUNCHKIN_ID = "123-ABC-456"
SEATS, SLOTS = 10, 2
NOW = 1_700_000_000


class SetClock(SubscriptionTime):
    """A clock that a test sets."""

    seconds = NOW

    def now_ms(self, munchkin_id: str) -> int:
        """See `SubscriptionTime.now_ms`."""
        return self.seconds * 1000

    def elapsed(self, munchkin_id: str) -> float:
        """See `SubscriptionTime.elapsed`."""
        return float(self.seconds)


@dataclass(frozen=True)
class Place:
    """Opens the same stores anew, in any process; the one thing a second database must bring."""

    kind: str
    folder: Path
    url: str | None = None
    opened: list[Stores] = field(default_factory=list)

    def open(self, *, worker: bool = False) -> Stores:
        """Return the stores as a call sees them, or as a worker does; the fixture closes them."""
        self.opened.append(Stores(self.folder, self.url, worker=worker))
        return self.opened[-1]

    def __reduce__(self) -> tuple[Any, ...]:
        """Go to another process without what is open in this one."""
        return Place, (self.kind, self.folder, self.url)

    def empty(self, kind: str = "subscription") -> VersionedDatabase:
        """Return a store as it is, before any migration."""
        stores = self.open()
        location = stores.new_location(MUNCHKIN_ID)
        if kind == "control":
            location = CONTROL_SCHEMA if self.url else CONTROL_FILE
        else:
            (self.folder / "subscriptions").mkdir(parents=True, exist_ok=True)
        if not self.url:
            (self.folder / location.name).touch()
        return stores.database_at(location, kind)

    @property
    def dialect(self) -> str:
        """Which of the two databases it is on."""
        return "postgres" if self.url else "sqlite"

    @property
    def options(self) -> list[str]:
        """The options that name the place on the command line."""
        return ["--database", self.url] if self.url else ["--data", str(self.folder)]

    def database(self, *, worker: bool = False) -> Any:
        """Return the subscription's store through connections of its own."""
        return self.open(worker=worker).subscription(MUNCHKIN_ID)


def beside(place: Place, name: str) -> Place:
    """Return another place of the same kind, closed with the first."""
    folder = place.folder.with_name(name)
    folder.mkdir()
    return Place(place.kind, folder, place.url and url_for(place.kind, folder), place.opened)


def begin(stores: Stores) -> None:
    """Make the subscription: one partition, two lists, its line in the directory."""
    database = stores.open_at(MUNCHKIN_ID, stores.new_location(MUNCHKIN_ID))
    with database.write() as session:
        catalog.begin(session, MUNCHKIN_ID)
        catalog.add_partition(session, "Default")
        for number in (1001, 1002):
            lists.put_list(session, number, f"List {number}", None, NOW)
    with stores.control.write() as session:
        credentials.add_subscription(session, MUNCHKIN_ID, stores.new_location(MUNCHKIN_ID), NOW)


def request(list_id: int | None = None, **changes: Any) -> ImportRequest:
    """Return a lead import as a client asks for it."""
    values: dict[str, Any] = {
        "object_type": "lead",
        "file_format": FileFormat.CSV,
        "key": "email",
        "list_id": list_id,
    }
    return ImportRequest(**values | changes)


def keep_upload(session: Session, content: bytes) -> str:
    """Keep a small upload in the database; return its name."""
    file = io.BytesIO(content)
    return uploads.NewUpload(uuid.uuid4().hex, file, len(content), is_file=False).keep(session)


def admit(
    database: Database, *, limit: int = SEATS, now: int = NOW, content: bytes = b"email\n", **changes: Any
) -> int:
    """Admit a job with a small upload in a transaction of its own; return its batch id."""
    with database.write() as session:
        kept = keep_upload(session, content)
        upload = admission.Upload(kept, "email", len(content), 0)
        return admission.admit(session, request(**changes), upload, now, Queue(SHARED_QUEUE, limit))


def admit_once(database: Database, key: str, **changes: Any) -> tuple[int | str, bool]:
    """Admit the job of a request key, unless there is one; return its batch id, and whether it is new."""
    with database.write() as session:

        def make() -> int:
            upload = admission.Upload(keep_upload(session, b"email\n"), "email", 6, 0)
            queue = Queue(SHARED_QUEUE, SEATS)
            return admission.admit(session, request(**changes), upload, NOW, queue)

        return once(session, RequestKey("client", key), "fingerprint", make)


def claim(database: Database, worker: str = "w", limit: int = SLOTS) -> Job | None:
    """Claim the next job in a transaction of its own."""
    with database.write() as session:
        return jobs.claim(session, worker, NOW, limit)


def must_claim(database: Database, worker: str = "w") -> Job:
    """Claim the next job, which must be there and have a free slot."""
    job = claim(database, worker)
    assert job is not None
    return job


def finish(database: Database, job: Job, status: Status = Status.COMPLETE) -> Job:
    """Finish a job in a transaction of its own."""
    with database.write() as session:
        return jobs.finish(session, job, status, "done", NOW)


def cancel(database: Database) -> Job:
    """End the oldest unfinished job in a transaction of its own."""
    with database.write() as session:
        job = jobs.lock_any(session, jobs.unfinished(session)[0].batch_id)
        assert job is not None
        return jobs.cancel(session, job, "cancelled", NOW)


def find(database: Database, batch_id: int) -> Job:
    """Return a job that must be there."""
    with database.read() as session:
        job = jobs.find(session, batch_id, -1)
    assert job is not None
    return job


def held(session: Session, batch_id: int) -> claimed_jobs.ClaimedJob:
    """Return a job that is being imported as the janitor sees it."""
    return next(each for each in claimed_jobs.claimed(session) if each.batch_id == batch_id)


def rescue(database: Database, batch_id: int) -> Status | None:
    """Rescue a job whose worker is known to be dead."""
    with database.write() as session:
        return claimed_jobs.rescue(session, held(session, batch_id), NOW)


@contextmanager
def rolled_back(database: Database) -> Iterator[Session]:
    """Open a transaction for writing that is taken back where it would be committed."""
    with suppress(LostJobError), database.write() as session:
        yield session
        raise LostJobError


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run the work in so many threads at once; return what each returned."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))
