"""Signals while pieces are on their way: the first asks for an orderly end, a second for any.

They are Ctrl-C, SIGTERM, and SIGHUP, which comes when a terminal goes: from the system, and from the shell
too, so that a second one of it says nothing new.
"""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from leadline.client.errors import Exit
from leadline.client.events import Listener, Message
from leadline.client.sending.end import End

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Windows has no SIGHUP."""

_FIRST = (
    "Stopping: nothing new is sent, and what the server has taken is waited for. Ctrl-C again leaves at once."
)
_STOPPED = "Stopped as you asked. Run the same command again, and it goes on."


@contextmanager
def interruptible(end: End, tell: Listener) -> Iterator[None]:
    """Let signals end the push that runs in this task; only the main thread of a process gets any."""
    task = asyncio.current_task()
    if task is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def come(number: int) -> None:
        if end.exit is not Exit.INTERRUPTED:
            end.because(Exit.INTERRUPTED, _STOPPED)
            tell(Message(_FIRST))
        elif signal.Signals(number).name != "SIGHUP":
            task.cancel()

    def caught(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(come, number)

    before = {each: signal.getsignal(each) for each in SIGNALS}
    taken = [each for each, handler in before.items() if handler is not signal.SIG_IGN]
    try:
        for each in taken:
            signal.signal(each, caught)
        yield
    finally:
        for each in taken:
            signal.signal(each, before[each])
