"""The job screen: its course and outcome, why rows failed, what it changed, and what became of each row."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from leadline.api.bulk_kinds import permissions_for
from leadline.api.endpoint import READ_LEAD, READ_OBJECT
from leadline.console.charts import outcome_bar
from leadline.console.numbers import number_in, number_of
from leadline.console.visit import Page, Visit
from leadline.console.words import IMPORTED, OUTCOMES, TAKEN_BACK, kind_of, outcomes_of, status_of
from leadline.errors import ServiceError
from leadline.imports.job_rows import JobReasons, ReasonGroup
from leadline.imports.written_changes import Line
from leadline.lead_database.history import ValueSource
from leadline.model.changes import ChangeSet
from leadline.model.jobs import Job, JobKind, Status
from leadline.model.listed_jobs import ShownJob

GROUPS_SHOWN, FIRST_ROWS, CELLS_SHOWN = 25, 3, 6
ROWS_SHOWN, CHANGES_SHOWN = 50, 25
_NEAR_SECONDS = 86_400
"""The end of undo is near when no more than this is left."""

TABS = {"failures": "Failures", "changes": "Changes", "rows": "Rows"}
FILES = ("failures", "warnings", "unreached", "changes", "rows")


def show_failures(visit: Visit) -> Response:
    """Show a job, and why rows of it failed or were warned of."""
    return _show(visit, "failures")


def show_changes(visit: Visit) -> Response:
    """Show a job, and the cells that it changed."""
    return _show(visit, "changes")


def show_rows(visit: Visit) -> Response:
    """Show a job, and what became of each of its rows."""
    return _show(visit, "rows")


def _show(visit: Visit, tab: str) -> Response:
    caller, services = visit.caller, visit.services
    shown = job_of(visit)
    job, now = shown.job, services.time.now(caller.munchkin_id)
    until = shown.undo_until(caller.limits.history_days)
    values: dict[str, Any] = {}
    if tab == "failures" or not visit.is_fragment:  # the other tabs do not refresh what they hold
        values = _PARTS[tab](visit, job)
    return visit.render(
        "job/live.html" if visit.is_fragment else "job/page.html",
        shown=shown,
        job=job,
        word=status_of(job),
        kind=kind_of(job.request.object_type),
        rate=job.rate(now),
        remaining=job.remaining(now),
        took=(job.finished_at or now) - (job.started_at or now),
        chunks=services.job_rows.chunks(caller, job.batch_id),
        outcomes=outcomes_of(job),
        bar=outcome_bar(outcomes_of(job)),
        words=OUTCOMES,
        tab=tab,
        tabs=[
            (title, visit.url(f"job.{name}", batch_id=job.batch_id), name == tab, None)
            for name, title in TABS.items()
        ],
        may_read=_may_read(visit, job),
        may_undo=until is not None and until > now and shown.undone_by is None,
        undo_until=until,
        undo_is_near=until is not None and 0 < until - now <= _NEAR_SECONDS,
        files=_files(visit, job),
        here=visit.url(f"job.{tab}", **{**visit.query, "batch_id": job.batch_id}),
        unfinished=not job.finished,
        **values,
    )


def job_of(visit: Visit) -> ShownJob:
    """Return the job that the path names; raises `ServiceError` 603 or 1013."""
    found = visit.services.jobs.shown(visit.caller, number_in(visit.path["batch_id"]))
    visit.services.tokens.permit(visit.caller, permissions_for(found.job.request.kind))
    return found


def _may_read(visit: Visit, job: Job) -> bool:
    """Tell whether the cells of the records of a job may be read."""
    return visit.may(*(READ_OBJECT if job.request.kind is JobKind.OBJECT else READ_LEAD))


def _files(visit: Visit, job: Job) -> list[tuple[str, str]]:
    """Return the files that a finished job has left: titles and addresses."""
    there = {
        "failures": job.finished and job.failed,
        "warnings": job.finished and job.warned,
        "unreached": job.status is Status.FAILED and job.purpose.undoes is None,
        "changes": job.finished,
        "rows": job.finished,
    }
    titles = {
        "failures": "Failed rows",
        "warnings": "Warned rows",
        "unreached": "Rows not reached",
        "changes": "Changed cells",
        "rows": "Outcome of each row",
    }
    return [
        (titles[name], visit.url("job.file", batch_id=job.batch_id, file=name))
        for name in FILES
        if there[name]
    ]


def _failures(visit: Visit, job: Job) -> dict[str, object]:
    """Return the groups of failed and warned rows that a page shows."""
    opened = number_of(visit.query.get("group")) or 1
    found = visit.services.job_rows.reasons(visit.caller, job.batch_id, opened, FIRST_ROWS)
    start = (opened - 1) // GROUPS_SHOWN * GROUPS_SHOWN
    groups = found.groups[start : start + GROUPS_SHOWN]
    rest = len(found.groups) - start - len(groups)
    hidden = range(len(found.header)) if not _may_read(visit, job) else ()
    reads_people = visit.may(*READ_LEAD)
    return {
        "groups": [(each, _columns(found, each, job.request.key)) for each in groups],
        "header": found.header,
        "hidden": frozenset(hidden) | (frozenset() if reads_people else found.people),
        "before": visit.url("job", batch_id=job.batch_id, group=start) if start else "",
        "after": visit.url("job", batch_id=job.batch_id, group=start + GROUPS_SHOWN + 1) if rest else "",
        "group_count": len(found.groups),
    }


def _columns(found: JobReasons, group: ReasonGroup, key: str) -> list[int]:
    """Return the places of the columns that are shown of a group: the key, that at fault, then the first.

    So the cell at fault is seen on a phone as well.
    """
    named = [place for place, name in enumerate(found.header) if name.lower() == key.lower()]
    at_fault = [] if group.place is None else [group.place]
    return list(dict.fromkeys([*named, *at_fault, *range(len(found.header))]))[:CELLS_SHOWN]


def _changes(visit: Visit, job: Job) -> dict[str, object]:
    """Return which fields a job has changed, and a page of the cells."""
    caller, services = visit.caller, visit.services
    if not job.finished or not _may_read(visit, job):
        return {"changes": None, "owners": {}, "field": "", "next": ""}
    field, begin = visit.query.get("field", ""), visit.query.get("from", "0-0").split("-")
    at = (number_of(begin[0]) or 0, number_of(begin[-1]) or 0)
    found = services.job_changes.page(caller, job.batch_id, [field] if field else [], at, CHANGES_SHOWN)
    following = found.next if found is not None else None
    address = ""
    if following is not None:
        query = {"field": field or None, "from": f"{following[0]}-{following[1]}"}
        address = visit.url("job.changes", batch_id=job.batch_id, **query)
    return {
        "changes": found,
        "owners": {} if found is None else _owners(visit, job, found.lines),
        "field": field,
        "next": address,
    }


def _owners(visit: Visit, job: Job, lines: list[Line]) -> dict[tuple[str, str], ChangeSet | None]:
    """Return who has the cells of some lines now, by id and field; none where the log does not know."""
    owners: dict[tuple[str, str], ChangeSet | None] = {}
    for known_by in {each.id for each in lines if each.id}:
        try:
            values = _sources(visit, job, known_by)
        except ServiceError:
            continue
        for each in values:
            write = each.provenance.write
            owners[known_by, each.field] = write.change_set if write else None
    return owners


def _sources(visit: Visit, job: Job, known_by: str) -> list[ValueSource]:
    history = visit.services.history
    if job.request.kind is JobKind.OBJECT:
        return history.sources_of_record(visit.caller, job.request.object_type, known_by)
    return history.sources_of_lead(visit.caller, int(known_by))


def _rows(visit: Visit, job: Job) -> dict[str, object]:
    """Return a page of the ledger, from a row on, of one outcome or all."""
    names = IMPORTED if job.purpose.undoes is None else TAKEN_BACK
    outcome = visit.query.get("outcome")
    outcome = outcome if outcome in names else None
    start = max(number_of(visit.query.get("row")) or 1, 1)
    rows = visit.services.job_rows.page(visit.caller, job.batch_id, start, outcome, ROWS_SHOWN + 1)
    following = rows[ROWS_SHOWN].row if len(rows) > ROWS_SHOWN else None
    batch_id = job.batch_id
    return {
        "rows": rows[:ROWS_SHOWN],
        "start": start,
        "outcome": outcome,
        "row_count": job.processed + job.failed,
        "by_outcome": [
            ("All", visit.url("job.rows", batch_id=batch_id), outcome is None, job.processed + job.failed),
            *(
                (
                    OUTCOMES[name],
                    visit.url("job.rows", batch_id=batch_id, outcome=name),
                    name == outcome,
                    count,
                )
                for name, count in outcomes_of(job)
            ),
        ],
        "next": visit.url("job.rows", batch_id=batch_id, outcome=outcome, row=following) if following else "",
        "first": visit.url("job.rows", batch_id=batch_id, outcome=outcome) if start > 1 else "",
    }


def find_rows(visit: Visit) -> Response:
    """Lead to the first row that wrote the record of a key; raises `ServiceError` 603 or 1013."""
    job = job_of(visit).job
    visit.services.tokens.permit(
        visit.caller, READ_OBJECT if job.request.kind is JobKind.OBJECT else READ_LEAD
    )
    asked = visit.form.get("key", "").strip()
    rows = visit.services.job_rows.rows_of_key(visit.caller, job.batch_id, asked) if asked else []
    if not rows:
        return visit.refused(
            "No row of this job has written a record with this key that is open to you.",
            "job.rows",
            404,
            batch_id=job.batch_id,
        )
    return visit.redirect("job.rows", batch_id=job.batch_id, row=rows[0].row)


def cancel(visit: Visit) -> Response:
    """End a job that has not finished."""
    job = job_of(visit).job
    visit.services.cancellations.cancel(visit.caller, job.batch_id)
    return visit.redirect("job", batch_id=job.batch_id)


def show_cancel(visit: Visit) -> Response:
    """Ask before a job is ended."""
    job = job_of(visit).job
    if job.finished:
        return visit.redirect("job", batch_id=job.batch_id)
    return visit.render("job/cancel.html", job=job)


_PARTS: dict[str, Callable[[Visit, Job], dict[str, object]]] = {
    "failures": _failures,
    "changes": _changes,
    "rows": _rows,
}

PAGES = (
    Page("job", "GET", "/jobs/{batch_id}", show_failures),
    Page("job.failures", "GET", "/jobs/{batch_id}/failures", show_failures),
    Page("job.changes", "GET", "/jobs/{batch_id}/changes", show_changes),
    Page("job.rows", "GET", "/jobs/{batch_id}/rows", show_rows),
    Page("job.cancel", "GET", "/jobs/{batch_id}/cancel", show_cancel),
    Page("job.cancelled", "POST", "/jobs/{batch_id}/cancel", cancel),
    Page("job.find", "POST", "/jobs/{batch_id}/rows", find_rows),
)
