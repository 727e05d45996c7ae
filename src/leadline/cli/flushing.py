"""The counts of calls, which are kept in memory, are added to the store every second."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from leadline.errors import StoreBusyError, StoreFaultError
from leadline.subscriptions.call_limits import CallLimits

_FLUSH_SECONDS = 1.0


@contextmanager
def flushing(call_limits: CallLimits) -> Iterator[None]:
    """Add what was counted to the store, on a thread of its own and once more at the end.

    A store that is busy or does not answer gets the counts a second later.
    """
    is_over = threading.Event()

    def flush_until_over() -> None:
        is_last = False
        while not is_last:
            is_last = is_over.wait(_FLUSH_SECONDS)
            with suppress(StoreBusyError, StoreFaultError):
                call_limits.flush()

    flusher = threading.Thread(target=flush_until_over, daemon=True)
    flusher.start()
    try:
        yield
    finally:
        is_over.set()
        flusher.join()
