"""Fair turns at one embedded store, between threads and processes.

SQLite's own waiting is not fair: behind busy workers a call could wait for many seconds. So
whoever wants to write takes three file locks in this order, and frees each one as soon as it
has the next:

1. the first, `.door`, orders calls and workers by when they came;
2. the second, `.gate`, is held by all calls that wait together, or by one worker;
3. the last, `.lock`, belongs to the one writer, until its transaction ends.

Calls share the first two locks, a worker takes them alone. So the calls that wait go together
before the next worker, and calls that come after a worker go behind it. The system frees all
three when a process dies.

A process that is suspended frees nothing, and the system lets nobody wait for a file lock for a
limited time. So where a turn cannot be had at once, a thread of its own waits for it. Who gives up
leaves that thread in the line: the next one of this process takes over its place, so that there
are never more threads than there were writers at once.
"""

import fcntl
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadline import clock
from leadline.errors import StoreBusyError, StoreFaultError, StoreHeldError
from leadline.store.process_lock import holder_of, take_file_lock

_FIRST, _SECOND, _LAST = ".door", ".gate", ".lock"
_PATIENCE_SECONDS = {False: 15.0, True: 5.0}
"""By whether it is a worker, whose other subscriptions wait meanwhile. A call outwaits a frozen worker, which
its server kills after ten seconds."""

_PATIENCE_SECONDS_MIN = 0.1
"""For who takes over a place whose time is over: its turn may come this very moment."""

_NEWS_SECONDS = 60.0
"""After so long it is worth saying again that a turn is still held."""

_guard = threading.Lock()
_left: defaultdict[tuple[Path, bool], list["_Place"]] = defaultdict(list)
"""Places in the lines whose owners have given up."""


@contextmanager
def turn(store: Path, *, worker: bool) -> Iterator[None]:
    """Hold the write turn of a store; calls that wait go before the next chunk of a worker.

    Raises `StoreHeldError` when others hold it for too long.
    """
    try:
        held = _take(store, worker, fcntl.LOCK_NB)
    except BlockingIOError:
        held = _wait(store, worker)
    try:
        yield
    finally:
        os.close(held)


def _take(store: Path, worker: bool, how: int = 0) -> int:
    """Take the three locks one after the other; return the descriptor that holds the last."""
    mode = fcntl.LOCK_EX if worker else fcntl.LOCK_SH
    held = take_file_lock(store.with_suffix(_FIRST), mode | how)
    for suffix, next_mode in ((_SECOND, mode), (_LAST, fcntl.LOCK_EX)):
        try:
            behind = take_file_lock(store.with_suffix(suffix), next_mode | how)
        finally:
            os.close(held)
        held = behind
    return held


def _wait(store: Path, worker: bool) -> int:
    """Wait for the turn as long as a place in the line is worth it."""
    with _guard:
        left = _left.get((store, worker))
        place = left.pop() if left else _Place(store, worker)
        place.is_wanted = True
    return place.wait()


class _Place:
    """A place in the line for one turn, where a thread stands."""

    def __init__(self, store: Path, worker: bool) -> None:
        self._store, self._worker = store, worker
        self._until = clock.monotonic() + _PATIENCE_SECONDS[worker]
        self._news_at = self._until
        self._has_come = threading.Event()
        self._held: int | None = None
        self._error: StoreBusyError | StoreFaultError | OSError | None = None
        self.is_wanted = False
        threading.Thread(target=self._stand, name="write-turn", daemon=True).start()

    def wait(self) -> int:
        """Return the descriptor of the last lock.

        Raises `StoreHeldError` when the time of the place is over; where it was so before, almost at once.
        """
        self._has_come.wait(max(self._until - clock.monotonic(), _PATIENCE_SECONDS_MIN))
        with _guard:
            if self._error is not None:
                raise self._error
            if self._held is not None:
                return self._held
            self.is_wanted = False
            _left[self._store, self._worker].append(self)
        raise self._held_too_long()

    def _held_too_long(self) -> StoreHeldError:
        now, text = clock.monotonic(), f"others hold the write turn of {self._store}"
        if now < self._news_at:
            return StoreHeldError(text)
        self._news_at = now + _NEWS_SECONDS
        holders = (holder_of(self._store.with_suffix(each)) for each in (_LAST, _SECOND, _FIRST))
        return StoreHeldError(text, next(filter(None, holders), None), is_news=True)

    def _stand(self) -> None:
        """Take the turn and hand it over, or free it where nobody wants it any longer."""
        held: int | None = None
        error: StoreBusyError | StoreFaultError | OSError | None = None
        try:
            held = _take(self._store, self._worker)
        except (StoreBusyError, StoreFaultError, OSError) as fault:
            error = fault
        with _guard:
            self._held, self._error = held, error
            if not self.is_wanted:
                self._leave()
        self._has_come.set()

    def _leave(self) -> None:
        line = _left[self._store, self._worker]
        line.remove(self)
        if not line:
            del _left[self._store, self._worker]
        if self._held is not None:
            os.close(self._held)
