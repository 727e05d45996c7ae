"""Beside the Marketo surface: what an import would do, and doing it as it was shown."""

from contextlib import AsyncExitStack
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from leadline.api import preview_answers
from leadline.api.admission import admitted, token_of
from leadline.api.bulk import created_job
from leadline.api.bulk_kinds import KINDS, OF_FILE, Kind, form_of, permissions_for
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
from leadline.api.job_answers import CreatedJob, CreatedObjectJob
from leadline.api.job_file_answers import csv_file
from leadline.api.params import Params, query_of
from leadline.api.request_keys import KEY_PARAMETER, replayed
from leadline.api.threads import enter_in_thread, in_thread
from leadline.api.uploads import identified, take_upload
from leadline.errors import (
    INVALID_VALUE,
    KEY_USED,
    LIST_BUSY,
    OBJECT_NOT_FOUND,
    PARTITION_DENIED,
    PREVIEW_NOT_READY,
    SAME_FILE,
    ServiceError,
)
from leadline.imports.preview_files import ISSUES
from leadline.imports.requests import parse_int32
from leadline.imports.resubmission import key_of
from leadline.model.instants import render_instant
from leadline.model.jobs import JobKind
from leadline.model.previews import PREVIEW_SECONDS, Preview, PreviewStatus
from leadline.model.tables import line_for_each
from leadline.schema.exact_json import read_json

_EITHER = (*WRITE_LEAD, *WRITE_OBJECT)
_WAIT_SECONDS_MAX = 30
_READ = line_for_each(
    JobKind, {JobKind.LEAD: READ_LEAD, JobKind.MEMBER: READ_LEAD, JobKind.OBJECT: READ_OBJECT}
)
_NO_FILE = "There is no {name} file for this preview: it is unknown, not ready, expired, or has no such rows."


async def create_preview(request: Request, request_id: str, services: Services, *, kind: Kind) -> Response:
    """Read the upload as it arrives, and let a worker foresee what its import would do."""
    submitted = await take_upload(request, services, kind, services.previews.submit)
    item = preview_answers.CreatedPreview(
        previewId=submitted.preview.preview_id, status=submitted.preview.status
    )
    return replayed(success(request_id, [item]), is_new=submitted.is_new)


async def wait_for_preview(request: Request, request_id: str, services: Services) -> Response:
    """Return a preview, once it is made where the call waits for that; meanwhile it holds no thread."""
    params = Params(query_of(request))
    caller = await identified(token_of(request, params, services), request, services)
    call = Call(request_id, caller, request.path_params, params)
    async with AsyncExitStack() as stack:
        permit = admitted(caller, _EITHER, services)
        await enter_in_thread(services, stack, permit, caller.munchkin_id)
        seconds = _wait_of(params)
        found: list[Preview] = []

        async def is_done() -> bool:
            look = partial(_preview_of, call, services)
            found[:] = [await in_thread(services, look, caller.munchkin_id)]
            return found[0].finished

        await services.waiting_calls.until(is_done, caller.munchkin_id, seconds)
    return success(request_id, [_item(found[0])])


def preview_status(call: Call, services: Services) -> Response:
    """Return a preview as it stands."""
    return success(call.request_id, [_item(_preview_of(call, services))])


def _wait_of(params: Params) -> int:
    seconds = params.integer("wait", 0)
    if not 0 <= seconds <= _WAIT_SECONDS_MAX:
        raise ServiceError(INVALID_VALUE, value=seconds, type=f"Integer from 0 to {_WAIT_SECONDS_MAX}")
    return seconds


def _preview_of(call: Call, services: Services) -> Preview:
    """Return the preview that a path names; who may not ask for its import gets 603."""
    found = services.previews.one(call.caller, call.path["previewId"])
    services.tokens.permit(call.caller, permissions_for(found.wanted.request.kind))
    return found


def _item(preview: Preview) -> preview_answers.Preview:
    item: preview_answers.Preview = {
        "previewId": preview.preview_id,
        "status": preview.status,
        "kind": preview.wanted.request.object_type,
        "undoes": preview.wanted.undoes,
        "batchId": preview.batch_id,
        "createdAt": render_instant(preview.created_at),
        "finishedAt": None if preview.finished_at is None else render_instant(preview.finished_at),
        "expiresAt": render_instant(preview.created_at + PREVIEW_SECONDS),
        "message": preview.message,
    }
    if preview.result is not None:
        item.update(read_json(preview.result)["shown"])
    return item


def apply(call: Call, services: Services) -> Response:
    """Queue the job that does what a preview has shown."""
    preview, word = _preview_of(call, services), call.params.one("drift")
    if word not in (None, "accept"):
        raise ServiceError(INVALID_VALUE, value=word, type="accept")
    key = key_of(call.caller, call.keys)
    accepts = word is not None
    submitted = services.previews.apply(call.caller, preview.preview_id, accepts_drift=accepts, key=key)
    return replayed(success(call.request_id, [created_job(submitted)]), is_new=submitted.is_new)


def file_of(call: Call, services: Services, *, name: str) -> Response:
    """Return a file of a preview."""
    sentence = _NO_FILE.format(name=name)
    try:
        preview = services.previews.one(call.caller, call.path["previewId"])
    except ServiceError:
        return no_file(sentence)
    kind = preview.wanted.request.kind
    services.tokens.permit(call.caller, permissions_for(kind))
    if name in ISSUES:
        found = services.preview_files.issues(call.caller, preview, ISSUES[name])
        return no_file(sentence) if found is None else csv_file(call, services, found)
    services.tokens.permit(call.caller, _READ[kind])
    owner = str(preview.batch_id) if name == "drift" else preview.preview_id
    is_there = preview.status in (PreviewStatus.READY, PreviewStatus.APPLIED) and preview.result is not None
    if name == "drift":
        is_there = services.preview_files.has(call.caller, owner, name)
    if not is_there:
        return no_file(sentence)
    return csv_file(
        call, services, services.preview_files.table(call.caller, preview.wanted.request, owner, name)
    )


def drift_of_job(call: Call, services: Services) -> Response:
    """Return where the file of a job would have acted differently than its preview had shown."""
    sentence = "There is no drift file for this job."
    try:
        job = services.jobs.one(call.caller, parse_int32(call.path["batchId"]))
    except ServiceError:
        return no_file(sentence)
    services.tokens.permit(call.caller, permissions_for(job.request.kind))
    services.tokens.permit(call.caller, _READ[job.request.kind])
    owner = str(job.batch_id)
    if not services.preview_files.has(call.caller, owner, "drift"):
        return no_file(sentence)
    return csv_file(call, services, services.preview_files.table(call.caller, job.request, owner, "drift"))


_PREVIEW_ID = Parameter("previewId", "path", "As its creation answered it", required=True)
_FILES = {
    "changes": "Each cell that would change, with its old and its new value",
    "rows": "What would become of each data row",
    "failures": "Rows that would not be imported, with the reason",
    "warnings": "Rows that would be imported with a warning",
    "faults": "Every fault of the rows that would not be imported",
    "kept": "What an undo would keep, and why",
    "drift": "Where a job that was to apply it would have acted differently",
}
ENDPOINTS = (
    *(
        Endpoint(
            "previews.create",
            "POST",
            kind.preview_path,
            f"See what a {kind.noun} import would do",
            kind.permissions,
            preview_answers.CreatedPreview,
            stream_handler=partial(create_preview, kind=kind),
            parameters=form_of(kind),
            refusals=(*OF_FILE, *kind.refusals, KEY_USED, SAME_FILE),
            variant=kind.kind.value.replace("_", ""),
        )
        for kind in KINDS
    ),
    Endpoint(
        "previews.get",
        "GET",
        "/leadline/v1/previews/{previewId}.json",
        "What an import would do",
        _EITHER,
        preview_answers.Preview,
        preview_status,
        wait_for_preview,
        parameters=(
            _PREVIEW_ID,
            Parameter("wait", "query", "Seconds for which to wait until it is made, 30 at most", "integer"),
        ),
        refusals=(OBJECT_NOT_FOUND, INVALID_VALUE),
    ),
    Endpoint(
        "previews.apply",
        "POST",
        "/leadline/v1/previews/{previewId}/apply.json",
        "Import what a preview has shown, as a whole or not at all",
        _EITHER,
        CreatedJob | CreatedObjectJob,
        apply,
        parameters=(
            _PREVIEW_ID,
            Parameter(
                "drift",
                "query",
                "`accept` imports in the ordinary way, whatever changed",
                choices=("accept",),
            ),
            KEY_PARAMETER,
        ),
        refusals=(
            OBJECT_NOT_FOUND,
            PREVIEW_NOT_READY,
            PARTITION_DENIED,
            LIST_BUSY,
            INVALID_VALUE,
            KEY_USED,
        ),
    ),
    *(
        Endpoint(
            f"previews.{name}",
            "GET",
            f"/leadline/v1/previews/{{previewId}}/{name}.csv",
            summary,
            _EITHER,
            CSV_FILE,
            partial(file_of, name=name),
            parameters=(_PREVIEW_ID,),
        )
        for name, summary in _FILES.items()
    ),
    Endpoint(
        "jobs.drift",
        "GET",
        "/leadline/v1/jobs/{batchId}/drift.csv",
        "Where a job would have acted differently than its preview had shown",
        _EITHER,
        CSV_FILE,
        drift_of_job,
        parameters=(Parameter("batchId", "path", "The job", "integer", required=True),),
    ),
)
