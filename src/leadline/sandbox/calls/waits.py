"""Calls that wait on purpose: they go on when their time is over, their sender leaves or all are let go."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Waits:
    """The waits of one subscription; `let_go` may be called from any thread."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def wait(self, seconds: float, sender_left: Coroutine[Any, Any, None] | None = None) -> None:
        """Wait for real time, or until `sender_left` ends."""
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        self._waiting.add(event)
        tasks: list[asyncio.Task[Any]] = [asyncio.create_task(event.wait())]
        if sender_left is not None:
            tasks.append(asyncio.create_task(sender_left))
        try:
            await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting.discard(event)
            for task in tasks:
                task.cancel()

    def let_go(self) -> None:
        """End all waits."""
        for event in list(self._waiting):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(event.set)
