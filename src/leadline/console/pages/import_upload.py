"""The upload of the import screen: a file becomes a draft, whose columns are mapped next."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from leadline.api.bulk_kinds import permissions_for
from leadline.api.endpoint import WRITE_LEAD, WRITE_OBJECT
from leadline.api.multipart import Form, FormReader, fill_form, parse_boundary
from leadline.api.threads import in_thread
from leadline.console.sentences import refusal_of
from leadline.console.visit import Page, Visit
from leadline.errors import FILE_TOO_LARGE, PARAMETER_MISSING, ServiceError
from leadline.imports.requests import ImportForm
from leadline.model.jobs import JobKind

IMPORTERS = (*WRITE_LEAD, *WRITE_OBJECT)
_PATIENCE = 4
_DRAINED_BYTES_MAX = 1024**3
_KINDS = {"leads": JobKind.LEAD, "members": JobKind.MEMBER, "objects": JobKind.OBJECT}
_WORDS = {"leads": "People", "members": "Program members", "objects": "Custom objects"}
_FIELDS = ("lookupField", "listId", "partitionName", "target", "programMemberStatus")


def show_upload(visit: Visit) -> Response:
    """Ask for a file, and for what it is to be imported into."""
    return _upload_page(visit, visit.query.get("kind", ""), {})


def _upload_page(visit: Visit, kind: str, given: Mapping[str, str]) -> Response:
    kinds = {word: _WORDS[word] for word, each in _KINDS.items() if visit.may(*permissions_for(each))}
    return visit.render(
        "import/upload.html",
        kinds=kinds,
        kind=kind if kind in kinds else next(iter(kinds), "leads"),
        given={name: given.get(name, "") for name in _FIELDS},
        targets=visit.services.drafts.targets(visit.caller),
        bytes_max=visit.caller.limits.upload_bytes_max,
    )


async def take_upload(visit: Visit, request: Request) -> Response:
    """Keep an uploaded file as a draft, and lead to its columns; a form that is refused stays filled in."""
    services, munchkin_id = visit.services, visit.caller.munchkin_id
    given: dict[str, str] = {}
    try:
        async with services.bodies.counting(request.stream()) as stream:
            form = await _read_form(visit, request, stream, given)
        try:
            keep = partial(_keep, visit, form, given)
            draft_id = await in_thread(services, keep, munchkin_id, writes=True, patience=_PATIENCE)
        finally:
            form.close()
    except ServiceError as error:
        refused = replace(visit, notice=refusal_of(error))
        show = partial(_upload_page, refused, given.get("kind", ""), given)
        return await in_thread(services, show, munchkin_id)
    return visit.redirect("import.columns", draft_id=draft_id)


async def _read_form(
    visit: Visit, request: Request, stream: AsyncIterator[bytes], given: dict[str, str]
) -> Form:
    """Read the body, and put its fields into `given`, also where it is refused.

    One that is too large is taken to its end, for browsers show no answer before that.
    """
    boundary = parse_boundary(request.headers.get("content-type", ""))
    new_file = partial(visit.services.incoming_files.of, visit.caller.munchkin_id)
    reader = FormReader(boundary, visit.caller.limits.upload_bytes_max, new_file)
    try:
        await fill_form(reader, stream)
    except ServiceError as error:
        if error.entry is FILE_TOO_LARGE:
            await _drain(request)
        raise
    finally:
        given.update((name, values[0]) for name, values in reader.fields_so_far().items())
    return reader.form


async def _drain(request: Request) -> None:
    drained = 0
    async for block in request.stream():
        drained += len(block)
        if drained > _DRAINED_BYTES_MAX:
            break


def _keep(visit: Visit, form: Form, given: Mapping[str, str]) -> str:
    kind = _KINDS.get(given.get("kind", ""), JobKind.LEAD)
    visit.services.tokens.permit(visit.caller, permissions_for(kind))
    if form.file is None or form.file_bytes == 0:
        raise ServiceError(PARAMETER_MISSING, name="file")

    def value(name: str, *kinds: JobKind) -> str | None:
        return (given.get(name, "").strip() or None) if kind in kinds else None

    return visit.services.drafts.add(
        visit.caller,
        ImportForm(
            kind=kind,
            file=form.file,
            file_bytes=form.file_bytes,
            format=None,
            target=value("target", JobKind.MEMBER, JobKind.OBJECT),
            lookup_field=value("lookupField", JobKind.LEAD),
            list_id=value("listId", JobKind.LEAD),
            partition_name=value("partitionName", JobKind.LEAD),
            member_status=value("programMemberStatus", JobKind.MEMBER),
            file_name=form.file_name,
            seen=None if form.incoming is None else form.incoming.seen,
        ),
    )


PAGES = (
    Page("import", "GET", "/import", show_upload, menu="Import", permissions=IMPORTERS),
    Page("import.upload", "POST", "/import", permissions=IMPORTERS, stream=take_upload),
)
