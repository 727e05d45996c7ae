"""How many jobs a store has, whatever they are."""

from collections.abc import Mapping

from leadline.model.dataclass import dataclass
from leadline.store.base import Session


@dataclass(frozen=True, slots=True)
class JobsNow:
    """How many jobs a store has in each status, since when the oldest one waits (epoch seconds), and how many
    bytes the files of those have that have not ended.
    """

    by_status: Mapping[str, int]
    oldest_queued_at: int | None
    upload_bytes: int


def count_by_status(session: Session) -> dict[str, int]:
    """Return how many jobs are in each status."""
    return {row["status"]: row["jobs"] for row in session.rows("count_by_status")}


def jobs_now(session: Session) -> JobsNow:
    """Return the jobs that there are."""
    rows = session.rows("jobs_now")
    by_status = {row["status"]: row["jobs"] for row in rows}
    return (
        JobsNow(by_status, rows[0]["oldest_queued_at"], rows[0]["upload_bytes"])
        if rows
        else JobsNow({}, None, 0)
    )
