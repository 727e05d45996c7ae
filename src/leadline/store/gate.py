"""Fair turns at one embedded store, between threads and processes.

SQLite's own waiting is not fair: behind busy workers a call could wait for many seconds.
So writers queue at two lock files. A call takes `gate` shared, then `lock`; a worker
takes `gate` exclusively, then `lock`, then frees `gate`. Both fall free when a process
dies.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def _held(path: Path, mode: int) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, mode)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def turn(store: Path, *, worker: bool) -> Iterator[None]:
    """Hold the write turn of a store; calls go before the next chunk of a worker."""
    gate, lock = store.with_suffix(".gate"), store.with_suffix(".lock")
    waiting = _held(gate, fcntl.LOCK_EX if worker else fcntl.LOCK_SH)
    waiting.__enter__()
    try:
        holding = _held(lock, fcntl.LOCK_EX)
        holding.__enter__()
    finally:
        waiting.__exit__(None, None, None)
    try:
        yield
    finally:
        holding.__exit__(None, None, None)


def take_sign_of_life(path: Path) -> int:
    """Create and lock a file that says "this process lives" until it dies; return the descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def is_alive(path: Path) -> bool:
    """Tell whether the process that took the sign still lives; removes the sign of a dead one."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(descriptor)
