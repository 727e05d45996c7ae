"""Checks of secrets, apart from all other work: each takes processor and memory on purpose (contract §1)."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from typing import TypeVar
from weakref import WeakValueDictionary

from leadline.errors import UNAVAILABLE, ServiceError

T = TypeVar("T")

_AT_ONCE = 2
_WAITING_MAX = 256
"""In all; of one address a quarter of these. Who comes then is asked to come again."""


class SecretChecks:
    """Two checks at once, each address in a line of its own; used on the event loop alone.

    Where a client is named, its checks stand in a line of their own as well: a person who logs in can be
    let wait, and whoever guesses a secret from many addresses gets one guess at a time.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_AT_ONCE, "secret")
        self._lines: WeakValueDictionary[tuple[str, str], _Line] = WeakValueDictionary()
        self._waiting = 0

    async def run(self, function: Callable[[], T], address: str, client_id: str | None = None) -> T:
        """Run a check in its turn; raises `ServiceError` 608 when too many wait already."""
        names = [("address", address)] if client_id is None else [("address", address), ("client", client_id)]
        lines = [self._lines.setdefault(name, _Line()) for name in names]  # always taken in this order
        if self._waiting >= _WAITING_MAX:
            raise ServiceError(UNAVAILABLE)
        self._waiting += 1
        try:
            async with AsyncExitStack() as turns:
                for line in lines:  # one address stands once in the line of a client
                    turns.enter_context(line.waited_for())
                    await turns.enter_async_context(line.turn)
                return await asyncio.get_running_loop().run_in_executor(self._pool, function)
        finally:
            self._waiting -= 1


class _Line:
    """The checks that an address, or a client, waits for."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.waiting = 0

    @contextmanager
    def waited_for(self) -> Iterator[None]:
        """Count one check more, until it is done; raises `ServiceError` 608 when too many wait already."""
        if self.waiting >= _WAITING_MAX // 4:
            raise ServiceError(UNAVAILABLE)
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1
