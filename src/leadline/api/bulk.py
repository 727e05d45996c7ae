"""Bulk lead import on the wire (contract §4, §7)."""

from contextlib import ExitStack
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from leadline.api.call import WRITE_LEAD, Call, Endpoint, Parameter, Params, Services
from leadline.api.envelope import csv_file, no_file, success
from leadline.api.gate import declared_length, identify, in_thread, let_in, token_of
from leadline.api.multipart import WRAPPER_BYTES_MAX, Form, is_multipart, parse_boundary, read_form
from leadline.errors import PAYLOAD_TOO_LARGE, TOKEN_MISSING, ServiceError
from leadline.imports import ImportForm, parse_int32
from leadline.model import IssueKind, Job, Status


async def create_lead_job(request: Request, request_id: str, services: Services) -> Response:
    """Read the upload as it arrives and put a job into the queue.

    A token in header or query is checked before the body is read; one in the form only
    shows at the end of it.
    """
    file_bytes_max = services.settings.limits.upload_bytes_max
    if (declared_length(request) or 0) > file_bytes_max + WRAPPER_BYTES_MAX:
        raise ServiceError(PAYLOAD_TOO_LARGE)
    token = token_of(request, Params(request.url.query), services)
    caller = await in_thread(identify, token, request, services) if token else None
    content_type = request.headers.get("content-type", "")
    with ExitStack() as stay:
        if caller is not None:
            await in_thread(stay.enter_context, let_in(caller, WRITE_LEAD, services))
        elif is_multipart(content_type):
            stay.enter_context(services.unknown_uploads.one_more())
        else:
            raise ServiceError(TOKEN_MISSING)
        form = await read_form(request.stream(), parse_boundary(content_type), file_bytes_max)
        stay.callback(form.close)
        params = Params(request.url.query, {name: [value] for name, value in form.fields.items()})
        if caller is None:
            caller = await in_thread(identify, token_of(request, params, services), request, services)
            await in_thread(stay.enter_context, let_in(caller, WRITE_LEAD, services))
        submit = partial(services.imports.submit, caller, _import_form(form, params))
        batch_id = await in_thread(submit)
    item = {"batchId": batch_id, "importId": str(batch_id), "status": Status.QUEUED.value}
    return success(request_id, [item])


def _import_form(form: Form, params: Params) -> ImportForm:
    return ImportForm(
        file=form.file,
        file_bytes=form.file_bytes,
        format=params.one("format"),
        lookup_field=params.one("lookupField"),
        list_id=params.one("listId"),
        partition_name=params.one("partitionName"),
    )


def job_status(call: Call, services: Services) -> Response:
    """Tell how a job is doing."""
    job = services.imports.job(call.caller, parse_int32(call.path["batchId"]))
    return success(call.request_id, [_status_item(job)])


def _status_item(job: Job) -> dict[str, object]:
    item: dict[str, object] = {
        "batchId": job.batch_id,
        "importId": str(job.batch_id),
        "status": job.status.value,
    }
    if job.status is Status.QUEUED:
        return item
    item["numOfLeadsProcessed"] = job.processed
    item["numOfRowsFailed"] = job.failed
    item["numOfRowsWithWarning"] = job.warned
    if job.finished:
        item["message"] = job.message
    return item


def job_failures(call: Call, services: Services) -> Response:
    """Return the rows that failed, each with its reason."""
    return _issue_file(call, services, IssueKind.FAILURE, "failures")


def job_warnings(call: Call, services: Services) -> Response:
    """Return the rows that were imported with a warning, each with its reason."""
    return _issue_file(call, services, IssueKind.WARNING, "warnings")


def _issue_file(call: Call, services: Services, kind: IssueKind, name: str) -> Response:
    sentence = f"There is no {name} file for this job."
    try:
        batch_id = parse_int32(call.path["batchId"])
    except ServiceError:
        return no_file(sentence)
    pieces = services.imports.issues(call.caller, batch_id, kind)
    return no_file(sentence) if pieces is None else csv_file(pieces)


_BATCH_ID = Parameter("batchId", "path", "The job, as creation answered it", "integer", required=True)
_BATCH = "/bulk/v1/leads/batch/{batchId}"
ENDPOINTS = (
    Endpoint(
        "POST",
        "/bulk/v1/leads.json",
        "Create a lead import job",
        WRITE_LEAD,
        "CreatedJob",
        stream_handler=create_lead_job,
        parameters=(
            Parameter(
                "file", "form", "The file: a header line, then one line for each person", "binary", True
            ),
            Parameter("format", "form", "csv, tsv or ssv; csv when absent"),
            Parameter("lookupField", "form", "The field that finds a lead; email when absent"),
            Parameter("listId", "form", "Static list that every imported lead joins", "integer"),
            Parameter("partitionName", "form", "Partition of new leads"),
        ),
    ),
    *(
        Endpoint("GET", path, "Status of a job", WRITE_LEAD, "JobStatus", job_status, parameters=(_BATCH_ID,))
        for path in (f"{_BATCH}.json", f"{_BATCH}/status.json")
    ),
    Endpoint(
        "GET",
        f"{_BATCH}/failures.json",
        "Rows that were not imported, with the reason",
        WRITE_LEAD,
        "text/csv",
        job_failures,
        parameters=(_BATCH_ID,),
    ),
    Endpoint(
        "GET",
        f"{_BATCH}/warnings.json",
        "Rows that were imported with a warning",
        WRITE_LEAD,
        "text/csv",
        job_warnings,
        parameters=(_BATCH_ID,),
    ),
)
