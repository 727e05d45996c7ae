"""The previews of one subscription: every move of their lives.

All functions run inside a transaction that the caller opened. A worker's moves name the preview's
token; when another worker has it by now, or it has expired, they raise `LostJobError`.
"""

import secrets

from leadline import clock
from leadline.model.dataclass import dataclass
from leadline.model.jobs import ImportRequest, Status
from leadline.model.previews import (
    PREVIEW_BYTES_MAX,
    PREVIEW_SECONDS,
    PREVIEWS_MAX,
    NewPreview,
    Preview,
    PreviewStatus,
)
from leadline.store import report_files, uploads
from leadline.store.base import LostJobError, Row, Session
from leadline.store.claimed_jobs import ATTEMPTS_MAX
from leadline.store.preview_rows import preview_of, request_as_json, request_of


@dataclass(frozen=True, slots=True)
class ClaimedPreview:
    """A preview that a worker makes: which worker, and what its heartbeat was when it was read."""

    preview_id: str
    token: int
    attempt: int
    worker: str
    heartbeat: int

    @property
    def task(self) -> str:
        """The id of the preview, by which its heartbeat is remembered."""
        return self.preview_id


@dataclass(frozen=True, slots=True)
class Apply:
    """A job that was to apply a preview: how it stands, and what it was for."""

    batch_id: int
    status: Status
    cancelled: bool
    refuses_conflicts: bool
    accepts_drift: bool

    @property
    def finished(self) -> bool:
        """Whether the job has ended."""
        return self.status in (Status.COMPLETE, Status.FAILED)

    def stands(self, *, refuses_conflicts: bool, accepts_drift: bool) -> bool:
        """Tell whether the job answers another call: not one that has done nothing, and was for less."""
        if self.status is not Status.FAILED:
            return True
        is_other = self.refuses_conflicts != refuses_conflicts or (accepts_drift and not self.accepts_drift)
        return not (self.cancelled or is_other)


def add(session: Session, wanted: NewPreview, now: int) -> Preview:
    """Keep a new preview, which waits for a worker; where there are too many the oldest expire."""
    file, origin = wanted.file, wanted.origin
    row = session.row(
        "add_preview",
        preview_id=_new_id(),
        kind=wanted.kind.value,
        request=request_as_json(wanted.request),
        undoes=wanted.undoes,
        refuses_conflicts=int(wanted.refuses_conflicts),
        client_id=origin.client_id,
        credential=origin.credential,
        user_name=origin.user,
        file_name=origin.file_name,
        file_sha256=origin.file_sha256,
        fingerprint=origin.fingerprint or "",
        header=file.header.encode("utf-8", "replace") if file else None,
        upload=file.upload if file else None,
        file_bytes=file.file_bytes if file else 0,
        invalid_from=file.invalid_from if file else None,
        has_slashes=int(file.has_slashes) if file else 0,
        issue_bytes=file.issue_bytes if file else 0,
        created_at=now,
    )
    assert row is not None, "what is inserted is returned"
    expire(session, now)
    return preview_of(row)


def _new_id() -> str:
    """Return an id that nobody guesses, and that sorts behind those made before it."""
    return f"{clock.now_ms():012x}{secrets.token_hex(10)}"


def find(session: Session, preview_id: str, now: int | None = None) -> Preview | None:
    """Return a preview; at a given time one past its day has expired, whether or not that was noted."""
    row = session.row("preview_by_id", preview_id=preview_id)
    if row is None:
        return None
    if (
        now is not None
        and now - row["created_at"] >= PREVIEW_SECONDS
        and row["status"] != PreviewStatus.APPLIED
    ):
        row |= {"status": PreviewStatus.EXPIRED, "result": None, "message": None}
    return preview_of(row)


def is_known(session: Session, preview_id: str) -> bool:
    """Return whether there is a preview of that id, expired or not."""
    return session.row("preview_by_id", preview_id=preview_id) is not None


def claim(session: Session, worker: str) -> Preview | None:
    """Take the oldest preview that waits, unless one is being made."""
    if session.row("try_queue") is None:
        return None
    row = session.row("claim_preview", worker=worker)
    return preview_of(row) if row else None


def claimed(session: Session) -> list[ClaimedPreview]:
    """Return the preview that is being made, if there is one."""
    return [ClaimedPreview(**row) for row in session.rows("claimed_previews")]


def beat(session: Session, preview: Preview) -> None:
    """Show that the preview's worker lives."""
    _ours(session.row("beat_preview", preview_id=preview.preview_id, token=preview.token))


def release(session: Session, preview: Preview | ClaimedPreview) -> None:
    """Hand a preview back without counting the try."""
    _ours(session.row("release_preview", preview_id=preview.preview_id, token=preview.token))


def rescue(session: Session, dead: ClaimedPreview, now: int, why: str = "its worker died") -> PreviewStatus:
    """Let the preview of a worker that has ended wait for the next one, or fail it after its last attempt.

    `why` says for people how each attempt ended. Raises `LostJobError` where it has moved meanwhile.
    """
    if dead.attempt < ATTEMPTS_MAX:
        values = {"token": dead.token, "heartbeat": dead.heartbeat}
        _ours(session.row("requeue_preview", preview_id=dead.preview_id, **values))
        return PreviewStatus.QUEUED
    message = f"Preview failed, {why} {ATTEMPTS_MAX} times while making it"
    _finish(session, dead.preview_id, dead.token, PreviewStatus.FAILED, now, message=message)
    return PreviewStatus.FAILED


def ready(session: Session, preview: Preview, result: str, version: int, report_bytes: int, now: int) -> None:
    """Note what a preview has found; its files are kept by now, and have so many bytes.

    Others expire where that is too much for all.
    """
    _finish(
        session,
        preview.preview_id,
        preview.token,
        PreviewStatus.READY,
        now,
        result=result,
        version=version,
        report_bytes=report_bytes,
    )
    expire(session, now)


def fail(session: Session, preview: Preview, message: str, now: int) -> None:
    """Note why there is nothing to be foreseen."""
    _finish(session, preview.preview_id, preview.token, PreviewStatus.FAILED, now, message=message)
    uploads.drop_of_preview(session, preview.preview_id)


def last_apply(session: Session, preview_id: str) -> Apply | None:
    """Return the last job that was to apply a preview."""
    row = session.row("job_of_preview", preview_id=preview_id)
    if row is None:
        return None
    return Apply(
        row["batch_id"],
        Status(row["status"]),
        bool(row["cancelled"]),
        bool(row["refuses_conflicts"]),
        bool(row["accepts_drift"]),
    )


def note_apply(session: Session, preview_id: str, batch_id: int) -> None:
    """Note the job that is to apply a preview."""
    session.run("note_apply", preview_id=preview_id, batch_id=batch_id)


def note_applied(session: Session, preview_id: str, batch_id: int) -> None:
    """Note that a job has applied the preview, in its last commit."""
    session.run("note_applied", preview_id=preview_id, batch_id=batch_id)


def expire(session: Session, now: int) -> int:
    """Let previews expire that are past their time, and the oldest of too many; return how many did."""
    expired = kept = total = 0
    for row in session.rows("previews_by_age"):
        kept, total = kept + 1, total + row["kept_bytes"]
        is_over = kept > PREVIEWS_MAX or (kept > 1 and total > PREVIEW_BYTES_MAX)
        if row["is_applied"] or not (is_over or now - row["created_at"] >= PREVIEW_SECONDS):
            continue
        drop(session, row["preview_id"])
        expired, kept, total = expired + 1, kept - 1, total - row["kept_bytes"]
    return expired


def drop(session: Session, preview_id: str) -> None:
    """Delete the file and the findings of a preview; that it has been is still known."""
    uploads.drop_of_preview(session, preview_id)
    session.run("expire_preview", preview_id=preview_id)
    report_files.delete(session, preview_id)


def is_any_due(session: Session, created_before: int, now: int) -> bool:
    """Return whether `purge` would find a preview."""
    values = {"created_before": created_before, "expired_before": now - PREVIEW_SECONDS}
    return session.row("any_preview_due", **values) is not None


def unjudged(session: Session) -> list[tuple[str, ImportRequest, str]]:
    """Return the previews whose files nobody has looked at yet: id, request, and name of the upload."""
    rows = session.rows("unjudged_previews")
    return [(row["preview_id"], request_of(row["request"]), row["upload"]) for row in rows]


def purge(session: Session, created_before: int, now: int) -> None:
    """Let previews expire, and forget those that have and were created at or before the given second."""
    expire(session, now)
    session.run("delete_old_previews", created_before=created_before)


def drop_unfinished(session: Session) -> None:
    """Delete the previews that wait or are made; their files are orphans then."""
    session.run("drop_unfinished_previews")


def drop_all(session: Session) -> None:
    """Delete all previews; their files are orphans then."""
    session.run("drop_all_previews")


def _finish(
    session: Session,
    preview_id: str,
    token: int,
    status: PreviewStatus,
    now: int,
    *,
    result: str | None = None,
    message: str | None = None,
    version: int | None = None,
    report_bytes: int = 0,
) -> None:
    found = session.row(
        "finish_preview",
        preview_id=preview_id,
        token=token,
        status=status.value,
        result=result,
        message=message,
        version=version,
        report_bytes=report_bytes,
        now=now,
    )
    _ours(found)


def _ours(row: Row | None) -> None:
    if row is None:
        raise LostJobError
