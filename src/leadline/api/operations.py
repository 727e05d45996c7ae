"""For those who run the server: health, metrics, the OpenAPI document."""

import asyncio
from functools import cache, partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadline import clock
from leadline.api.call import Services
from leadline.api.endpoint import Endpoint
from leadline.api.envelope import json_reply
from leadline.api.openapi import build_document
from leadline.api.threads import in_thread
from leadline.errors import ServiceError, StoreBusyError, StoreFaultError

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_COUNTS_SECONDS = 10.0


def operator_routes(services: Services, endpoints: tuple[Endpoint, ...]) -> list[Route]:
    """Return the routes that need no token."""
    document = cache(partial(build_document, endpoints))  # at the first question, which costs some 20 ms

    async def live(request: Request) -> Response:
        return json_reply({"status": "live"})

    async def ready(request: Request) -> Response:
        if not services.workers_ready():
            return json_reply({"status": "no worker is ready: a file posted now would wait"}, 503)
        try:
            await in_thread(services, services.tokens.ask_store)
        except (ServiceError, StoreBusyError, StoreFaultError):
            return json_reply({"status": "the store does not answer"}, 503)
        return json_reply({"status": "ready"})

    job_counts = _JobCounts(services)

    async def metrics(request: Request) -> Response:
        text = services.metrics_text(await job_counts.recent())
        return Response(text, headers={"Content-Type": _METRICS_TYPE})

    async def openapi(request: Request) -> Response:
        return json_reply(document())

    routes = [
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/openapi.json", openapi),
    ]
    return [*routes, Route("/metrics", metrics)] if services.settings.server.metrics else routes


class _JobCounts:
    """How many jobs are in each status: all stores are asked at most every ten seconds, by one reader."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._asking = asyncio.Lock()
        self._counted: dict[str, int] = {}
        self._counted_at: float | None = None

    async def recent(self) -> dict[str, int]:
        """Return the last counts; none while the stores do not answer, since the other figures are wanted."""
        async with self._asking:
            now = clock.monotonic()
            if self._counted_at is None or now - self._counted_at >= _COUNTS_SECONDS:
                try:
                    self._counted = await in_thread(self._services, self._services.jobs.by_status)
                except (ServiceError, StoreBusyError, StoreFaultError):
                    self._counted = {}
                self._counted_at = now
            return self._counted
