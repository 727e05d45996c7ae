"""Fair turns at one embedded store, between threads and processes.

SQLite's own waiting is not fair: behind busy workers a call could wait for many seconds.
So writers queue at three lock files, `door`, `gate` and `lock`: each is taken before the
one behind it, and freed when the next one is had. Calls share door and gate, a worker
takes them alone. So the calls that wait go together before the next worker, and calls
that come after a worker go behind it. All fall free when a process dies.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadline.errors import StoreDownError, StoreFaultError, StoreFullError

_FAULTS: dict[int, type[Exception]] = {
    errno.ENOSPC: StoreFullError,
    errno.EMFILE: StoreDownError,
    errno.ENFILE: StoreDownError,
}


def _take(path: Path, mode: int) -> int:
    """Wait for a lock on a file, made if need be; return the descriptor that holds it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _FAULTS.get(error.errno or 0, StoreFaultError)(f"{path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, mode)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def turn(store: Path, *, worker: bool) -> Iterator[None]:
    """Hold the write turn of a store; calls that wait go before the next chunk of a worker."""
    mode = fcntl.LOCK_EX if worker else fcntl.LOCK_SH
    held = _take(store.with_suffix(".door"), mode)
    for suffix, next_mode in ((".gate", mode), (".lock", fcntl.LOCK_EX)):
        try:
            behind = _take(store.with_suffix(suffix), next_mode)
        finally:
            os.close(held)
        held = behind
    try:
        yield
    finally:
        os.close(held)


def take_sign_of_life(path: Path) -> int:
    """Create and lock a file that says "this process lives" until it dies; return the descriptor."""
    while True:
        descriptor = _take(path, fcntl.LOCK_EX)
        if _is_at(path, descriptor):
            return descriptor
        os.close(descriptor)  # taken for dead and removed before it was locked


def is_alive(path: Path) -> bool:
    """Tell whether the process that took the sign still lives; removes the sign of a dead one."""
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, descriptor):
                path.unlink()
                return False
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    """Tell whether an open file is still the one of that name; only who has locked it may remove it."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
