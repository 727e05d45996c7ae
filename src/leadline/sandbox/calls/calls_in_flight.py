"""The calls of a subscription that are being answered, and the way to keep others waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LEAVING_SECONDS = 1.0
"""Calls in flight get so long before the subscription is changed under them."""


class CallsInFlight:
    """Counts the calls of one subscription; used on the event loop alone."""

    def __init__(self) -> None:
        self.changes = 0
        """How often the subscription was changed under its calls."""
        self._count = 0
        self._changing = asyncio.Lock()
        self._none_left = asyncio.Event()
        self._none_left.set()

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Answer a call within; it waits while the subscription is changed."""
        while self._changing.locked():
            async with self._changing:
                pass
        self._count += 1
        self._none_left.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none_left.set()

    @asynccontextmanager
    async def kept_out(self) -> AsyncIterator[None]:
        """Change the subscription within: calls in flight end before, if they do so soon, new ones wait."""
        async with self._changing:
            try:
                async with asyncio.timeout(LEAVING_SECONDS):
                    await self._none_left.wait()
            except TimeoutError:
                pass  # a call that hangs, by a fault or a slow client, meets what comes
            self.changes += 1
            yield
