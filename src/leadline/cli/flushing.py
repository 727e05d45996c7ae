"""What a server does in regular intervals: counts of calls are stored, removed subscriptions let go."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from leadline.errors import StoreBusyError, StoreFaultError
from leadline.store.directory import Stores
from leadline.subscriptions.call_limits import CallLimits

_FLUSH_SECONDS = 1.0
_LOOK_EVERY = 5
"""With so many flushes the directory is read: what is open of a subscription that was removed is closed."""


@contextmanager
def flushing(call_limits: CallLimits, stores: Stores) -> Iterator[None]:
    """Add what was counted to the store, on a thread of its own and once more at the end.

    A store that is busy or does not answer gets the counts a second later.
    """
    is_over = threading.Event()

    def flush_until_over() -> None:
        is_last, looks = False, itertools.cycle(range(_LOOK_EVERY))
        while not is_last:
            is_last = is_over.wait(_FLUSH_SECONDS)
            with suppress(StoreBusyError, StoreFaultError):
                call_limits.flush()
                if next(looks) == 0:
                    stores.directory()

    flusher = threading.Thread(target=flush_until_over, daemon=True)
    flusher.start()
    try:
        yield
    finally:
        is_over.set()
        flusher.join()
