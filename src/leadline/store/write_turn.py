"""Fair turns at one embedded store, between threads and processes (queue §8).

SQLite's own waiting is not fair: behind busy workers a call could wait for many seconds.
So writers queue at three lock files, `door`, `gate` and `lock`: each is taken before the
one behind it, and freed when the next one is had. Calls share door and gate, a worker
takes them alone. So the calls that wait go together before the next worker, and calls
that come after a worker go behind it. All fall free when a process dies.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadline.store.process_lock import take_file_lock


@contextmanager
def turn(store: Path, *, worker: bool) -> Iterator[None]:
    """Hold the write turn of a store; calls that wait go before the next chunk of a worker."""
    mode = fcntl.LOCK_EX if worker else fcntl.LOCK_SH
    held = take_file_lock(store.with_suffix(".door"), mode)
    for suffix, next_mode in ((".gate", mode), (".lock", fcntl.LOCK_EX)):
        try:
            behind = take_file_lock(store.with_suffix(suffix), next_mode)
        finally:
            os.close(held)
        held = behind
    try:
        yield
    finally:
        os.close(held)
