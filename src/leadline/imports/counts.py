"""Use case: what jobs came to, in figures: the rows of one by their reasons, those of days and of hours."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from leadline.imports.status import Jobs
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import JobKind, ReasonCount
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import job_hours, job_reasons
from leadline.store.directory import Stores
from leadline.store.job_hours import JobDay, JobHour, JobSums

_UNDO = "undo"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
T = TypeVar("T", bound=JobSums)


@dataclass(frozen=True, slots=True)
class RowsOfTime:
    """What became of the rows of the jobs that ended in an hour or on a day, in UTC."""

    begin: datetime
    jobs: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0


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
            return _of_kinds(job_hours.last_days(session, now, days), kinds)

    def rows_by_day(self, caller: Caller, kinds: Collection[JobKind], days: int) -> list[RowsOfTime]:
        """Return each of the last days in UTC, today last: rows of jobs of these kinds."""
        now = datetime.fromtimestamp(self._time.now(caller.munchkin_id), UTC)
        today = now.replace(hour=0, minute=0, second=0)
        found: dict[str, list[JobDay]] = {}
        for each in self.days(caller, kinds, days):
            found.setdefault(each.day, []).append(each)
        begins = [today - _DAY * back for back in reversed(range(days))]
        return [_together(begin, found.get(begin.date().isoformat(), [])) for begin in begins]

    def rows_by_hour(self, caller: Caller, kinds: Collection[JobKind], hours: int) -> list[RowsOfTime]:
        """Return each of the last hours in UTC, the present one last: rows of jobs of these kinds."""
        seconds = self._time.now(caller.munchkin_id)
        now = datetime.fromtimestamp(seconds, UTC).replace(minute=0, second=0)
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            hourly = _of_kinds(job_hours.last_hours(session, seconds, hours), kinds)
        found: dict[str, list[JobHour]] = {}
        for each in hourly:
            found.setdefault(each.hour, []).append(each)
        begins = [now - _HOUR * back for back in reversed(range(hours))]
        return [_together(begin, found.get(begin.strftime("%Y-%m-%dT%H"), [])) for begin in begins]


def _of_kinds(found: list[T], kinds: Collection[JobKind]) -> list[T]:
    return [each for each in found if each.kind == _UNDO or JobKind.of(each.kind) in kinds]


def _together(begin: datetime, found: list[T]) -> RowsOfTime:
    """Add up what ended in the same time; the rows of an undo are no rows of an import."""
    return RowsOfTime(
        begin,
        sum(each.jobs for each in found),
        sum(each.created for each in found),
        sum(each.updated for each in found),
        sum(each.unchanged for each in found),
        sum(each.failed for each in found),
    )
