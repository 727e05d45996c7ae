"""Taking the file and the form of a call that is about an import: one that is wanted, or only foreseen."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import TypeVar

from starlette.requests import Request

from leadline.api.admission import admitted, count_refused, identify, token_of
from leadline.api.bulk_kinds import Kind
from leadline.api.call import Services
from leadline.api.multipart import WRAPPER_BYTES_MAX, Form, is_multipart, parse_boundary, read_form
from leadline.api.params import Params, query_of
from leadline.api.request_keys import KEY_HEADER
from leadline.api.request_size import declared_length
from leadline.api.threads import enter_in_thread, in_thread
from leadline.errors import FILE_TOO_LARGE, TOKEN_MISSING, ServiceError
from leadline.imports.incoming_file import incoming_of_nobody
from leadline.imports.requests import ImportForm
from leadline.imports.resubmission import RequestKey, key_of
from leadline.model.callers import Caller

T = TypeVar("T")


async def take_upload(
    request: Request,
    services: Services,
    kind: Kind,
    use: Callable[[Caller, ImportForm, RequestKey | None], T],
) -> T:
    """Read an upload as it arrives, and return what is made of it.

    A token in header or query is checked before the body is read; one in the form only shows at the end
    of it, so until then the file may be as large as the server lets it be.
    """
    caller = await _caller_of(request, services)
    file_bytes_max = _file_bytes_max(caller, services)
    content_type = request.headers.get("content-type", "")
    async with AsyncExitStack() as stack:
        body: AsyncIterator[bytes] = request.stream()
        if caller is not None:
            permit = admitted(caller, kind.permissions, services)
            await enter_in_thread(services, stack, permit, caller.munchkin_id)
        elif is_multipart(content_type):
            body = await stack.enter_async_context(services.bodies.counting(body))
        else:
            raise ServiceError(TOKEN_MISSING)
        new_file = incoming_of_nobody
        if caller is not None:
            new_file = partial(services.incoming_files.of, caller.munchkin_id)
        form = await read_form(body, parse_boundary(content_type), file_bytes_max, new_file)
        stack.callback(form.close)
        params = Params(query_of(request), form.fields)
        if caller is None:
            caller = await identified(token_of(request, params, services), request, services)
            permit = admitted(caller, kind.permissions, services)
            await enter_in_thread(services, stack, permit, caller.munchkin_id)
            if form.file_bytes > _file_bytes_max(caller, services):
                raise ServiceError(FILE_TOO_LARGE, limit=_file_bytes_max(caller, services))
        target = request.path_params[kind.target.name] if kind.target else None
        key = key_of(caller, request.headers.getlist(KEY_HEADER))
        work = partial(use, caller, _import_form(kind, form, params, target), key)
        return await in_thread(services, work, caller.munchkin_id, writes=True)
    raise AssertionError("nothing leaves the block without a result")


async def _caller_of(request: Request, services: Services) -> Caller | None:
    """Return whose token stands in header or query, None when there is none.

    Raises `ServiceError`: 413 for a body that is declared too large, which comes before whatever is wrong
    with the token (contract §4.2).
    """
    caller, refusal = None, None
    try:
        token = token_of(request, Params(query_of(request)), services)
        caller = await identified(token, request, services) if token else None
    except ServiceError as error:
        refusal = error
    limit = _file_bytes_max(caller, services)
    if (declared_length(request) or 0) > limit + WRAPPER_BYTES_MAX:
        refusal = ServiceError(FILE_TOO_LARGE, limit=limit)
        await count_refused(request, services, refusal)
    if refusal is not None:
        raise refusal
    return caller


async def identified(token: str | None, request: Request, services: Services) -> Caller:
    """Return whose token it is, and which call he makes; raises `ServiceError` 600, 601 or 602."""
    known = services.tokens.subscription_of(token)
    return await in_thread(services, partial(identify, token, request, services), known)


def _file_bytes_max(caller: Caller | None, services: Services) -> int:
    """Return how large a caller's file may be; the server's limit holds while nobody knows who calls."""
    return (caller or services.settings).limits.upload_bytes_max


def _import_form(kind: Kind, form: Form, params: Params, target: str | None) -> ImportForm:
    return ImportForm(
        kind=kind.kind,
        file=form.file,
        file_bytes=form.file_bytes,
        format=params.one("format"),
        target=target,
        lookup_field=params.one("lookupField"),
        list_id=params.one("listId"),
        partition_name=params.one("partitionName"),
        member_status=params.one("programMemberStatus"),
        file_name=form.file_name,
        seen=None if form.incoming is None else form.incoming.seen,
    )
