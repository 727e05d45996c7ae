"""Control calls: what all of them have in common. JSON goes in and out, a no is a sentence."""

import hmac
import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from leadline.api.envelope import json_reply
from leadline.api.hosts import host_of, is_loopback
from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.model.dataclass import dataclass
from leadline.sandbox.control.refusal import ControlError
from leadline.sandbox.sandbox import Sandbox
from leadline.sandbox.subscription import SandboxSubscription

PREFIX = "/leadline/sandbox/v1/"
_HEADER = "x-leadline-sandbox"
_STORE_FAULTS = (StoreBusyError, StoreFaultError, OSError)
_BODY_BYTES_MAX = 64 * 1024 * 1024


class Fields(BaseModel):
    """What the body of a control call may say; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class ControlCall:
    """One control call, checked as far as all of them are."""

    sandbox: Sandbox
    path: Mapping[str, str]
    query: Mapping[str, str]
    url: str
    body: bytes

    @property
    def subscription(self) -> SandboxSubscription:
        """The subscription that the path names; raises `ControlError`."""
        return self.sandbox.find(self.path["id"])


@dataclass(frozen=True, slots=True)
class ControlRoute:
    """A control call: `handler` is given the call and its checked `fields`, and returns what is answered.

    It returns JSON, or a whole response. `path` stands behind the common prefix. Without `fields`
    the call takes no JSON; one that is `raw` takes any bytes. `query` names what may stand there.
    One that `replaces` a subscription's store keeps the other calls of it waiting meanwhile.
    """

    method: str
    path: str
    summary: str
    handler: Callable[[ControlCall, Any], Awaitable[object]]
    fields: type[Fields] | None = None
    raw: bool = False
    replaces: bool = False
    query: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ControlAccess:
    """Who may make control calls: through which hosts, and with which token, if with one."""

    hosts: frozenset[str]
    token: str | None

    def refuse(self, headers: Headers) -> None:
        """Raise `ControlError` for a call that may come from a web page, or from whom it is not for."""
        if headers.get(_HEADER) != "1":
            raise ControlError("Send the header X-Leadline-Sandbox: 1 with each control call.", 403)
        host = host_of(headers.get("host", ""))
        if not host:
            raise ControlError("The header Host names no host.", 403)
        if not is_loopback(host) and host not in self.hosts:
            raise ControlError(f"The host {host} is not known here. Start with --allow-host {host}.", 403)
        if self.token is not None:
            scheme, _, token = headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not hmac.compare_digest(
                token.strip().encode(), self.token.encode()
            ):
                raise ControlError("Send the header Authorization: Bearer with the control token.", 403)


class ControlCalls:
    """Answers control calls, and leaves all others to the API."""

    def __init__(
        self, api: ASGIApp, sandbox: Sandbox, routes: Collection[ControlRoute], access: ControlAccess
    ) -> None:
        self._api = api
        self._sandbox = sandbox
        self._access = access
        self._routes = [(compile_path(PREFIX + each.path)[0], each) for each in routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._api(scope, receive, send)
            return
        try:
            response = await self._answer(Request(scope, receive))
        except ControlError as error:
            response = json_reply({"error": error.sentence}, error.http_status)
        except OperatorError as error:
            response = json_reply({"error": " ".join(str(error).split())}, 400)
        except _STORE_FAULTS as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error).rstrip(".")
            response = json_reply({"error": f"The sandbox cannot use its store: {why}."}, 503)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        self._access.refuse(request.headers)
        route, path = self._route(request.method, request.scope["path"])
        for name in request.query_params:
            if name not in route.query:
                raise ControlError(f"The query takes no {name}. {_choice(route.query, 'It takes nothing.')}")
        body = await _body(request)
        url = f"{request.url.scheme}://{request.headers['host']}"
        call = ControlCall(self._sandbox, path, dict(request.query_params), url, body)
        answer = await _in_turn(route, call, _fields(route, body))
        return answer if isinstance(answer, Response) else json_reply(answer)

    def _route(self, method: str, path: str) -> tuple[ControlRoute, dict[str, str]]:
        methods = []
        for pattern, route in self._routes:
            if (found := pattern.fullmatch(path)) is not None:
                if route.method == method:
                    return route, found.groupdict()
                methods.append(route.method)
        if methods:
            raise ControlError(f"{path} takes no {method}. {_choice(methods)}", 405)
        raise ControlError(
            f"There is no control call {path}. The page sandbox.md of the documentation lists them.", 404
        )


async def _in_turn(route: ControlRoute, call: ControlCall, fields: Fields | None) -> object:
    """Answer a call when no other one replaces the store of its subscription, or when it alone may."""
    if "id" not in call.path:
        return await route.handler(call, fields)
    in_flight = call.subscription.in_flight
    async with in_flight.kept_out() if route.replaces else in_flight.passing():
        before = in_flight.changes
        try:
            return await route.handler(call, fields)
        except _STORE_FAULTS as error:
            if in_flight.changes == before:
                raise
            raise ControlError(
                "The subscription was reset or removed before the call was done. Call again.", 409
            ) from error


def _fields(route: ControlRoute, body: bytes) -> Fields | None:
    """Return what the body says; raises `ControlError` naming each fault."""
    if route.raw:
        return None
    if route.fields is None:
        if body.strip() not in (b"", b"{}"):
            raise ControlError("This call takes no body.")
        return None
    try:
        document = json.loads(body or b"{}")
        json.dumps(document, ensure_ascii=False).encode()  # halves of pairs of surrogates are no text
    except (ValueError, RecursionError):
        raise ControlError("The body is no JSON in UTF-8.") from None
    if not isinstance(document, dict):
        raise ControlError("The body must be a JSON object.")
    try:
        return route.fields.model_validate(document)
    except ValidationError as error:
        known = _choice([field.alias or name for name, field in route.fields.model_fields.items()])
        raise ControlError(" ".join(_fault(each, known) for each in error.errors())) from None


def _fault(fault: Any, known: str) -> str:
    where = ".".join(map(str, fault["loc"])) or "the body"
    if fault["type"] == "extra_forbidden":
        return f"{where} is no field of this call. {known}"
    said = fault["msg"].removeprefix("Value error, ")
    return f"{where}: {said.rstrip('.')}."


def _choice(names: Collection[str], nothing: str = "") -> str:
    return f"Use {' or '.join(names)}." if names else nothing


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > _BODY_BYTES_MAX:
            raise ControlError(f"The body has more than {_BODY_BYTES_MAX} bytes.", 413)
    return bytes(body)
