"""The import screen behind the upload: columns are mapped, the import is foreseen, then applied."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from leadline.api.bulk_kinds import permissions_for
from leadline.api.endpoint import READ_LEAD, READ_OBJECT
from leadline.console.downloads import download
from leadline.console.pages.import_upload import IMPORTERS
from leadline.console.sentences import Refusal, refusal_of
from leadline.console.visit import Page, Visit
from leadline.errors import (
    OBJECT_NOT_FOUND,
    ServiceError,
)
from leadline.imports.drafts import MappedDraft
from leadline.imports.mapping import UnclearMappingError, is_reason
from leadline.imports.preview_files import ISSUES, TABLES, FirstLines
from leadline.imports.preview_findings import findings_of
from leadline.model.drafts import Draft
from leadline.model.jobs import ImportRequest, Job, JobKind
from leadline.model.previews import PREVIEW_SECONDS, Preview, PreviewStatus
from leadline.source_file.date_order import ORDERS
from leadline.source_file.delimiters import NAMES
from leadline.source_file.survey_json import survey_of_json
from leadline.source_file.text_encoding import CODECS

LINES_SHOWN = 50


def show_columns(visit: Visit) -> Response:
    """Show the columns of a file, and where each would go."""
    return _columns_page(visit, _mapped(visit))


def _columns_page(visit: Visit, mapped: MappedDraft) -> Response:
    chosen = mapped.draft.chosen
    orders = {place: order for place, (order, _) in chosen.dates.items()} if chosen else {}
    names = mapped.names
    if visit.form:
        names, orders = _choices_of(visit.form, len(mapped.survey.columns))
    return visit.render(
        "import/columns.html",
        draft=mapped.draft,
        survey=mapped.survey,
        fields=mapped.fields,
        names=names,
        orders=orders,
        is_remembered=mapped.is_remembered and not visit.form,
        is_reason=is_reason,
        dated={each.name for each in mapped.fields if each.is_date},
        encodings=tuple(CODECS),
        delimiters=NAMES,
    )


def choose_columns(visit: Visit) -> Response:
    """Take what a person says of the columns: read the file in another way, or foresee its import."""
    draft_id = visit.path["draft_id"]
    mapped = _mapped(visit)
    try:
        if visit.form.get("do") == "read":
            how = (visit.form.get(name, "") for name in ("encoding", "delimiter", "above"))
            visit.services.drafts.read_again(visit.caller, draft_id, *how)
            return visit.redirect("import.columns", draft_id=draft_id)
        if visit.form.get("do") == "again" and mapped.draft.chosen is not None:
            chosen = mapped.draft.chosen
            names, orders = chosen.names, {place: order for place, (order, _) in chosen.dates.items()}
        else:
            names, orders = _choices_of(visit.form, len(mapped.survey.columns))
        visit.services.drafts.foresee(visit.caller, draft_id, names, orders)
    except UnclearMappingError as unclear:
        return _columns_page(replace(visit, notice=Refusal(" ".join(unclear.sentences), 409)), mapped)
    except ServiceError as error:
        return _columns_page(replace(visit, notice=refusal_of(error)), mapped)
    return visit.redirect("import.preview", draft_id=draft_id)


def _choices_of(form: Mapping[str, str], columns: int) -> tuple[tuple[str | None, ...], dict[int, str]]:
    names = tuple(form.get(f"column-{place}") or None for place in range(columns))
    orders = {place: form.get(f"order-{place}", "") for place in range(columns)}
    return names, {place: order for place, order in orders.items() if order in ORDERS}


def show_preview(visit: Visit) -> Response:
    """Show what the import of a mapped file would do, and what became of the job that applies it."""
    draft = _draft(visit)
    if draft.preview_id is None:
        return visit.redirect("import.columns", draft_id=draft.draft_id)
    preview = visit.services.previews.one(visit.caller, draft.preview_id)
    is_there = preview.status in (PreviewStatus.READY, PreviewStatus.APPLIED)
    findings = findings_of(preview) if is_there else None
    applied = _job_that_applies(visit, preview)
    return visit.render(
        "import/part.html" if visit.is_fragment else "import/preview.html",
        draft=draft,
        preview=preview,
        findings=findings,
        original=_original_names(draft),
        applied=applied,
        job_page=visit.rendering.page_at("/jobs/{batch_id}"),
        same_as=visit.services.drafts.same_file(visit.caller, preview),
        expires_at=preview.created_at + PREVIEW_SECONDS,
        changes=None
        if findings is None
        else _first(visit, preview.wanted.request, preview.preview_id, "changes"),
        drift=None if applied is None else _first(visit, applied.request, str(applied.batch_id), "drift"),
        unfinished=not preview.finished or (applied is not None and not applied.finished),
    )


def apply_preview(visit: Visit) -> Response:
    """Queue the job that does what was shown, and lead to it."""
    draft = _draft(visit)
    if draft.preview_id is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    try:
        accepts = visit.form.get("drift") == "accept"
        submitted = visit.services.previews.apply(visit.caller, draft.preview_id, accepts_drift=accepts)
    except ServiceError as error:
        return visit.refused(error, "import.preview", draft_id=draft.draft_id)
    page = visit.rendering.page_at("/jobs/{batch_id}")
    if page is None:
        return visit.redirect("import.preview", draft_id=draft.draft_id)
    return visit.redirect(page.name, batch_id=submitted.job.batch_id)


def give_original(visit: Visit) -> Response:
    """Give the file as it was uploaded."""
    return download(
        visit, visit.services.drafts.original(visit.caller, _draft(visit).draft_id), "original.csv"
    )


def give_submitted(visit: Visit) -> Response:
    """Give the file as it was submitted, with fields for columns and dates in ISO 8601."""
    return download(
        visit, visit.services.drafts.submitted(visit.caller, _draft(visit).draft_id), "submitted.csv"
    )


def give_found(visit: Visit) -> Response:
    """Give one of the files of the preview."""
    draft, name = _draft(visit), visit.path["name"]
    if draft.preview_id is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    preview, files = visit.services.previews.one(visit.caller, draft.preview_id), visit.services.preview_files
    if name in ISSUES:
        found = files.issues(visit.caller, preview, ISSUES[name])
    elif name in TABLES:
        visit.services.tokens.permit(visit.caller, _readers(preview.wanted.request))
        owner = str(preview.batch_id) if name == "drift" else preview.preview_id
        found = files.table(visit.caller, preview.wanted.request, owner, name)
    else:
        found = None
    if found is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    return download(visit, found, f"{name}.csv")


def _draft(visit: Visit) -> Draft:
    """Return the draft that the path names; raises `ServiceError` 603 or 1013."""
    draft = visit.services.drafts.one(visit.caller, visit.path["draft_id"])
    visit.services.tokens.permit(visit.caller, permissions_for(draft.wanted.kind))
    return draft


def _original_names(draft: Draft) -> dict[str, str]:
    """Return what the file as uploaded calls the columns that are submitted under the names of fields."""
    if draft.chosen is None:
        return {}
    named = zip(draft.chosen.names, survey_of_json(draft.survey).columns, strict=True)
    return {name: column.name for name, column in named if name is not None}


def _mapped(visit: Visit) -> MappedDraft:
    return visit.services.drafts.mapped(visit.caller, _draft(visit).draft_id)


def _job_that_applies(visit: Visit, preview: Preview) -> Job | None:
    if preview.batch_id is None:
        return None
    return visit.services.jobs.known(visit.caller.munchkin_id, preview.batch_id)


def _readers(request: ImportRequest) -> tuple[str, ...]:
    return READ_OBJECT if request.kind is JobKind.OBJECT else READ_LEAD


def _first(visit: Visit, request: ImportRequest, owner: str, name: str) -> FirstLines | None:
    """Return the first lines of a file, None where the cells of its records may not be read."""
    if not visit.may(*_readers(request)):
        return None
    return visit.services.preview_files.first_lines(visit.caller, request, owner, name, LINES_SHOWN)


PAGES = (
    Page("import.columns", "GET", "/import/{draft_id}", show_columns, permissions=IMPORTERS),
    Page("import.choose", "POST", "/import/{draft_id}", choose_columns, permissions=IMPORTERS),
    Page("import.preview", "GET", "/import/{draft_id}/preview", show_preview, permissions=IMPORTERS),
    Page("import.apply", "POST", "/import/{draft_id}/preview", apply_preview, permissions=IMPORTERS),
    Page("import.original", "GET", "/import/{draft_id}/original.csv", give_original, permissions=IMPORTERS),
    Page(
        "import.submitted",
        "GET",
        "/import/{draft_id}/submitted.csv",
        give_submitted,
        permissions=IMPORTERS,
    ),
    Page("import.found", "GET", "/import/{draft_id}/preview/{name}", give_found, permissions=IMPORTERS),
)
