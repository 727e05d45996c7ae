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
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadline.store.process_lock import take_file_lock

_FIRST, _SECOND, _LAST = ".door", ".gate", ".lock"


@contextmanager
def turn(store: Path, *, worker: bool) -> Iterator[None]:
    """Hold the write turn of a store; calls that wait go before the next chunk of a worker."""
    mode = fcntl.LOCK_EX if worker else fcntl.LOCK_SH
    held = take_file_lock(store.with_suffix(_FIRST), mode)
    for suffix, next_mode in ((_SECOND, mode), (_LAST, fcntl.LOCK_EX)):
        try:
            behind = take_file_lock(store.with_suffix(suffix), next_mode)
        finally:
            os.close(held)
        held = behind
    try:
        yield
    finally:
        os.close(held)
