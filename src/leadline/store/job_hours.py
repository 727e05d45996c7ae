"""What the jobs of an hour were, by kind and credential, in UTC; kept when the jobs are gone.

All functions run inside a transaction that the caller opened.
"""

from datetime import UTC, datetime, timedelta

from leadline.model.dataclass import dataclass
from leadline.store.base import Session

KEPT_DAYS = 400


@dataclass(frozen=True, slots=True)
class JobSums:
    """What jobs of a kind and credential came to that ended in the same time; `kind` is `undo` for undos."""

    kind: str
    credential: str
    jobs: int
    created: int
    updated: int
    unchanged: int
    failed: int
    file_bytes: int
    seconds: int


@dataclass(frozen=True, slots=True)
class JobDay(JobSums):
    """The jobs that ended on a day: `2025-05-17`."""

    day: str


@dataclass(frozen=True, slots=True)
class JobHour(JobSums):
    """The jobs that ended in an hour: `2025-05-17T22`."""

    hour: str


def count(session: Session, batch_id: int, now: int) -> None:
    """Add a job, which this transaction ends, to its hour."""
    session.run("count_hour", batch_id=batch_id, hour=_hour(now))


def last_days(session: Session, now: int, days: int) -> list[JobDay]:
    """Return so many days, today the first."""
    return [JobDay(**row) for row in session.rows("days_since", since=_day(now, days - 1))]


def last_hours(session: Session, now: int, hours: int) -> list[JobHour]:
    """Return so many hours, the present one first."""
    return [JobHour(**row) for row in session.rows("hours_since", since=_hour(now, hours - 1))]


def is_any_due(session: Session, now: int) -> bool:
    """Return whether `purge` would find an hour."""
    return session.row("any_hour_before", before=_day(now, KEPT_DAYS - 1)) is not None


def purge(session: Session, now: int) -> None:
    """Forget the hours of days that are older than those that are kept."""
    session.run("delete_hours_before", before=_day(now, KEPT_DAYS - 1))


def _day(now: int, days_before: int = 0) -> str:
    return (datetime.fromtimestamp(now, UTC).date() - timedelta(days_before)).isoformat()


def _hour(now: int, hours_before: int = 0) -> str:
    return (datetime.fromtimestamp(now, UTC) - timedelta(hours=hours_before)).strftime("%Y-%m-%dT%H")
