"""Beside the Marketo surface: what jobs came to, by reason and by day."""

from starlette.responses import Response

from leadline.api import job_answers
from leadline.api.bulk_kinds import permissions_for
from leadline.api.call import Call, Services
from leadline.api.endpoint import WRITE_LEAD, WRITE_OBJECT, Endpoint, Parameter
from leadline.api.envelope import success
from leadline.errors import OBJECT_NOT_FOUND
from leadline.imports.requests import parse_int32
from leadline.model.jobs import JobKind

_DAYS, _DAYS_MAX = 7, 400


def reasons(call: Call, services: Services) -> Response:
    """Group the failed and warned rows of a job by reason and column."""
    batch_id = parse_int32(call.path["batchId"])
    kind = services.jobs.one(call.caller, batch_id).request.kind
    services.tokens.permit(call.caller, permissions_for(kind))
    items: list[job_answers.JobReason] = [
        {
            "kind": each.kind,
            "reason": each.reason,
            "column": each.column,
            "rows": each.rows,
            "firstRow": each.first_row,
        }
        for each in services.job_figures.reasons(call.caller, batch_id)
    ]
    return success(call.request_id, items)


def counts(call: Call, services: Services) -> Response:
    """Tell what the jobs of each day came to."""
    kinds = [kind for kind in JobKind if call.caller.may(permissions_for(kind))]
    days = min(max(call.params.integer("days", _DAYS), 1), _DAYS_MAX)
    items: list[job_answers.DayOfJobs] = [
        {
            "day": each.day,
            "kind": each.kind,
            "credential": each.credential,
            "jobs": each.jobs,
            "created": each.created,
            "updated": each.updated,
            "unchanged": each.unchanged,
            "failed": each.failed,
            "fileBytes": each.file_bytes,
            "seconds": each.seconds,
        }
        for each in services.job_figures.days(call.caller, kinds, days)
    ]
    return success(call.request_id, items)


_EITHER = (*WRITE_LEAD, *WRITE_OBJECT)
ENDPOINTS = (
    Endpoint(
        "jobs.reasons",
        "GET",
        "/leadline/v1/jobs/{batchId}/reasons.json",
        "Failed and warned rows of a job by reason and column",
        _EITHER,
        job_answers.JobReason,
        reasons,
        parameters=(Parameter("batchId", "path", "The job", "integer", required=True),),
        refusals=(OBJECT_NOT_FOUND,),
    ),
    Endpoint(
        "jobs.counts",
        "GET",
        "/leadline/v1/counts.json",
        "What the jobs of each day came to, by kind and credential",
        _EITHER,
        job_answers.DayOfJobs,
        counts,
        parameters=(Parameter("days", "query", "The last so many days in UTC, 400 at most", "integer"),),
    ),
)
