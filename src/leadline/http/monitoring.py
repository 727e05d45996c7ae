"""Health and metrics, for those who watch a server; answered though a database hangs.

Stores are asked on threads of their own, each question by one at a time: however many ask, it costs no more.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Generic, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from leadline import clock
from leadline.events.server_state import ServerState, StoreFigures

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_READY_PATIENCE_SECONDS = 5.0
_PATIENCE_SECONDS = 0.4
"""So long an answer with metrics waits for each of its two questions; what is not known then is left out."""

_TEXT_SECONDS = 1.0
_FIGURES_SECONDS, _FIGURES_SECONDS_MAX = 10.0, 60.0
"""Figures of this age are asked for anew, and those of that age are not told any more."""

T = TypeVar("T")


class _Question(Generic[T]):
    """A blocking question, and its last answer; used on the event loop alone."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._asked: asyncio.Future[T | None] | None = None
        self._answer: T | None = None
        self._answered_at: float | None = None

    async def answer(self, patience: float, fresh_seconds: float = 0.0) -> T | None:
        """Return the answer, None where it does not come in time; one that is fresh is not asked for anew."""
        if self._asked is None:
            if self._age() < fresh_seconds:
                return self._answer
            loop = asyncio.get_running_loop()
            self._asked = loop.create_future()
            threading.Thread(target=self._run, args=(loop,), name="monitoring", daemon=True).start()
        asked = self._asked
        await asyncio.wait({asked}, timeout=patience)
        return asked.result() if asked.done() else None

    def last(self, seconds_max: float) -> T | None:
        """Return the last answer unless it is too old."""
        return self._answer if self._age() < seconds_max else None

    def _age(self) -> float:
        return float("inf") if self._answered_at is None else clock.monotonic() - self._answered_at

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        answer = None
        try:
            answer = self._ask()
        finally:
            with suppress(RuntimeError):  # the server has ended meanwhile
                loop.call_soon_threadsafe(self._take, answer)

    def _take(self, answer: T | None) -> None:
        self._answer, self._answered_at = answer, clock.monotonic()
        asked, self._asked = self._asked, None
        if asked is not None:
            asked.set_result(answer)


class Monitoring:
    """Answers for one server and its workers."""

    def __init__(
        self,
        living_workers: Callable[[], Mapping[int, int]],
        workers_wanted: int,
        ask_store: Callable[[], bool],
        read_figures: Callable[[], StoreFigures | None] | None,
        text_of: Callable[[ServerState], bytes],
        certificate_ends_at: Callable[[], int | None],
    ) -> None:
        """`living_workers` and `certificate_ends_at` as in `ServerState`; what asks stores may block."""
        self._living_workers = living_workers
        self._workers_wanted = workers_wanted
        self._store = _Question(ask_store)
        self._figures = _Question(read_figures) if read_figures else None
        self._text_of = text_of
        self._certificate_ends_at = certificate_ends_at
        self._making = asyncio.Lock()
        self._text, self._made_at = b"", -_TEXT_SECONDS

    @property
    def has_workers(self) -> bool:
        """Whether a job would be taken up at once; a server without workers leaves that to others."""
        return not self._workers_wanted or bool(self._living_workers())

    async def why_not_ready(self) -> str | None:
        """Return a sentence that says why a file posted now would wait, None where it would not."""
        if not self.has_workers:
            return "no worker is ready: a file posted now would wait"
        return None if await self._store.answer(_READY_PATIENCE_SECONDS) else "the store does not answer"

    async def metrics(self) -> bytes:
        """Return the metrics as text, which is made once a second at most."""
        async with self._making:
            if clock.monotonic() - self._made_at >= _TEXT_SECONDS:
                self._text = self._text_of(await self._state())
                self._made_at = clock.monotonic()
            return self._text

    async def _state(self) -> ServerState:
        is_store_up = bool(await self._store.answer(_PATIENCE_SECONDS))
        figures = None
        if is_store_up and self._figures is not None:
            await self._figures.answer(_PATIENCE_SECONDS, _FIGURES_SECONDS)
            figures = self._figures.last(_FIGURES_SECONDS_MAX)
        return ServerState(
            is_store_up=is_store_up,
            is_ready=is_store_up and self.has_workers,
            figures=figures,
            workers=self._living_workers(),
            workers_wanted=self._workers_wanted,
            certificate_ends_at=self._certificate_ends_at(),
        )


def monitoring_app(monitoring: Monitoring, *, metrics: bool) -> ASGIApp:
    """Return an application that answers where there is no API; `metrics` says whether it shows them."""

    async def answer(path: str) -> Response:
        if path == "/health/live":
            return JSONResponse({"status": "live"})
        if path == "/health/ready":
            why_not = await monitoring.why_not_ready()
            return JSONResponse({"status": why_not or "ready"}, 503 if why_not else 200)
        if path == "/metrics" and metrics:
            return Response(await monitoring.metrics(), headers={"Content-Type": METRICS_TYPE})
        return Response(
            "There are /health/live, /health/ready and /metrics here.\n", 404, media_type="text/plain"
        )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method in ("GET", "HEAD"):
            response = await answer(request.url.path)
        else:
            response = Response(status_code=405, headers={"Allow": "GET, HEAD"})
        await response(scope, receive, send)

    return app
