"""Beside the Marketo surface: taking a job back."""

from starlette.responses import Response

from leadline.api import job_answers, preview_answers
from leadline.api.bulk_kinds import permissions_for
from leadline.api.call import Call, Services
from leadline.api.endpoint import (
    CSV_FILE,
    READ_LEAD,
    READ_OBJECT,
    WRITE_LEAD,
    WRITE_OBJECT,
    Endpoint,
    Parameter,
)
from leadline.api.envelope import no_file, success
from leadline.api.job_file_answers import csv_file
from leadline.api.request_keys import KEY_PARAMETER, replayed
from leadline.api.request_values import choice_of, flag_of
from leadline.errors import CANNOT_BE_UNDONE, KEY_USED, LIST_BUSY, NOTHING_TO_TAKE_BACK, OBJECT_NOT_FOUND
from leadline.imports.requests import parse_int32
from leadline.imports.resubmission import RequestKey, key_of
from leadline.imports.undo import UndoRequest
from leadline.model.jobs import JobKind

_ON_CONFLICT = ("keep", "refuse")
_BATCH_ID = Parameter("batchId", "path", "The job", "integer", required=True)
_NO_KEPT = "There is no such file for this job: it is no undo, or not finished."


def undo_job(call: Call, services: Services) -> Response:
    """Queue the undo of a job."""
    body = call.json() if call.body else {}
    batch_id = parse_int32(call.path["batchId"])
    refuses = choice_of(body, "onConflict", _ON_CONFLICT) == "refuse"
    only_shows = flag_of(body, "preview")
    original = services.undos.original(call.caller, batch_id)
    services.tokens.permit(call.caller, permissions_for(original.request.kind))
    wanted, key = UndoRequest(batch_id, refuses), key_of(call.caller, call.keys)
    if only_shows:
        return _previewed(call, services, wanted, key)
    submitted = services.undos.undo(call.caller, wanted, key)
    job = submitted.job
    answer: job_answers.QueuedUndo = {"batchId": job.batch_id, "status": job.status, "undoes": batch_id}
    return replayed(success(call.request_id, [answer]), is_new=submitted.is_new)


def _previewed(call: Call, services: Services, wanted: UndoRequest, key: RequestKey | None) -> Response:
    made = services.undos.foresee(call.caller, wanted, key)
    if made.is_new:
        services.previews.tell(call.caller.munchkin_id, made.preview)
    answer: preview_answers.CreatedPreview = {
        "previewId": made.preview.preview_id,
        "status": made.preview.status,
    }
    return replayed(success(call.request_id, [answer]), is_new=made.is_new)


def kept_lines(call: Call, services: Services) -> Response:
    """Return what an undo has kept, and why."""
    batch_id = parse_int32(call.path["batchId"])
    job = services.jobs.one(call.caller, batch_id)
    services.tokens.permit(call.caller, permissions_for(job.request.kind))
    services.tokens.permit(call.caller, READ_OBJECT if job.request.kind is JobKind.OBJECT else READ_LEAD)
    if job.purpose.undoes is None or not job.finished:
        return no_file(_NO_KEPT)
    file = services.preview_files.table(call.caller, job.request, str(batch_id), "kept")
    return no_file(_NO_KEPT) if file is None else csv_file(call, services, file)


ENDPOINTS = (
    Endpoint(
        "jobs.undo",
        "POST",
        "/leadline/v1/jobs/{batchId}/undo.json",
        "Take a job back",
        (*WRITE_LEAD, *WRITE_OBJECT),
        job_answers.QueuedUndo | preview_answers.CreatedPreview,
        undo_job,
        parameters=(_BATCH_ID, KEY_PARAMETER),
        body=job_answers.UndoBody,
        body_required=False,
        refusals=(OBJECT_NOT_FOUND, CANNOT_BE_UNDONE, NOTHING_TO_TAKE_BACK, LIST_BUSY, KEY_USED),
    ),
    Endpoint(
        "jobs.kept",
        "GET",
        "/leadline/v1/jobs/{batchId}/kept.csv",
        "What an undo has kept, and why",
        (*WRITE_LEAD, *WRITE_OBJECT),
        CSV_FILE,
        kept_lines,
        parameters=(_BATCH_ID,),
        refusals=(OBJECT_NOT_FOUND,),
    ),
)
