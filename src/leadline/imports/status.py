"""Use case: what became of import jobs (contract §2, §7.1)."""

from collections.abc import Collection

from leadline.errors import OBJECT_NOT_FOUND, ServiceError
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job, JobKind, JobLookup, Status
from leadline.model.listed_jobs import JobFilter, JobGroup, ShownJob
from leadline.model.subscription_time import SubscriptionTime
from leadline.schema.objects import folded_name
from leadline.store import jobs
from leadline.store.base import Session
from leadline.store.directory import Stores

_DAY_SECONDS = 86_400
_ANY_ID = 2**62
"""Greater than any batch id, and than any number of jobs."""


@dataclass(frozen=True, slots=True)
class QueueNow:
    """The queue of a subscription: seats that are taken of those there are, and jobs that are imported.

    `rate` are the rows per second of these together; `oldest_queued` is for how many seconds the oldest job
    has waited that waits, None where none does.
    """

    seats_used: int
    seats: int
    importing: int
    slots: int
    rate: float
    oldest_queued: int | None


class Jobs:
    """The jobs of each subscription within their retention."""

    def __init__(self, stores: Stores, time: SubscriptionTime) -> None:
        self._stores = stores
        self._time = time

    def one(
        self,
        caller: Caller,
        batch_id: int,
        kind: JobKind | None = None,
        target: str | None = None,
        lookup: JobLookup | None = None,
    ) -> Job:
        """Return a job; raises `ServiceError` 1013 where `find` finds none.

        `lookup` is what the subscription has under that id, where it was asked a moment ago.
        """
        if lookup is not None and lookup.batch_id == batch_id:
            job = self._wanted(lookup.job, caller, kind, target)
            if job is None:
                raise ServiceError(OBJECT_NOT_FOUND)
            return job
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            job = self.find(session, caller, batch_id, kind, target)
        if job is None:
            raise ServiceError(OBJECT_NOT_FOUND)
        return job

    def find(
        self,
        session: Session,
        caller: Caller,
        batch_id: int,
        kind: JobKind | None = None,
        target: str | None = None,
    ) -> Job | None:
        """Return a job of any kind or one, into any custom object or the one named `target`, or None."""
        job = jobs.find(session, batch_id, self._created_after(caller))
        return self._wanted(job, caller, kind, target)

    def _wanted(
        self, job: Job | None, caller: Caller, kind: JobKind | None, target: str | None
    ) -> Job | None:
        """Return a job that is within its days, of the kind, and into the target; else None."""
        if job is None or job.created_at <= self._created_after(caller):
            return None
        if kind is not None and not job.is_import_of(kind):
            return None
        is_into = target is None or folded_name(job.request.object_type) == folded_name(target)
        return job if is_into else None

    def known(self, munchkin_id: str, batch_id: int) -> Job | None:
        """Return a job, be it past its days, or None."""
        with self._stores.subscription(munchkin_id).read_once() as session:
            return jobs.find(session, batch_id, created_after=-1)

    def unfinished(self, munchkin_id: str) -> list[Job]:
        """Return the jobs that wait or are imported, oldest first."""
        with self._stores.subscription(munchkin_id).read() as session:
            return jobs.unfinished(session)

    def all_of(self, munchkin_id: str) -> list[Job]:
        """Return all jobs that are kept, oldest first."""
        with self._stores.subscription(munchkin_id).read() as session:
            return jobs.newest_first(session, -1, _ANY_ID, _ANY_ID)[::-1]

    def shown(self, caller: Caller, batch_id: int) -> ShownJob:
        """Return a job with what others say of it; raises `ServiceError` 1013 for an unknown one."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            found = jobs.find_shown(session, batch_id, self._created_after(caller))
        if found is None:
            raise ServiceError(OBJECT_NOT_FOUND)
        return found

    def newest(
        self, caller: Caller, kinds: Collection[JobKind], wanted: JobFilter, before: int, limit: int
    ) -> list[ShownJob]:
        """Return so many of the wanted jobs of these kinds with batch ids below `before`, newest first."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return jobs.shown_newest_first(session, kinds, wanted, self._created_after(caller), before, limit)

    def groups(self, caller: Caller, kinds: Collection[JobKind]) -> list[JobGroup]:
        """Return how many jobs of these kinds have what they may be filtered by in common."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            found = jobs.groups(session, self._created_after(caller))
        return [each for each in found if JobKind.of(each.object_type) in kinds]

    def queue(self, caller: Caller) -> QueueNow:
        """Return how the subscription's queue stands, with jobs of all kinds."""
        now, limits = self._time.now(caller.munchkin_id), caller.limits
        unfinished = self.unfinished(caller.munchkin_id)
        queues = 1 if limits.shared_queue else len(JobKind)
        importing = [each for each in unfinished if each.status is Status.IMPORTING]
        queued = [each.created_at for each in unfinished if each.status is Status.QUEUED]
        return QueueNow(
            sum(each.purpose.is_import for each in unfinished),
            limits.jobs_queued_max * queues,
            len(importing),
            limits.jobs_importing_max * queues,
            round(sum(each.rate(now) or 0 for each in importing), 1),
            max(now - min(queued), 0) if queued else None,
        )

    def _created_after(self, caller: Caller) -> int:
        """Return the instant behind which a job must have been created to be answered, epoch seconds."""
        return self._time.now(caller.munchkin_id) - caller.limits.retention_days * _DAY_SECONDS
