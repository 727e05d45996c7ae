"""Bulk import on the wire: the same calls for leads, members and custom objects (contract §4-§7)."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from leadline.api.bulk_kinds import KINDS, OBJECT, OF_FILE, Kind, form_of
from leadline.api.call import Call, Services
from leadline.api.endpoint import CSV_FILE, Endpoint, Parameter
from leadline.api.envelope import no_file, success
from leadline.api.job_answers import CreatedJob, CreatedObjectJob, JobStatus, ObjectJobStatus
from leadline.api.job_file_answers import csv_file
from leadline.api.request_keys import replayed
from leadline.api.uploads import take_upload
from leadline.errors import (
    KEY_USED,
    OBJECT_NOT_FOUND,
    QUEUE_FULL,
    SAME_FILE,
    ServiceError,
)
from leadline.imports.requests import parse_int32
from leadline.imports.submit import Submitted
from leadline.model.jobs import IssueKind, Job, JobKind, Status


async def create_job(request: Request, request_id: str, services: Services, *, kind: Kind) -> Response:
    """Read the upload as it arrives and put a job into the queue."""
    submitted = await take_upload(request, services, kind, services.submissions.submit)
    return replayed(success(request_id, [created_job(submitted)]), is_new=submitted.is_new)


def created_job(submitted: Submitted) -> CreatedJob | CreatedObjectJob:
    """Return what creation answers (contract §2.6); a job made before says what has become of it."""
    job = submitted.job
    item: CreatedJob | CreatedObjectJob
    if job.request.kind is JobKind.OBJECT:
        item = {"batchId": job.batch_id, "status": job.status, "objectApiName": job.request.object_type}
    else:
        item = {"batchId": job.batch_id, "importId": str(job.batch_id), "status": job.status}
    if job.cancelled:
        item["cancelled"] = True
    if submitted.undone_by is not None:
        item["undoneBy"] = submitted.undone_by
    return item


def job_status(call: Call, services: Services, *, kind: JobKind) -> Response:
    """Tell how a job is doing."""
    batch_id = parse_int32(call.path["batchId"])
    job = services.jobs.one(call.caller, batch_id, kind, call.path.get("apiName"), call.job)
    return success(call.request_id, [_status(job)])


def _status(job: Job) -> JobStatus | ObjectJobStatus:
    return _object_status(job) if job.request.kind is JobKind.OBJECT else _lead_status(job)


def _lead_status(job: Job) -> JobStatus:
    item: JobStatus = {"batchId": job.batch_id, "importId": str(job.batch_id), "status": job.status}
    if job.status is not Status.QUEUED:
        item["numOfLeadsProcessed"] = job.processed
        item["numOfRowsFailed"] = job.failed
        item["numOfRowsWithWarning"] = job.warned
    if job.finished:
        item["message"] = job.message or ""
    return item


def _object_status(job: Job) -> ObjectJobStatus:
    item: ObjectJobStatus = {
        "batchId": job.batch_id,
        "operation": "import",
        "status": job.status,
        "objectApiName": job.request.object_type,
    }
    if job.status is not Status.QUEUED:
        item["numOfObjectsProcessed"] = job.processed
        item["numOfRowsFailed"] = job.failed
        item["numOfRowsWithWarning"] = job.warned
    if job.finished and job.finished_at is not None:
        item["importTime"] = f"{job.finished_at - (job.started_at or job.finished_at)} second(s)"
        item["message"] = job.message or ""
    return item


def issue_file(call: Call, services: Services, *, kind: JobKind, issue: IssueKind) -> Response:
    """Return the rows that failed or were imported with a warning, each with its reason."""
    sentence = f"There is no {issue.value}s file for this job."
    try:
        batch_id = parse_int32(call.path["batchId"])
    except ServiceError:
        return no_file(sentence)
    file = services.job_files.issues(call.caller, batch_id, issue, kind, call.path.get("apiName"))
    return no_file(sentence) if file is None else csv_file(call, services, file)


def _endpoints(kind: Kind) -> list[Endpoint]:
    """Return the calls of one kind of import."""
    found = [
        Endpoint(
            f"{kind.subject}.create",
            "POST",
            kind.create_path,
            f"Create a {kind.noun} import job",
            kind.permissions,
            kind.created,
            stream_handler=partial(create_job, kind=kind),
            parameters=form_of(kind),
            refusals=(*OF_FILE, *kind.refusals, QUEUE_FULL, KEY_USED, SAME_FILE),
        )
    ]
    for batch in kind.batches:
        named = (OBJECT,) if "{apiName}" in batch else ()
        variant = "unnamed" if kind.target is OBJECT and not named else ""
        of_job = (*named, Parameter("batchId", "path", "As creation answered it", "integer", required=True))
        statuses = (f"{batch}/status.json", f"{batch}.json")[: 2 if kind.kind is JobKind.LEAD else 1]
        handler = partial(job_status, kind=kind.kind)
        found += [
            Endpoint(
                f"{kind.subject}.status",
                "GET",
                path,
                f"Status of a {kind.noun} import",
                kind.permissions,
                kind.status,
                handler,
                parameters=of_job,
                refusals=(OBJECT_NOT_FOUND,),
                variant=variant or ("long" if len(statuses) > 1 and path == statuses[0] else ""),
                polls=True,
            )
            for path in reversed(statuses)
        ]
        for issue, summary in (
            (IssueKind.FAILURE, "Rows that were not imported, with the reason"),
            (IssueKind.WARNING, "Rows that were imported with a warning"),
        ):
            handler = partial(issue_file, kind=kind.kind, issue=issue)
            path = f"{batch}/{issue.value}s.json"
            found.append(
                Endpoint(
                    f"{kind.subject}.{issue.value}s",
                    "GET",
                    path,
                    summary,
                    kind.permissions,
                    CSV_FILE,
                    handler,
                    parameters=of_job,
                    variant=variant,
                )
            )
    return found


ENDPOINTS = tuple(endpoint for kind in KINDS for endpoint in _endpoints(kind))
