"""Blocking work of a call, within the time that an answer may take (contract §10)."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, AsyncExitStack
from typing import TypeVar

from leadline.api.call import Services
from leadline.errors import TIMED_OUT, ServiceError

T = TypeVar("T")


async def in_thread(
    services: Services,
    function: Callable[[], T],
    subscription: str = "",
    *,
    writes: bool = False,
    patience: int = 1,
) -> T:
    """Run blocking work on a thread of a subscription; raises `ServiceError` 604 when it takes too long.

    That is `patience` times what is usual for an answer.
    """
    try:
        async with asyncio.timeout(services.settings.times.answer_seconds * patience):
            return await services.threads.run(function, subscription, writes=writes)
    except TimeoutError:
        raise ServiceError(TIMED_OUT) from None


async def enter_in_thread(
    services: Services, stack: AsyncExitStack, permit: AbstractContextManager[None], subscription: str
) -> None:
    """Enter a permit on a thread; `stack` leaves it, and one that is entered too late is left at once."""
    lock, is_late = threading.Lock(), threading.Event()

    def enter() -> None:
        permit.__enter__()
        with lock:
            if not is_late.is_set():
                stack.push(permit)
                return
        permit.__exit__(None, None, None)

    try:
        await in_thread(services, enter, subscription)
    except BaseException:
        with lock:
            is_late.set()
        raise
