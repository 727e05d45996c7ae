"""The undo screen: a job is taken back as its preview has shown it, or not at all."""

import re

from starlette.responses import Response

from leadline.api.bulk_kinds import permissions_for
from leadline.api.endpoint import READ_LEAD, READ_OBJECT
from leadline.console.downloads import download
from leadline.console.numbers import number_in
from leadline.console.visit import Page, Visit
from leadline.console.words import kind_of
from leadline.errors import OBJECT_NOT_FOUND, ServiceError
from leadline.imports.preview_files import FirstLines
from leadline.imports.preview_findings import Findings, findings_of
from leadline.imports.undo import UndoOffer, UndoRequest
from leadline.model.jobs import ImportRequest, Job, JobKind
from leadline.model.previews import PREVIEW_SECONDS, Preview, PreviewStatus

LINES_SHOWN = 25
_FILES = ("changes", "kept", "drift")
_NUMBER_DIFFERS = (
    "Type the number of rows whose records are deleted, {deleted}, and ask again. Nothing was done."
)


def show_undo(visit: Visit) -> Response:
    """Show what would be taken back, once that was asked for."""
    offer = _offer(visit)
    preview_id = visit.query.get("preview")
    return _page(visit, offer, None if preview_id is None else _preview(visit, offer, preview_id))


def preview_undo(visit: Visit) -> Response:
    """Let a worker judge what an undo would do."""
    batch_id = _offer(visit).shown.job.batch_id
    made = visit.services.undos.foresee(visit.caller, UndoRequest(batch_id))
    visit.services.previews.tell(visit.caller.munchkin_id, made.preview)
    return visit.redirect("undo", batch_id=batch_id, preview=made.preview.preview_id)


def apply_undo(visit: Visit) -> Response:
    """Queue the undo that was shown; where people are deleted, their number must have been typed."""
    offer = _offer(visit)
    preview = _preview(visit, offer, visit.path["preview_id"])
    batch_id, preview_id = offer.shown.job.batch_id, preview.preview_id
    found = findings_of(preview)
    deleted = found.rows["deleted"] if found else 0
    if deleted and not preview.batch_id and _number(visit.form.get("deleted", "")) != deleted:
        wrong = _NUMBER_DIFFERS.format(deleted=deleted)
        return visit.refused(wrong, "undo", batch_id=batch_id, preview=preview_id)
    refuses = visit.form.get("conflicts") == "refuse"
    try:
        visit.services.previews.apply(
            visit.caller, preview_id, accepts_drift=False, refuses_conflicts=refuses
        )
    except ServiceError as error:
        return visit.refused(error, "undo", batch_id=batch_id, preview=preview_id)
    return visit.redirect("undo", batch_id=batch_id, preview=preview_id)


def keep_file(visit: Visit) -> Response:
    """Answer with what of a preview the page shows the first lines of, to be kept."""
    offer = _offer(visit)
    preview, name = _preview(visit, offer, visit.path["preview_id"]), visit.path["name"]
    request = preview.wanted.request
    visit.services.tokens.permit(visit.caller, _reading(request))
    owner = str(preview.batch_id) if name == "drift" else preview.preview_id
    if name not in _FILES or not visit.services.preview_files.has(visit.caller, owner, name):
        raise ServiceError(OBJECT_NOT_FOUND)
    file = visit.services.preview_files.table(visit.caller, request, owner, name)
    return download(visit, file, f"undo-of-{offer.shown.job.batch_id}-{name}.csv")


def _number(text: str) -> int | None:
    digits = re.sub(r"[\s,]", "", text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None


def _offer(visit: Visit) -> UndoOffer:
    """Return the job that the path names; raises `ServiceError` 603 or 1013."""
    offer = visit.services.undos.offer(visit.caller, number_in(visit.path["batch_id"]))
    visit.services.tokens.permit(visit.caller, permissions_for(offer.shown.job.request.kind))
    return offer


def _preview(visit: Visit, offer: UndoOffer, preview_id: str) -> Preview:
    """Return a preview of the undo of this job; raises `ServiceError` 1013."""
    found = visit.services.previews.one(visit.caller, preview_id)
    if found.wanted.undoes != offer.shown.job.batch_id:
        raise ServiceError(OBJECT_NOT_FOUND)
    return found


def _page(visit: Visit, offer: UndoOffer, preview: Preview | None) -> Response:
    is_there = preview is not None and preview.status in (PreviewStatus.READY, PreviewStatus.APPLIED)
    findings = findings_of(preview) if preview is not None and is_there else None
    applied = _job_that_applies(visit, preview)
    return visit.render(
        "undo/preview.html" if visit.is_fragment else "undo/page.html",
        offer=offer,
        job=offer.shown.job,
        kind=kind_of(offer.shown.job.request.object_type),
        noun=_noun(offer.shown.job),
        kept_before=_kept_before(visit, offer),
        preview=preview,
        expires_at=None if preview is None else preview.created_at + PREVIEW_SECONDS,
        findings=findings,
        changes=_lines(visit, preview, findings, "changes"),
        kept=_lines(visit, preview, findings, "kept"),
        applied=applied,
        drift=None if applied is None else _first(visit, applied.request, str(applied.batch_id), "drift"),
        unfinished=(preview is not None and not preview.finished)
        or (applied is not None and not applied.finished),
    )


def _kept_before(visit: Visit, offer: UndoOffer) -> bool:
    """Tell whether the undo that was done before has kept anything."""
    if offer.shown.undone_by is None:
        return False
    before = visit.services.jobs.known(visit.caller.munchkin_id, offer.shown.undone_by)
    return before is not None and before.kept + before.partly > 0


def _job_that_applies(visit: Visit, preview: Preview | None) -> Job | None:
    if preview is None or preview.batch_id is None:
        return None
    return visit.services.jobs.known(visit.caller.munchkin_id, preview.batch_id)


def _lines(visit: Visit, preview: Preview | None, findings: Findings | None, name: str) -> FirstLines | None:
    if preview is None or findings is None:
        return None
    return _first(visit, preview.wanted.request, preview.preview_id, name)


def _first(visit: Visit, request: ImportRequest, owner: str, name: str) -> FirstLines | None:
    """Return the first lines of a file, None where the cells of its records may not be read."""
    if not visit.may(*_reading(request)):
        return None
    return visit.services.preview_files.first_lines(visit.caller, request, owner, name, LINES_SHOWN)


def _reading(request: ImportRequest) -> tuple[str, ...]:
    """Return the permissions of which one is needed to read the cells of a request's records."""
    return READ_OBJECT if request.kind is JobKind.OBJECT else READ_LEAD


def _noun(job: Job) -> tuple[str, str]:
    """Return what the records of a job are called, one of them and many."""
    return ("record", "records") if job.request.kind is JobKind.OBJECT else ("person", "people")


PAGES = (
    Page("undo", "GET", "/jobs/{batch_id}/undo", show_undo),
    Page("undo.preview", "POST", "/jobs/{batch_id}/undo", preview_undo),
    Page("undo.file", "GET", "/jobs/{batch_id}/undo/{preview_id}/{name}", keep_file),
    Page("undo.apply", "POST", "/jobs/{batch_id}/undo/{preview_id}", apply_undo),
)
