"""Beside the Marketo surface: every cell that a job changed, as a file."""

from starlette.responses import Response

from leadline.api.bulk_kinds import permissions_for
from leadline.api.call import Call, Services
from leadline.api.endpoint import CSV_FILE, WRITE_LEAD, WRITE_OBJECT, Endpoint, Parameter
from leadline.api.envelope import no_file
from leadline.api.job_file_answers import csv_file
from leadline.errors import FIELD_NOT_FOUND, ServiceError
from leadline.imports.requests import parse_int32

_NO_CHANGES = (
    "There is no file of changes for this job: it is unknown, past its days or not finished, or the log of "
    "changes, which is kept for `LIMITS__HISTORY_DAYS` days, does not know what it changed."
)


def changes(call: Call, services: Services) -> Response:
    """Return every cell that a job changed."""
    try:
        batch_id = parse_int32(call.path["batchId"])
        job = services.jobs.one(call.caller, batch_id)
    except ServiceError:
        return no_file(_NO_CHANGES)
    services.tokens.permit(call.caller, permissions_for(job.request.kind))
    escapes, fields = services.settings.export.escape_formulas, call.params.many("field")
    file = services.job_changes.file(call.caller, batch_id, fields, escapes_formulas=escapes)
    return no_file(_NO_CHANGES) if file is None else csv_file(call, services, file)


ENDPOINTS = (
    Endpoint(
        "jobs.changes",
        "GET",
        "/leadline/v1/jobs/{batchId}/changes.csv",
        "Every cell that a job changed",
        (*WRITE_LEAD, *WRITE_OBJECT),
        CSV_FILE,
        changes,
        parameters=(
            Parameter("batchId", "path", "The job", "integer", required=True),
            Parameter("field", "query", "Names of fields, comma-separated or repeated; all when absent"),
        ),
        refusals=(FIELD_NOT_FOUND,),
    ),
)
