"""For those who run the server: health, metrics, the OpenAPI document."""

from functools import cache, partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadline.api.call import Services
from leadline.api.endpoint import Endpoint
from leadline.api.envelope import json_reply
from leadline.api.openapi import build_document

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def operator_routes(services: Services, endpoints: tuple[Endpoint, ...]) -> list[Route]:
    """Return the routes that need no token."""
    document = cache(partial(build_document, endpoints))  # at the first question, which costs some 20 ms

    async def live(request: Request) -> Response:
        return json_reply({"status": "live"})

    async def ready(request: Request) -> Response:
        why_not = await services.why_not_ready()
        return json_reply({"status": why_not or "ready"}, 503 if why_not else 200)

    async def metrics(request: Request) -> Response:
        return Response(await services.metrics(), headers={"Content-Type": _METRICS_TYPE})

    async def openapi(request: Request) -> Response:
        return json_reply(document())

    routes = [
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/openapi.json", openapi),
    ]
    return [*routes, Route("/metrics", metrics)] if services.settings.server.metrics else routes
