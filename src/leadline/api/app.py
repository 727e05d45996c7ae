"""The ASGI application: one table of routes, and what wraps it."""

import posixpath
import re

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from leadline.api import (
    activities,
    bulk,
    cancel,
    channels,
    fields,
    folders,
    history,
    identity,
    job_changes,
    job_figures,
    jobs,
    lead_memberships,
    leads,
    list_assets,
    lists,
    members,
    object_types,
    objects,
    previews,
    programs,
    stats,
    undo,
)
from leadline.api.admission import count_refused
from leadline.api.call import Services
from leadline.api.checks import CheckedPath, fault_event
from leadline.api.endpoint import Endpoint
from leadline.api.envelope import failure, request_id_of
from leadline.api.operations import operator_routes
from leadline.errors import METHOD_NOT_SUPPORTED, NOT_A_RESOURCE, SYSTEM_ERROR, ServiceError
from leadline.events import RequestAnswered

ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.ENDPOINTS,
    *bulk.ENDPOINTS,
    *leads.ENDPOINTS,
    *lead_memberships.ENDPOINTS,
    *lists.ENDPOINTS,
    *members.ENDPOINTS,
    *objects.ENDPOINTS,
    *object_types.ENDPOINTS,
    *fields.ENDPOINTS,
    *list_assets.ENDPOINTS,
    *folders.ENDPOINTS,
    *programs.ENDPOINTS,
    *channels.ENDPOINTS,
    *activities.ENDPOINTS,
    *stats.ENDPOINTS,
    *jobs.ENDPOINTS,
    *previews.ENDPOINTS,
    *cancel.ENDPOINTS,
    *job_figures.ENDPOINTS,
    *undo.ENDPOINTS,
    *job_changes.ENDPOINTS,
    *history.ENDPOINTS,
)
_GZIP_BYTES_MIN = 1024
_GZIP_LEVEL = 1
"""The least: more would cost a file several times the processor time, for which all other calls wait."""
_NO_GZIP = re.compile(r"(?:^|,)\s*gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", re.IGNORECASE)


def route_order(path: str) -> tuple[bool, int]:
    """Return where a path stands among the routes: polls first, and a name of ours before anybody's name."""
    return not path.startswith("/bulk/"), path.count("{")


def build_app(services: Services) -> ASGIApp:
    """Return the whole HTTP application."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in ENDPOINTS:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    routes = [Route(path, CheckedPath(by_path[path], services)) for path in sorted(by_path, key=route_order)]

    async def unknown_path(request: Request, error: Exception) -> Response:
        refusal = ServiceError(NOT_A_RESOURCE)
        await count_refused(request, services, refusal)
        return refuse(request, "unknown", refusal)

    async def wrong_method(request: Request, error: Exception) -> Response:
        return refuse(request, request.url.path, ServiceError(METHOD_NOT_SUPPORTED, method=request.method))

    def refuse(request: Request, route: str, refusal: ServiceError) -> Response:
        request_id, code = request_id_of(request.scope), refusal.entry.code
        request.scope["leadline.code"] = code
        services.emit(RequestAnswered(request_id, request.method, route, 200, code, 0.0))
        return failure(request_id, refusal, asset=_is_asset(request))

    async def unforeseen(request: Request, error: Exception) -> Response:
        event = fault_event(request, error)
        services.emit(event)
        answer = failure(event.request_id, ServiceError(SYSTEM_ERROR), asset=_is_asset(request))
        answer.headers["Connection"] = "close"  # the server will: the client must not send its next call here
        return answer

    app = Starlette(
        routes=[*routes, *operator_routes(services, ENDPOINTS)],
        exception_handlers={404: unknown_path, 405: wrong_method, Exception: unforeseen},
    )
    app.router.redirect_slashes = False
    return PathAndCompression(app)


def _is_asset(request: Request) -> bool:
    """Tell whether a path is of the asset family."""
    return request.url.path.startswith(("/rest/asset/", "/asset/"))


class PathAndCompression:
    """Resolves the path, and compresses what is not a bulk answer (contract §0.1, §0.4)."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._compressing = GZipMiddleware(app, _GZIP_BYTES_MIN, _GZIP_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        app = self._plain
        if scope["type"] == "http":
            scope["path"] = resolved_path(scope["path"])
            refused = _NO_GZIP.search(Headers(scope=scope).get("accept-encoding", ""))
            if not (refused or scope["path"].startswith("/bulk/")):
                app = self._compressing
        await app(scope, receive, send)


def resolved_path(path: str) -> str:
    """Collapse doubled slashes and resolve dot segments, as clients need."""
    return posixpath.normpath("/" + path.lstrip("/"))
