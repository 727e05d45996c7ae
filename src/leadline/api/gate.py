"""The gate that every call passes: size, token, verb, permission, in that order (contract §4.2)."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from leadline import clock
from leadline.api.call import Call, Endpoint, Params, Services
from leadline.api.envelope import failure, failure_of, new_request_id
from leadline.errors import (
    INVALID_VALUE,
    METHOD_NOT_SUPPORTED,
    PAYLOAD_TOO_LARGE,
    TIMED_OUT,
    TOKEN_MISSING,
    TRANSIENT,
    UNAVAILABLE,
    URI_TOO_LONG,
    ServiceError,
    StoreDownError,
)
from leadline.events import FaultCaught, RequestAnswered
from leadline.model import Caller

URI_BYTES_MAX = 8192
BODY_BYTES_MAX = 1024 * 1024
ANSWER_SECONDS_MAX = 30.0
T = TypeVar("T")

_FORM_TYPE = "application/x-www-form-urlencoded"


class GatedPath:
    """All methods of one path, as an ASGI application."""

    def __init__(self, endpoints: Mapping[str, Endpoint], services: Services) -> None:
        self._endpoints = endpoints
        self._services = services
        self._route = next(iter(endpoints.values())).path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        request_id, began = new_request_id(), clock.monotonic()
        scope["leadline.request_id"] = request_id
        code: str | None = None
        try:
            check_uri(request)
            response = await self._answer(request, request_id)
        except ServiceError as error:
            code = error.entry.code
            response = failure(request_id, error)
        except ClientDisconnect:
            return
        took_ms = round((clock.monotonic() - began) * 1000, 1)
        self._services.telemetry.emit(
            RequestAnswered(request_id, request.method, self._route, response.status_code, code, took_ms)
        )
        await response(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> Response:
        endpoint = self._endpoints.get(request.method)
        if endpoint is not None and endpoint.stream_handler is not None:
            return await endpoint.stream_handler(request, request_id, self._services)
        if (declared_length(request) or 0) > BODY_BYTES_MAX:
            raise ServiceError(PAYLOAD_TOO_LARGE)
        caller = await identify_early(request, self._services)
        body = await _read_body(request)
        content_type = request.headers.get("content-type", "")
        query = request.url.query
        is_form = content_type.split(";")[0].strip().lower() == _FORM_TYPE
        params = Params.of_urlencoded(query, body) if is_form else Params(query)
        if caller is None:
            caller = await identify_late(params.one("access_token"), request, self._services)
        method = request.method
        if method == "POST" and (params.one("_method") or "").upper() == "GET":
            method = "GET"
        endpoint = self._endpoints.get(method)
        if endpoint is None or endpoint.handler is None:
            raise ServiceError(METHOD_NOT_SUPPORTED, method=request.method)
        self._services.access.permit(caller, endpoint.permissions)
        call = Call(request_id, caller, request.path_params, params, body, content_type)
        return await in_thread(endpoint.handler, call, self._services)


async def in_thread(function: Callable[..., T], *arguments: object) -> T:
    """Run blocking work on a thread; raises `ServiceError` 604 when it takes too long."""
    try:
        with anyio.fail_after(ANSWER_SECONDS_MAX):
            return await anyio.to_thread.run_sync(function, *arguments, abandon_on_cancel=True)
    except TimeoutError:
        raise ServiceError(TIMED_OUT) from None


def check_uri(request: Request) -> None:
    """Raise `ServiceError` 414 for an address beyond 8 KB."""
    path: bytes = request.scope.get("raw_path") or b""
    if len(path) + len(request.scope["query_string"]) + 1 > URI_BYTES_MAX:
        raise ServiceError(URI_TOO_LONG)


async def identify_early(request: Request, services: Services) -> Caller | None:
    """Identify by header or query, before any of the body is read; None when neither has a token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return await in_thread(services.access.identify, token.strip(), _host(request))
    parameter = Params(request.url.query).one("access_token")
    if parameter:
        return await identify_late(parameter, request, services)
    return None


async def identify_late(parameter: str | None, request: Request, services: Services) -> Caller:
    """Identify by a token in query or form; raises `ServiceError` 600, 601 or 602."""
    if not parameter or services.settings.access.token_parameter == "refuse":
        raise ServiceError(TOKEN_MISSING)
    return await in_thread(services.access.identify, parameter, _host(request))


def _host(request: Request) -> str:
    return request.headers.get("host", "")


def declared_length(request: Request) -> int | None:
    """Return the Content-Length; raises `ServiceError` 1001 when it is no number."""
    text = request.headers.get("content-length")
    if text is None:
        return None
    if not text.isdecimal():
        raise ServiceError(INVALID_VALUE, value="Content-Length", type="Integer")
    return int(text)


async def _read_body(request: Request) -> bytes:
    """Read a body of at most 1 MB; raises `ServiceError` 413."""
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > BODY_BYTES_MAX:
            raise ServiceError(PAYLOAD_TOO_LARGE)
    return bytes(body)


def busy_reply(request: Request, error: Exception) -> Response:
    """Answer when the store could not be had: 608 while its server is down, else 713, try again."""
    request_id = request.scope.get("leadline.request_id") or new_request_id()
    entry = UNAVAILABLE if isinstance(error, StoreDownError) else TRANSIENT
    return failure_of(request_id, entry, entry.template)


def fault_event(request: Request, error: Exception) -> FaultCaught:
    """Describe an unforeseen exception without anything the caller sent."""
    request_id = request.scope.get("leadline.request_id") or new_request_id()
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    code = frame.tb_frame.f_code if frame else None
    where = f"{code.co_qualname}:{frame.tb_lineno}" if frame and code else "unknown"
    return FaultCaught(request_id, type(error).__name__, where)
