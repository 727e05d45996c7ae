"""Jobs that go, with all that they have left; each function runs inside its caller's transaction."""

from leadline.store import report_files, uploads
from leadline.store.base import Session


def any_expired(session: Session, created_before: int) -> bool:
    """Return whether `purge` would find a job."""
    return session.row("expired_jobs", created_before=created_before, limit=1) is not None


def purge(session: Session, created_before: int, limit: int) -> int:
    """Delete at most `limit` finished jobs created at or before the given second; return how many."""
    expired = session.rows("expired_jobs", created_before=created_before, limit=limit)
    for row in expired:
        uploads.drop(session, row["batch_id"])
        session.run("delete_marks_of_job", batch_id=row["batch_id"])
        report_files.delete(session, str(row["batch_id"]))
        session.run("delete_job", batch_id=row["batch_id"])
    return len(expired)


def drop_unfinished(session: Session) -> None:
    """Delete the jobs that wait or are worked on; their files are orphans then."""
    session.run("drop_unfinished_jobs")


def drop_all(session: Session) -> None:
    """Delete all jobs; batch ids begin again. Their files are orphans then."""
    session.run("drop_all_hours")
    session.run("drop_all_jobs")
    session.run("begin_batch_ids")
    session.run("change_sets_of_no_job")
