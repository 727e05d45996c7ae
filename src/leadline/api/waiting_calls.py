"""Calls that wait on purpose for something to be done; they hold no thread while they do."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from leadline import clock

_CALLS_MAX = 4
"""So many calls of a subscription wait at once; further ones are answered at once."""

_PAUSE_SECONDS, _PAUSE_SECONDS_MAX = 0.05, 1.0


class WaitingCalls:
    """The calls that wait, by subscription; used on the event loop alone."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()

    async def until(self, is_done: Callable[[], Awaitable[bool]], subscription: str, seconds: float) -> None:
        """Ask whether something is done, at once and again in growing intervals, as long as there is time."""
        ends, pause = clock.monotonic() + seconds, _PAUSE_SECONDS
        with self._place(subscription) as may_wait:
            while not await is_done() and may_wait and (left := ends - clock.monotonic()) > 0:
                await asyncio.sleep(min(pause, left))
                pause = min(2 * pause, _PAUSE_SECONDS_MAX)

    @contextmanager
    def _place(self, subscription: str) -> Iterator[bool]:
        if self._waiting[subscription] >= _CALLS_MAX:
            yield False
            return
        self._waiting[subscription] += 1
        try:
            yield True
        finally:
            self._waiting[subscription] -= 1
            if not self._waiting[subscription]:
                del self._waiting[subscription]
