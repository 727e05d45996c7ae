"""Polls of a job that was just created: they wait for its end, which is near where its file is small."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

PATIENCE_SECONDS = 1.0
"""So old a job may be whose polls wait; those of a large file are answered as they come."""


class FirstPolls:
    """The jobs of one subscription that were just created; all but `wait` may be called from any thread.

    A client that polls while a worker of the same process works takes half of the worker's time, and one
    that pauses between its polls would learn of the end a pause later.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` returns seconds on a clock that never jumps."""
        self._now = now
        self._until: dict[int, float] = {}
        self._ended = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def queued(self, batch_id: int) -> None:
        """Note a new job, unless a worker was so fast that its end is known already."""
        self._until.setdefault(batch_id, self._now() + PATIENCE_SECONDS)

    def finished(self, batch_id: int) -> None:
        """Let the polls of a job go on."""
        self._until[batch_id] = 0.0
        self._let_look_again()

    def forget(self) -> None:
        """Let all polls go on, and forget the jobs."""
        self._until.clear()
        self._let_look_again()

    def is_young(self, batch_id: int) -> bool:
        """Tell whether a poll of a job has something to wait for."""
        return self._until.get(batch_id, 0.0) > self._now()

    async def wait(self, batch_id: int) -> None:
        """Wait until a job is finished, or is young no more."""
        self._loop = asyncio.get_running_loop()  # before looking: who finishes the job looks for it after
        while (left := self._until.get(batch_id, 0.0) - self._now()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._ended.wait()

    def _let_look_again(self) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the server has ended, and with it all polls
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._ended.set()
        self._ended.clear()
