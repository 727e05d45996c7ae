"""What a day's jobs were, by kind and credential, in UTC; kept when the jobs are gone.

All functions run inside a transaction that the caller opened.
"""

from datetime import UTC, datetime, timedelta

from leadline.model.dataclass import dataclass
from leadline.store.base import Session

KEPT_DAYS = 400


@dataclass(frozen=True, slots=True)
class JobDay:
    """The jobs of a day, of one kind and credential, that have ended; `kind` is `undo` for undos."""

    day: str
    kind: str
    credential: str
    jobs: int
    created: int
    updated: int
    unchanged: int
    failed: int
    file_bytes: int
    seconds: int


def count(session: Session, batch_id: int, now: int) -> None:
    """Add a job, which this transaction ends, to its day."""
    session.run("count_day", batch_id=batch_id, day=_day(now))


def last(session: Session, now: int, days: int) -> list[JobDay]:
    """Return so many days, today the first."""
    return [JobDay(**row) for row in session.rows("days_since", since=_day(now, days - 1))]


def is_any_due(session: Session, now: int) -> bool:
    """Return whether `purge` would find a day."""
    return session.row("any_day_before", before=_day(now, KEPT_DAYS - 1)) is not None


def purge(session: Session, now: int) -> None:
    """Forget the days that are older than those that are kept."""
    session.run("delete_days_before", before=_day(now, KEPT_DAYS - 1))


def _day(now: int, days_before: int = 0) -> str:
    return (datetime.fromtimestamp(now, UTC).date() - timedelta(days_before)).isoformat()
