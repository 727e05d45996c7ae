"""For those who run the server: health, metrics, the OpenAPI document."""

from functools import cache, partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadline.api.call import Services
from leadline.api.endpoint import Endpoint
from leadline.api.envelope import json_reply
from leadline.api.openapi import build_document
from leadline.api.threads import in_thread
from leadline.errors import ServiceError, StoreBusyError, StoreFaultError

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def operator_routes(services: Services, endpoints: tuple[Endpoint, ...]) -> list[Route]:
    """Return the routes that need no token."""
    document = cache(partial(build_document, endpoints))  # at the first question, which costs some 20 ms

    async def live(request: Request) -> Response:
        return json_reply({"status": "live"})

    async def ready(request: Request) -> Response:
        try:
            await in_thread(services, services.tokens.ask_store)
        except (ServiceError, StoreBusyError, StoreFaultError):
            return json_reply({"status": "the store does not answer"}, 503)
        return json_reply({"status": "ready"})

    async def metrics(request: Request) -> Response:
        try:
            counted = await in_thread(services, services.jobs.by_status)
        except (ServiceError, StoreBusyError, StoreFaultError):
            counted = {}  # the other figures are wanted all the more
        text = services.metrics_text(counted)
        return Response(text, headers={"Content-Type": _METRICS_TYPE})

    async def openapi(request: Request) -> Response:
        return json_reply(document())

    routes = [
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/openapi.json", openapi),
    ]
    return [*routes, Route("/metrics", metrics)] if services.settings.server.metrics else routes
