"""Use case: what jobs came to, in figures: the rows of one by their reasons, and those of days."""

from collections.abc import Collection

from leadline.imports.status import Jobs
from leadline.model.callers import Caller
from leadline.model.jobs import JobKind, ReasonCount
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import job_days, job_reasons
from leadline.store.directory import Stores
from leadline.store.job_days import JobDay

_UNDO = "undo"


class JobFigures:
    """Reads what was counted when chunks and jobs ended: no line of a file is looked at."""

    def __init__(self, stores: Stores, time: SubscriptionTime, jobs: Jobs) -> None:
        self._stores = stores
        self._time = time
        self._jobs = jobs

    def reasons(self, caller: Caller, batch_id: int) -> list[ReasonCount]:
        """Return why rows of a job failed or were warned of, so far; raises `ServiceError` 1013."""
        self._jobs.one(caller, batch_id)
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return job_reasons.of_job(session, batch_id)

    def days(self, caller: Caller, kinds: Collection[JobKind], days: int) -> list[JobDay]:
        """Return the last days in UTC, today first: jobs of these kinds, and undos."""
        now = self._time.now(caller.munchkin_id)
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            found = job_days.last(session, now, days)
        return [each for each in found if each.kind == _UNDO or JobKind.of(each.kind) in kinds]
