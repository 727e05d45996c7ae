"""Beside the Marketo surface: ending a job, and the rows that it has not reached."""

from starlette.responses import Response

from leadline.api import job_answers
from leadline.api.assets import flag_of
from leadline.api.bulk_kinds import permissions_for
from leadline.api.call import Call, Services
from leadline.api.endpoint import CSV_FILE, WRITE_LEAD, WRITE_OBJECT, Endpoint, Parameter
from leadline.api.envelope import no_file, success
from leadline.api.job_file_answers import csv_file
from leadline.errors import OBJECT_NOT_FOUND, ServiceError
from leadline.imports.requests import parse_int32
from leadline.imports.undo import UndoRequest
from leadline.model.jobs import Job

_NO_FILE = (
    "There are no rows that this job has not reached: it is unknown, past its days, or not ended early."
)


def cancel(call: Call, services: Services) -> Response:
    """End a job; what it has imported stays, or is taken back where that is asked."""
    batch_id, takes_back = parse_int32(call.path["batchId"]), flag_of(call, "undo")
    kind = services.jobs.one(call.caller, batch_id).request.kind
    services.tokens.permit(call.caller, permissions_for(kind))
    job = services.cancellations.cancel(call.caller, batch_id)
    item: job_answers.CancelledJob = {
        "batchId": job.batch_id,
        "cancelled": job.cancelled,
        "status": job.status,
        "message": job.message or "",
    }
    if takes_back:
        item["undoneBy"], item["notUndone"] = _taken_back(call, services, job)
    return success(call.request_id, [item])


def _taken_back(call: Call, services: Services, job: Job) -> tuple[int | None, str | None]:
    """Queue the undo of a job that was cancelled; return its number, or why there is none."""
    if not job.cancelled:
        return None, "the job had finished before"
    try:
        return services.undos.undo(call.caller, UndoRequest(job.batch_id)).job.batch_id, None
    except ServiceError as refusal:  # the job has ended all the same
        return None, refusal.message


def unreached(call: Call, services: Services) -> Response:
    """Return the rows that a job has not reached, as its file has them."""
    try:
        batch_id = parse_int32(call.path["batchId"])
        job = services.jobs.one(call.caller, batch_id)
    except ServiceError:
        return no_file(_NO_FILE)
    services.tokens.permit(call.caller, permissions_for(job.request.kind))
    file = services.job_files.unreached(call.caller, batch_id)
    return no_file(_NO_FILE) if file is None else csv_file(call, services, file)


_EITHER = (*WRITE_LEAD, *WRITE_OBJECT)
_BATCH_ID = Parameter("batchId", "path", "The job", "integer", required=True)
ENDPOINTS = (
    Endpoint(
        "jobs.cancel",
        "POST",
        "/leadline/v1/jobs/{batchId}/cancel.json",
        "End a job; what it has imported stays",
        _EITHER,
        job_answers.CancelledJob,
        cancel,
        parameters=(
            _BATCH_ID,
            Parameter("undo", "query", "Queue an undo of what it has imported", "boolean"),
        ),
        refusals=(OBJECT_NOT_FOUND,),
    ),
    Endpoint(
        "jobs.unreached",
        "GET",
        "/leadline/v1/jobs/{batchId}/unreached.csv",
        "Rows that a job which ended early has not reached",
        _EITHER,
        CSV_FILE,
        unreached,
        parameters=(_BATCH_ID,),
    ),
)
