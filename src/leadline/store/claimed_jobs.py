"""The jobs that workers have, and what becomes of one whose worker has died (queue §6).

All functions run inside a transaction that the caller opened.
"""

from leadline.model.dataclass import dataclass
from leadline.model.job_words import words_for
from leadline.model.jobs import Status
from leadline.store import job_hours
from leadline.store.base import Session

ATTEMPTS_MAX = 3


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that a worker has: which worker, what its heartbeat was when it was read, and what it is for."""

    batch_id: int
    token: int
    attempt: int
    worker: str
    heartbeat: int
    undoes: int | None = None
    applies: str | None = None

    @property
    def task(self) -> int:
        """The number of the job, by which its heartbeat is remembered."""
        return self.batch_id


def claimed(session: Session) -> list[ClaimedJob]:
    """Return the jobs that workers have."""
    return [ClaimedJob(**row) for row in session.rows("claimed_jobs")]


def rescue(session: Session, dead: ClaimedJob, now: int, why: str = "its worker died") -> Status | None:
    """Return the job of a worker that has ended to the queue, or fail it after its last attempt.

    The upload of a job that fails stays. `why` says for people how each attempt ended. Returns the new
    status, or None when the job has moved meanwhile or is being written.
    """
    if session.row("lock_held", batch_id=dead.batch_id, token=dead.token, heartbeat=dead.heartbeat) is None:
        return None
    if dead.attempt < ATTEMPTS_MAX:
        row = session.row("requeue_job", batch_id=dead.batch_id, token=dead.token)
        return Status.QUEUED if row else None
    words = words_for(dead.undoes, dead.applies)
    message = words.failed(f"{why} {ATTEMPTS_MAX} times while {words.doing_it}")
    row = session.row(
        "finish_job",
        batch_id=dead.batch_id,
        token=dead.token,
        status=Status.FAILED.value,
        message=message,
        now=now,
    )
    if row is None:
        return None
    job_hours.count(session, dead.batch_id, now)
    return Status.FAILED


def end_silent_holder(session: Session, silent: ClaimedJob) -> None:
    """End the database connection through which a frozen worker keeps its job locked."""
    session.rows(
        "end_silent_holder", batch_id=silent.batch_id, token=silent.token, heartbeat=silent.heartbeat
    )
