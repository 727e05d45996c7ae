"""Use case: end a job before all its rows are reached.

Whoever commits first wins, the cancel or the worker's chunk. The cancel locks the job, raises its token
and ends it in one transaction, so that no worker can write another row of it; the rows that were
reached stay imported, and the upload is kept for those that were not.
"""

import pyarrow as pa

from leadline.errors import OBJECT_NOT_FOUND, ServiceError, StoreBusyError, StoreHeldError
from leadline.events import Emit, JobFinished
from leadline.imports.status import Jobs
from leadline.merging.unreached import find_unreached, keep_unreached
from leadline.model.callers import Caller
from leadline.model.counted import counted
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import jobs
from leadline.store.base import Database
from leadline.store.directory import Stores

_TRIES = 4
"""So often the lock of a job is waited for, while a worker writes a long chunk."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """What was found before a job was locked: how many rows its file has, and whom the rest may name.

    Without marks there is no file, or one of which nobody can say whom it names.
    """

    rows: int
    marks: pa.Array | None


class Cancellations:
    """Ends jobs that have not finished."""

    def __init__(self, stores: Stores, time: SubscriptionTime, jobs: Jobs, emit: Emit) -> None:
        self._stores = stores
        self._time = time
        self._jobs = jobs
        self._emit = emit

    def cancel(self, caller: Caller, batch_id: int) -> Job:
        """End a job and return it; one that has finished stays as it is. Raises `ServiceError` 1013."""
        database = self._stores.subscription(caller.munchkin_id)
        seen = self._jobs.one(caller, batch_id)
        if seen.finished:
            return seen
        rest = _look_at_rest(database, seen)
        for tries_left in reversed(range(_TRIES)):
            try:
                return self._end(caller, database, seen, rest)
            except StoreBusyError as error:
                if isinstance(error, StoreHeldError) or not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _end(self, caller: Caller, database: Database, seen: Job, rest: _Rest) -> Job:
        with database.write() as session:
            job = jobs.lock_any(session, seen.batch_id)
            if job is None:
                raise ServiceError(OBJECT_NOT_FOUND)
            if job.finished:
                return job
            ended = jobs.cancel(session, job, _message(job, rest.rows), self._time.now(caller.munchkin_id))
            keep_unreached(session, job.batch_id, rest.marks)
        counts = (ended.processed, ended.failed, ended.warned)
        self._emit(JobFinished(caller.munchkin_id, ended.batch_id, ended.status.value, *counts))
        return ended


def _look_at_rest(database: Database, job: Job) -> _Rest:
    """Look at a job's file before the job is locked: rows that are reached meanwhile are in the rest."""
    rest = None if job.purpose.undoes is not None else find_unreached(database, job)
    if rest is None:
        return _Rest(0, None)
    return _Rest(job.next_row - 1 + rest.count_rows(), rest.marks())


def _message(job: Job, rows: int) -> str:
    """Return the message of a job that is cancelled where it stands; parts that are zero are left out."""
    if job.purpose.undoes is not None:
        taken_back = job.reverted + job.partly + job.deleted
        records = counted(taken_back, "record", "records")
        parts = [(taken_back, f"{records} taken back"), (job.kept, f"{job.kept} kept")]
    else:
        left = rows - (job.next_row - 1)
        parts = [
            (job.processed, f"{job.processed} records imported ({job.processed} members)"),
            (job.failed, f"{job.failed} failed"),
            (left, f"{left} not reached"),
        ]
    return job.purpose.words.ended("cancelled", parts)
