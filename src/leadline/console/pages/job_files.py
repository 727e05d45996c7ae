"""The files that a job has left, as its page gives them."""

from starlette.responses import Response

from leadline.console.downloads import download
from leadline.console.numbers import number_of
from leadline.console.pages.job import job_of
from leadline.console.visit import Page, Visit
from leadline.errors import OBJECT_NOT_FOUND, ServiceError
from leadline.imports.files import JobFile
from leadline.model.jobs import IssueKind, Job


def give_file(visit: Visit) -> Response:
    """Give one of the files that a job has left; raises `ServiceError` 603 or 1013."""
    job, name = job_of(visit).job, visit.path["file"]
    found = _file(visit, job, name)
    if found is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    return download(
        visit, found, f"job-{job.batch_id}-{name}.{job.request.file_format if name != 'rows' else 'csv'}"
    )


def _file(visit: Visit, job: Job, name: str) -> JobFile | None:
    caller, services, batch_id = visit.caller, visit.services, job.batch_id
    issue = {"failures": IssueKind.FAILURE, "warnings": IssueKind.WARNING}.get(name)
    if issue is not None:
        return services.job_files.issues(caller, batch_id, issue, job.request.kind)
    if name == "group":
        return services.job_rows.file_of_reason(caller, batch_id, number_of(visit.query.get("number")) or 0)
    if name == "changes":
        escapes = services.settings.export.escape_formulas
        return services.job_changes.file(caller, batch_id, (), escapes_formulas=escapes)
    if name == "rows":
        return services.job_files.ledger(caller, batch_id)
    return services.job_files.unreached(caller, batch_id) if name == "unreached" else None


PAGES = (Page("job.file", "GET", "/jobs/{batch_id}/files/{file}", give_file),)
