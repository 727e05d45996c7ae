"""The jobs of one subscription: every move of their lives behind admission (contract §2, queue §1).

All functions run inside a transaction that the caller opened. A worker's moves name the
job's token; when another worker has the job by now they raise `LostJobError`.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from leadline.errors import StoreBusyError
from leadline.model.dataclass import dataclass
from leadline.model.jobs import IssueKind, Job, JobKind, JobLookup, Status
from leadline.model.listed_jobs import JobFilter, JobGroup, ShownJob
from leadline.model.records import Outcome, UndoOutcome
from leadline.store import job_hours, uploads
from leadline.store.base import LostJobError, Question, Row, Session
from leadline.store.claimed_jobs import ClaimedJob
from leadline.store.job_rows import job_of, progress_of, shown_of


@dataclass(frozen=True, slots=True)
class Progress:
    """What a chunk adds to its job; counts are rows.

    `issue_bytes_left` and `unlisted` are what a `Job` has of these, the rows of this chunk alone.
    `day_first` is what the checks of the whole file found, kept for the worker that goes on with the job.
    """

    done_bytes: int
    next_row: int
    counts: Mapping[Outcome, int]
    warned: int
    issue_bytes_left: int
    unlisted: Mapping[IssueKind, int]
    day_first: frozenset[int] = frozenset()


def claim(
    session: Session, worker: str, now: int, limit: int, may_begin: Callable[[int], bool] | None = None
) -> Job | None:
    """Take the oldest queued job of a queue in which fewer than `limit` are being imported.

    `may_begin` tells of a batch id whether that job may be taken; without it all may.
    """
    if session.row("try_queue") is None:
        return None
    waiting = session.rows("oldest_queued" if may_begin is None else "queued_in_order")
    for oldest in waiting:
        if may_begin is not None and not may_begin(oldest["batch_id"]):
            continue
        free = _free_slots(session, oldest["queue"], limit)
        if free:
            row = session.row(
                "claim_job", batch_id=oldest["batch_id"], slot=min(free), worker=worker, now=now
            )
            return job_of(row) if row else None
    return None


def may_claim(session: Session, limit: int) -> bool:
    """Return whether a job waits that could be taken; only `claim` is sure of it."""
    return any(_free_slots(session, oldest["queue"], limit) for oldest in session.rows("oldest_queued"))


def _free_slots(session: Session, queue: str, limit: int) -> set[int]:
    slots = {row["slot"] for row in session.rows("taken_slots", queue=queue)}
    return set(range(limit)) - slots if len(slots) < limit else set()


def lock(session: Session, job: Job, next_row: int) -> Job:
    """Lock the job until the transaction ends, and return it; the worker must still have it, at that row.

    Raises `LostJobError`, or `StoreBusyError` when the job stands at another row because a commit that
    was taken for failed has succeeded after all.
    """
    row = session.row("lock_job", batch_id=job.batch_id, token=job.token)
    if row is None:
        raise LostJobError
    if row["next_row"] != next_row:
        raise StoreBusyError("the job has moved on")
    return _moved(job, row)


def advance(session: Session, job: Job, progress: Progress) -> Job:
    """Add a chunk's counts to the job.

    Raises `StoreFaultError` when they do not add up to the rows that were read: each row is processed or
    failed, once.
    """
    counts = {outcome.value: progress.counts[outcome] for outcome in Outcome}
    row = session.row(
        "advance_job",
        batch_id=job.batch_id,
        token=job.token,
        done_bytes=progress.done_bytes,
        next_row=progress.next_row,
        warned=progress.warned,
        issue_bytes_left=progress.issue_bytes_left,
        unlisted_failures=progress.unlisted[IssueKind.FAILURE],
        unlisted_warnings=progress.unlisted[IssueKind.WARNING],
        day_first=json.dumps(sorted(progress.day_first)),
        **counts,
    )
    return _moved(job, row)


def advance_undo(session: Session, job: Job, sets_done: int, counts: Mapping[UndoOutcome, int]) -> Job:
    """Note how many change sets an undo has taken back, and add the rows of the last one."""
    row = session.row(
        "advance_undo",
        batch_id=job.batch_id,
        token=job.token,
        sets_done=sets_done,
        rows=sum(counts.values()),
        **{outcome.value: counts[outcome] for outcome in UndoOutcome},
    )
    return _moved(job, row)


def finish(session: Session, job: Job, status: Status, message: str, now: int) -> Job:
    """Bring the job to its last status and drop the uploaded bytes."""
    row = session.row(
        "finish_job", batch_id=job.batch_id, token=job.token, status=status.value, message=message, now=now
    )
    uploads.drop_bytes(session, job.batch_id)
    after = _moved(job, row)
    job_hours.count(session, job.batch_id, now)
    return after


def release(session: Session, job: Job | ClaimedJob) -> None:
    """Hand the job back to the queue without counting the try."""
    if session.row("release_job", batch_id=job.batch_id, token=job.token) is None:
        raise LostJobError


def lock_any(session: Session, batch_id: int) -> Job | None:
    """Lock a job until the transaction ends, whoever has it, and return it; None for an unknown one."""
    row = session.row("lock_any_job", batch_id=batch_id)
    return job_of(row) if row else None


def cancel(session: Session, job: Job, message: str, now: int) -> Job:
    """End an unfinished job that this transaction has locked; no worker that has it can commit any more.

    Its upload stays.
    """
    row = session.row("cancel_job", batch_id=job.batch_id, message=message, now=now)
    assert row is not None, "a locked job that has not finished can be ended"
    job_hours.count(session, job.batch_id, now)
    return job_of(row)


def find_claimed(session: Session, job: Job) -> Job | None:
    """Return a job as it stands now, as long as no other worker has got it; it may be finished."""
    row = session.row("job_with_token", batch_id=job.batch_id, token=job.token)
    return job_of(row) if row else None


def that_found_all_as_it_was(session: Session, original: Job, limit: int) -> list[Job]:
    """Return so many later imports into the same type of which rows changed nothing, the newest first."""
    values = {"batch_id": original.batch_id, "object_type": original.request.object_type, "limit": limit}
    return [job_of(row) for row in session.rows("later_jobs_with_unchanged", **values)]


def undos_of(session: Session, batch_id: int) -> list[Job]:
    """Return the jobs that take a job back, the newest first."""
    return [job_of(row) for row in session.rows("undos_of_job", batch_id=batch_id)]


def find(session: Session, batch_id: int, created_after: int) -> Job | None:
    """Return a job that was created after the given second, or None."""
    row = session.row("job_by_id", batch_id=batch_id, created_after=created_after)
    return job_of(row) if row else None


def of_batch(batch_id: int) -> Question:
    """Return the question for the row of a job, past its days or not; `looked_up` reads it."""
    return "job_by_id", {"batch_id": batch_id, "created_after": -1}


def looked_up(batch_id: int, rows: list[Row]) -> JobLookup:
    """Return what the rows say that `of_batch` asks for."""
    return JobLookup(batch_id, job_of(rows[0]) if rows else None)


def find_shown(session: Session, batch_id: int, created_after: int) -> ShownJob | None:
    """Return a job as `find` does, with what others say of it."""
    row = session.row("shown_job", batch_id=batch_id, created_after=created_after)
    return shown_of(row) if row else None


def shown_newest_first(
    session: Session,
    kinds: Collection[JobKind],
    wanted: JobFilter,
    created_after: int,
    before: int,
    limit: int,
) -> list[ShownJob]:
    """Return so many wanted jobs of these kinds as `newest_first` does, with what others say of them."""
    rows = session.rows(
        "shown_jobs",
        created_after=created_after,
        before=before,
        limit=limit,
        status=wanted.status and wanted.status.value,
        object_type=wanted.object_type,
        user_name=wanted.user,
        list_id=wanted.list_id,
        failed_min=int(wanted.with_failures),
        undone=int(wanted.undone),
        **{kind.value: int(kind in kinds) for kind in JobKind},
    )
    return [shown_of(row) for row in rows]


def groups(session: Session, created_after: int) -> list[JobGroup]:
    """Return how many jobs created after the given second have what they may be filtered by in common."""
    return [
        JobGroup(
            row["object_type"],
            row["user_name"],
            row["list_id"],
            Status(row["status"]),
            bool(row["with_failures"]),
            bool(row["undone"]),
            row["jobs"],
        )
        for row in session.rows("job_groups", created_after=created_after)
    ]


def newest_first(session: Session, created_after: int, before: int, limit: int) -> list[Job]:
    """Return so many jobs with ids below `before` that were created after the given second."""
    values = {"created_after": created_after, "before": before, "limit": limit}
    return [job_of(row) for row in session.rows("jobs_newest_first", **values)]


def unfinished(session: Session) -> list[Job]:
    """Return the jobs that wait or are imported, oldest first."""
    return [job_of(row) for row in session.rows("unfinished_jobs")]


def header_of(session: Session, batch_id: int) -> str:
    """Return the header line of a job's upload."""
    row = session.row("header_of_job", batch_id=batch_id)
    return bytes(row["header"]).decode() if row else ""


def miscounted(session: Session) -> Iterator[str]:
    """Yield a sentence for each job whose counts are not those of the rows that were read."""
    for row in session.rows("miscounted_jobs"):
        counted = f"{row['processed']} processed and {row['failed']} failed rows"
        yield f"Job {row['batch_id']} counts {counted}, but {row['next_row'] - 1} were read"


def _moved(job: Job, row: Row | None) -> Job:
    """Return a job with its `progress_columns` as they are now; raises `LostJobError` without a row."""
    if row is None:
        raise LostJobError
    return replace(job, **progress_of(row))
