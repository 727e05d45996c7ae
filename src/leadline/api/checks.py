"""One path of the API: calls are checked, given to their handler, answered and logged (contract §4.2)."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import chain

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from leadline import clock
from leadline.api.admission import (
    EarlyAnswer,
    admitted,
    count_refused,
    entry_for,
    identify,
    identify_beside,
    token_of,
)
from leadline.api.call import Call, Services
from leadline.api.endpoint import Endpoint
from leadline.api.envelope import failure, request_id_of
from leadline.api.params import FORM_TYPE, Params, media_type, query_of
from leadline.api.request_keys import KEY_HEADER
from leadline.api.request_size import read_body, uri_is_too_long
from leadline.api.threads import in_thread
from leadline.errors import (
    BODY_TOO_LARGE,
    METHOD_NOT_SUPPORTED,
    URI_TOO_LONG,
    ServiceError,
    StoreBusyError,
    StoreFaultError,
)
from leadline.events import FaultCaught, RequestAnswered, frame_of


class CheckedPath:
    """All methods of one path, as an ASGI application."""

    def __init__(self, endpoints: Mapping[str, Endpoint], services: Services) -> None:
        self._endpoints = endpoints
        self._services = services
        one = next(iter(endpoints.values()))
        self._route, self._asset, self._open = one.path, one.asset, one.open
        named = [each.permissions for each in endpoints.values()]
        self._any_of = tuple(chain.from_iterable(named)) if all(named) else ()
        """Who has one of these is answered 605 for a wrong method; who has none, 603."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        request_id, began = request_id_of(scope), clock.monotonic()
        scope["leadline.request_id"] = request_id
        code: str | None = None
        try:
            if uri_is_too_long(request):
                refusal = ServiceError(URI_TOO_LONG)
                await count_refused(request, self._services, refusal)
                raise refusal
            response = await self._answer(request, request_id)
        except (ServiceError, StoreBusyError, StoreFaultError) as met:
            error = await self._reason(request, met) if isinstance(met, StoreFaultError) else met
            if isinstance(error, StoreFaultError):  # the framework would end the connection
                self._services.emit(fault_event(request, error))
            refusal = error if isinstance(error, ServiceError) else ServiceError(entry_for(error))
            code = refusal.entry.code
            response = failure(request_id, refusal, asset=self._asset)
        except ClientDisconnect:
            return
        took_ms = round((clock.monotonic() - began) * 1000, 1)
        scope["leadline.code"] = code
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
        early = EarlyAnswer()
        try:
            async with self._services.bodies.counting(request.stream()) as stream:
                body = await read_body(request, stream)
                params = cache(
                    partial(_params_of, request, body)
                )  # read once, on a thread: forms may be large
                asked, subscription = self._known_before(request)
                if not subscription:  # else a neighbour's calls could hold the threads of all strangers
                    subscription = await in_thread(self._services, partial(self._whose, request, params))
                work = partial(self._handle, request, request_id, body, params, early)
                return await in_thread(
                    self._services,
                    work,
                    subscription,
                    writes=request.method != "GET" and asked is endpoint,
                    patience=asked.patience if asked else 1,
                )
        except ServiceError as error:
            early.entry = error.entry
            if error.entry is BODY_TOO_LARGE:
                await count_refused(request, self._services, error)
            raise

    async def _reason(
        self, request: Request, fault: StoreFaultError
    ) -> ServiceError | StoreBusyError | StoreFaultError:
        """Return why a store has failed: that of a subscription that was removed meanwhile does so, too."""
        confirm = self._services.tokens.confirm
        try:
            await in_thread(self._services, partial(confirm, self._known_before(request)[1]))
        except (ServiceError, StoreBusyError, StoreFaultError) as error:
            return error
        return fault

    def _known_before(self, request: Request) -> tuple[Endpoint | None, str]:
        """Return what a call asks for, and of which subscription, as far as its head alone tells."""
        params = Params(query_of(request))
        endpoint = self._endpoints.get(request.method)
        if request.method == "POST" and (params.one("_method") or "").upper() == "GET":
            endpoint = self._endpoints.get("GET", endpoint)
        token = token_of(request, params, self._services)
        return endpoint, self._services.tokens.subscription_of(token)

    def _whose(self, request: Request, params: Callable[[], Params]) -> str:
        """Return the subscription of a call whose token was not seen before, or stands in its form."""
        return identify(token_of(request, params(), self._services), request, self._services).munchkin_id

    def _handle(
        self,
        request: Request,
        request_id: str,
        body: bytes,
        params_of_call: Callable[[], Params],
        early: EarlyAnswer,
    ) -> Response:
        """Identify, permit and answer, on one thread: going from thread to thread costs as much."""
        content_type, params = request.headers.get("content-type", ""), params_of_call()
        token, method = token_of(request, params, self._services), request.method
        if method == "POST" and (params.one("_method") or "").upper() == "GET":
            method = "GET"
        endpoint, job = self._endpoints.get(method), None
        if endpoint is not None and endpoint.polls:
            caller, job = identify_beside(token, request, self._services)
        else:
            caller = identify(token, request, self._services)
        handler = endpoint.handler if endpoint else None
        with admitted(caller, endpoint.permissions if endpoint else self._any_of, self._services, early):
            if handler is None:
                raise ServiceError(METHOD_NOT_SUPPORTED, method=request.method)
            keys = tuple(request.headers.getlist(KEY_HEADER))
            call = Call(request_id, caller, request.path_params, params, body, content_type, keys, job)
            return handler(call, self._services)


def _params_of(request: Request, body: bytes) -> Params:
    """Return the parameters of the query, and of the body where it is a form."""
    query = query_of(request)
    is_form = media_type(request.headers.get("content-type", "")) == FORM_TYPE
    return Params.of_urlencoded(query, body) if is_form else Params(query)


def fault_event(request: Request, error: Exception) -> FaultCaught:
    """Describe an unforeseen exception without anything the caller sent."""
    request_id = request_id_of(request.scope)
    return FaultCaught(request_id, type(error).__name__, frame_of(error))
