"""Beside the Marketo surface: the jobs of a subscription, and the ledger of each."""

from starlette.responses import Response

from leadline.api import job_answers
from leadline.api.bulk_kinds import permissions_for
from leadline.api.call import Call, Services
from leadline.api.endpoint import CSV_FILE, WRITE_LEAD, WRITE_OBJECT, Endpoint, Parameter
from leadline.api.envelope import no_file, success
from leadline.api.job_file_answers import csv_file
from leadline.api.request_values import PAGING, window_of
from leadline.errors import INVALID_PAGE_TOKEN, INVALID_VALUE, OBJECT_NOT_FOUND, ServiceError
from leadline.imports.requests import parse_int32
from leadline.lead_database.paging import page_of
from leadline.model.callers import Caller
from leadline.model.instants import render_instant
from leadline.model.jobs import JobKind, Status
from leadline.model.listed_jobs import JobFilter, ShownJob

_BATCH_IDS_END = 2**62
"""Pages go up, batch ids down: a job stands at this less its id."""

_NO_LEDGER = "There is no ledger for this job: it is unknown, past its days, or not finished."


def list_jobs(call: Call, services: Services) -> Response:
    """Return the subscription's jobs, newest first."""
    kinds = [kind for kind in JobKind if call.caller.may(permissions_for(kind))]

    wanted = _filter_of(call)

    def read(after: int, limit: int) -> list[tuple[int, ShownJob]]:
        found = services.jobs.newest(call.caller, kinds, wanted, _BATCH_IDS_END - after, limit)
        return [(_BATCH_IDS_END - each.job.batch_id, each) for each in found]

    now = services.time.now(call.caller.munchkin_id)
    page = page_of(window_of(call), (call.caller.munchkin_id, "jobs", wanted), read)
    more = {"nextPageToken": page.next_page_token} if page.next_page_token else {}
    return success(call.request_id, [_item(each, call.caller, now) for each in page.items], **more)


def _filter_of(call: Call) -> JobFilter:
    """Return which jobs a call asks for; raises `ServiceError` 1001."""
    word, status = call.params.one("status"), None
    if word is not None:
        status = next((each for each in Status if each.value.lower() == word.lower()), None)
        if status is None:
            raise ServiceError(INVALID_VALUE, value=word, type=", ".join(Status))
    return JobFilter(status, call.params.one("kind"), call.params.one("user"))


def one_job(call: Call, services: Services) -> Response:
    """Return one job."""
    found = services.jobs.shown(call.caller, parse_int32(call.path["batchId"]))
    services.tokens.permit(call.caller, permissions_for(found.job.request.kind))
    now = services.time.now(call.caller.munchkin_id)
    return success(call.request_id, [_item(found, call.caller, now)])


def ledger(call: Call, services: Services) -> Response:
    """Return the outcome of each data row."""
    try:
        batch_id = parse_int32(call.path["batchId"])
        job = services.jobs.one(call.caller, batch_id)
    except ServiceError:
        return no_file(_NO_LEDGER)
    services.tokens.permit(call.caller, permissions_for(job.request.kind))
    file = services.job_files.ledger(call.caller, batch_id)
    return no_file(_NO_LEDGER) if file is None else csv_file(call, services, file)


def _item(shown: ShownJob, caller: Caller, now: int) -> job_answers.Job:
    """Return a job as JSON: `rate` in rows per second, `remaining` in seconds, null where unknown."""
    job, origin = shown.job, shown.job.origin
    undo_until = shown.undo_until(caller.limits.history_days)
    return {
        "batchId": job.batch_id,
        "kind": job.request.object_type,
        "programId": job.request.program_id,
        "status": job.status,
        "format": job.request.file_format,
        "lookupField": job.request.key,
        "listId": job.request.list_id,
        "fileBytes": job.file_bytes if job.purpose.undoes is None else 0,
        "processed": job.processed,
        "failed": job.failed,
        "warnings": job.warned,
        "created": job.created,
        "updated": job.updated,
        "unchanged": job.unchanged,
        "reverted": job.reverted,
        "partly": job.partly,
        "kept": job.kept,
        "deleted": job.deleted,
        "gone": job.gone,
        "rescued": job.rescued,
        "user": origin.user,
        "clientId": origin.client_id,
        "credential": origin.credential,
        "fileName": origin.file_name,
        "fileSha256": origin.file_sha256,
        "sameFileAs": shown.same_file_as,
        "undoes": job.purpose.undoes,
        "undoneBy": shown.undone_by,
        "undoUntil": None if undo_until is None else render_instant(undo_until),
        "cancelled": job.cancelled,
        "appliesPreview": job.purpose.applies,
        "createdAt": render_instant(job.created_at),
        "startedAt": None if job.started_at is None else render_instant(job.started_at),
        "finishedAt": None if job.finished_at is None else render_instant(job.finished_at),
        "rate": job.rate(now),
        "remaining": job.remaining(now),
        "message": job.message,
    }


_EITHER = (*WRITE_LEAD, *WRITE_OBJECT)
_BATCH_ID = Parameter("batchId", "path", "The job", "integer", required=True)
_FILTER = (
    Parameter("status", "query", "Jobs of this status alone", choices=tuple(Status)),
    Parameter("kind", "query", "Jobs of this kind: `lead`, `program_member`, or a custom object's API name"),
    Parameter("user", "query", "Jobs of this user alone"),
)
ENDPOINTS = (
    Endpoint(
        "jobs.list",
        "GET",
        "/leadline/v1/jobs.json",
        "Jobs, newest first",
        _EITHER,
        job_answers.Job,
        list_jobs,
        parameters=(*_FILTER, *PAGING),
        refusals=(INVALID_PAGE_TOKEN,),
    ),
    Endpoint(
        "jobs.get",
        "GET",
        "/leadline/v1/jobs/{batchId}.json",
        "One job",
        _EITHER,
        job_answers.Job,
        one_job,
        parameters=(_BATCH_ID,),
        refusals=(OBJECT_NOT_FOUND,),
    ),
    Endpoint(
        "jobs.ledger",
        "GET",
        "/leadline/v1/jobs/{batchId}/ledger.csv",
        "Outcome of each data row",
        _EITHER,
        CSV_FILE,
        ledger,
        parameters=(_BATCH_ID,),
    ),
)
