"""Threads for the blocking work of calls: no subscription gets all, and polls never wait behind writes."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")

_THREADS = {False: 24, True: 64}
"""For calls that only read, and for those that may write: polls never wait behind writes."""

_SHARE = {False: 6, True: 4}
"""Of these for one subscription at once. Its store lets one of its writes in at a time anyway."""


class CallThreads:
    """The threads, and how many of them the calls of each subscription hold; used on the event loop alone."""

    def __init__(self) -> None:
        self._pools = {
            writes: ThreadPoolExecutor(count, "write" if writes else "read")
            for writes, count in _THREADS.items()
        }
        self._shares: WeakValueDictionary[tuple[str, bool], asyncio.Semaphore] = WeakValueDictionary()

    async def run(self, function: Callable[[], T], subscription: str, *, writes: bool) -> T:
        """Run blocking work when the subscription has a thread free; `subscription` is "" while unknown.

        A thread that is not waited for any longer counts until its work has ended.
        """
        share = self._shares.setdefault((subscription, writes), asyncio.Semaphore(_SHARE[writes]))
        await share.acquire()
        loop = asyncio.get_running_loop()
        work = self._pools[writes].submit(function)
        work.add_done_callback(lambda _: loop.call_soon_threadsafe(share.release))
        return await asyncio.wrap_future(work)
