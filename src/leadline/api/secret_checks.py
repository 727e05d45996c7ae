"""Checks of secrets, apart from all other work: each takes processor and memory on purpose (contract §1)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from weakref import WeakValueDictionary

from leadline.errors import UNAVAILABLE, ServiceError

T = TypeVar("T")

_AT_ONCE = 2
_WAITING_MAX = 256
"""In all; of one address a quarter of these. Who comes then is asked to come again."""


class SecretChecks:
    """Two checks at once, each address in a line of its own; used on the event loop alone."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_AT_ONCE, "secret")
        self._lines: WeakValueDictionary[str, _Line] = WeakValueDictionary()
        self._waiting = 0

    async def run(self, function: Callable[[], T], address: str) -> T:
        """Run a check in its turn; raises `ServiceError` 608 when too many wait already."""
        line = self._lines.setdefault(address, _Line())
        if self._waiting >= _WAITING_MAX or line.waiting >= _WAITING_MAX // 4:
            raise ServiceError(UNAVAILABLE)
        self._waiting += 1
        line.waiting += 1
        try:
            async with line.turn:
                return await asyncio.get_running_loop().run_in_executor(self._pool, function)
        finally:
            self._waiting -= 1
            line.waiting -= 1


class _Line:
    """The checks that an address waits for."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.waiting = 0
