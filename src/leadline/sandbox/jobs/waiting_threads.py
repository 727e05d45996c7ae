"""Work that may wait for jobs, on threads of its own: what does not wait never stands behind it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_threads = ThreadPoolExecutor(64, "waiting")


async def in_waiting_thread(function: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
    """Run work that may wait for a worker."""
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(function, *arguments, **named))
