"""The memory that an import leaves behind: kept for the next one, given back when none comes for a while."""

import ctypes
from contextlib import suppress

from leadline import clock
from leadline.errors import StoreBusyError, StoreFaultError
from leadline.store.directory import Stores

_QUIET_SECONDS = 10.0


class KeptMemory:
    """What a worker holds after it has worked: pages of its stores, and what the C library has not returned.

    After 10 MB that is more than the worker itself. What the data-frame libraries free goes back by itself.
    """

    def __init__(self, stores: Stores, quiet_seconds: float = _QUIET_SECONDS) -> None:
        self._stores = stores
        self._quiet_seconds = quiet_seconds
        self._worked_at: float | None = None

    def note_work(self) -> None:
        """Note that something was done."""
        self._worked_at = clock.monotonic()

    def give_back_when_quiet(self) -> None:
        """Give it back when nothing was done for a while, once."""
        if self._worked_at is None or clock.monotonic() - self._worked_at < self._quiet_seconds:
            return
        self._worked_at = None
        with suppress(StoreBusyError, StoreFaultError):  # a store that fails says so when it is used
            self._stores.release_memory()
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # the GNU library alone has it, and needs it
        if trim is not None:
            trim(0)
