"""What every call is checked for: size, token, permission, limits, verb, in that order (contract §4.2)."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from leadline import clock
from leadline.api.call import Call, Services
from leadline.api.endpoint import Endpoint
from leadline.api.envelope import failure, new_request_id
from leadline.api.params import FORM_TYPE, Params, media_type
from leadline.errors import (
    BODY_TOO_LARGE,
    INVALID_VALUE,
    METHOD_NOT_SUPPORTED,
    NOT_ENABLED,
    SYSTEM_ERROR,
    TIMED_OUT,
    TOKEN_MISSING,
    TRANSIENT,
    UNAVAILABLE,
    URI_TOO_LONG,
    Entry,
    ServiceError,
    StoreBusyError,
    StoreDeniedError,
    StoreDownError,
    StoreFaultError,
)
from leadline.events import FaultCaught, RequestAnswered, frame_of
from leadline.model.callers import Caller

URI_BYTES_MAX = 8192
BODY_BYTES_MAX = 1024 * 1024
T = TypeVar("T")


@dataclass(slots=True)
class Fate:
    """With which error a call was answered while its work went on, if it was."""

    entry: Entry | None = None


class CheckedPath:
    """All methods of one path, as an ASGI application."""

    def __init__(self, endpoints: Mapping[str, Endpoint], services: Services) -> None:
        self._endpoints = endpoints
        self._services = services
        one = next(iter(endpoints.values()))
        self._route, self._asset, self._open = one.path, one.asset, one.open
        named = [each.permissions for each in endpoints.values()]
        self._any_of = tuple(chain.from_iterable(named)) if all(named) else ()
        """What opens the path at all: a wrong method is told to those only who have some of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        request_id, began = new_request_id(), clock.monotonic()
        scope["leadline.request_id"] = request_id
        code: str | None = None
        try:
            if uri_is_too_long(request):
                refusal = ServiceError(URI_TOO_LONG)
                await note_refused(request, self._services, refusal)
                raise refusal
            response = await self._answer(request, request_id)
        except (ServiceError, StoreBusyError, StoreFaultError) as error:
            if isinstance(error, StoreFaultError):  # told, but not left to the framework: it would hang up
                self._services.emit(fault_event(request, error))
            refusal = error if isinstance(error, ServiceError) else ServiceError(entry_for(error))
            code = refusal.entry.code
            response = failure(request_id, refusal, asset=self._asset)
        except ClientDisconnect:
            return
        took_ms = round((clock.monotonic() - began) * 1000, 1)
        try:
            await response(scope, receive, send)
        finally:  # the client need not wait for the log
            self._services.emit(
                RequestAnswered(request_id, request.method, self._route, response.status_code, code, took_ms)
            )

    async def _answer(self, request: Request, request_id: str) -> Response:
        endpoint = self._endpoints.get(request.method)
        if endpoint is not None and endpoint.stream_handler is not None:
            return await endpoint.stream_handler(request, request_id, self._services)
        if self._open:  # there is no token to ask for
            raise ServiceError(METHOD_NOT_SUPPORTED, method=request.method)
        fate = Fate()
        try:
            async with self._services.bodies.counting(request.stream()) as stream:
                body = await _read_body(request, stream)
                work = partial(self._handle, request, request_id, body, fate)
                return await in_thread(self._services, work, patience=endpoint.patience if endpoint else 1)
        except ServiceError as error:
            fate.entry = error.entry
            if error.entry is BODY_TOO_LARGE:
                await note_refused(request, self._services, error)
            raise

    def _handle(self, request: Request, request_id: str, body: bytes, fate: Fate) -> Response:
        """Identify, permit and answer, on one thread: going from thread to thread costs as much."""
        content_type = request.headers.get("content-type", "")
        query = query_of(request)
        is_form = media_type(content_type) == FORM_TYPE
        params = Params.of_urlencoded(query, body) if is_form else Params(query)
        caller = identify(token_of(request, params, self._services), request, self._services)
        method = request.method
        if method == "POST" and (params.one("_method") or "").upper() == "GET":
            method = "GET"
        endpoint = self._endpoints.get(method)
        handler = endpoint.handler if endpoint else None
        with let_in(caller, endpoint.permissions if endpoint else self._any_of, self._services, fate):
            if handler is None:
                raise ServiceError(METHOD_NOT_SUPPORTED, method=request.method)
            call = Call(request_id, caller, request.path_params, params, body, content_type)
            return handler(call, self._services)


async def in_thread(
    services: Services, function: Callable[..., T], *arguments: object, patience: int = 1
) -> T:
    """Run blocking work on a thread of the pool; raises `ServiceError` 604 when it takes too long.

    That is `patience` times what is usual for an answer.
    """
    try:
        async with asyncio.timeout(services.settings.times.answer_seconds * patience):
            return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)
    except TimeoutError:
        raise ServiceError(TIMED_OUT) from None


async def enter_in_thread(
    services: Services, stay: AsyncExitStack, permit: AbstractContextManager[None]
) -> None:
    """Enter a permit on a thread, to be left with `stay`; one that is entered too late is left at once."""
    one, is_late = threading.Lock(), threading.Event()

    def enter() -> None:
        permit.__enter__()
        with one:
            if not is_late.is_set():
                stay.push(permit)
                return
        permit.__exit__(None, None, None)

    try:
        await in_thread(services, enter)
    except BaseException:
        with one:
            is_late.set()
        raise


def uri_is_too_long(request: Request) -> bool:
    """Tell whether an address is beyond 8 KB."""
    path: bytes = request.scope.get("raw_path") or b""
    query: bytes = request.scope["query_string"]
    return len(path) + len(query) + bool(query) > URI_BYTES_MAX


def query_of(request: Request) -> str:
    """Return the query as it was sent; the library's own reading lets a strange Host change it."""
    query: bytes = request.scope["query_string"]
    return query.decode("utf-8", "replace")


def token_of(request: Request, params: Params, services: Services) -> str | None:
    """Return the token of header, query or form, in that order; raises `ServiceError` 600."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    parameter = params.one("access_token")
    if parameter and services.settings.access.token_parameter == "refuse":
        raise ServiceError(TOKEN_MISSING)
    return parameter


def identify(token: str | None, request: Request, services: Services) -> Caller:
    """Return whose token it is; raises `ServiceError` 600, 601 or 602."""
    if token is None:
        raise ServiceError(TOKEN_MISSING)
    return services.tokens.identify(token, request.headers.get("host", ""))


@contextmanager
def let_in(
    caller: Caller, permissions: tuple[str, ...], services: Services, fate: Fate | None = None
) -> Iterator[None]:
    """Permit a call and count it; raises `ServiceError` 603, 606, 607 or 615."""
    try:
        services.tokens.permit(caller, permissions)
        entered = services.call_limits.enter(caller)
    except ServiceError as error:
        services.call_limits.turned_away(caller, error.entry)
        raise
    refusal: Entry | None = SYSTEM_ERROR
    try:
        yield
        refusal = None
    except (ClientDisconnect, asyncio.CancelledError):
        refusal = None
        raise
    except (ServiceError, StoreBusyError, StoreFaultError) as error:
        refusal = entry_for(error)
        raise
    finally:
        services.call_limits.leave(caller, entered, (fate and fate.entry) or refusal)


async def note_refused(request: Request, services: Services, refusal: ServiceError) -> None:
    """Count a call that was refused before anybody asked who makes it, if that can be told (contract §10)."""

    def note() -> None:
        token = token_of(request, Params(query_of(request)), services)
        with let_in(identify(token, request, services), (), services):
            raise refusal

    with suppress(ServiceError, StoreBusyError):
        await in_thread(services, note)


def entry_for(error: ServiceError | StoreBusyError | StoreFaultError) -> Entry:
    """Return with which error of the catalogue a fault is answered."""
    match error:
        case ServiceError():
            return error.entry
        case StoreDownError():
            return UNAVAILABLE
        case StoreBusyError():
            return TRANSIENT
        case StoreDeniedError():  # new fields and types, where only the owner may make them
            return NOT_ENABLED
        case _:
            return SYSTEM_ERROR


def declared_length(request: Request) -> int | None:
    """Return the Content-Length; raises `ServiceError` 1001 when it is no number."""
    text = request.headers.get("content-length")
    if text is None:
        return None
    if not text.isdecimal():
        raise ServiceError(INVALID_VALUE, value="Content-Length", type="Integer")
    return int(text)


async def _read_body(request: Request, stream: AsyncIterator[bytes]) -> bytes:
    """Read a body; raises `ServiceError` 413 when it has more than 1 MB."""
    if (declared_length(request) or 0) > BODY_BYTES_MAX:
        raise ServiceError(BODY_TOO_LARGE, limit=BODY_BYTES_MAX)
    body = bytearray()
    async for block in stream:
        body += block
        if len(body) > BODY_BYTES_MAX:
            raise ServiceError(BODY_TOO_LARGE, limit=BODY_BYTES_MAX)
    return bytes(body)


def fault_event(request: Request, error: Exception) -> FaultCaught:
    """Describe an unforeseen exception without anything the caller sent."""
    request_id = request.scope.get("leadline.request_id") or new_request_id()
    return FaultCaught(request_id, type(error).__name__, frame_of(error))
