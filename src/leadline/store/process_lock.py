"""Locks on files: held by a process, and free at once when it dies."""

import fcntl
import os
from pathlib import Path

from leadline.store.file_errors import file_errors


def take_file_lock(path: Path, mode: int) -> int:
    """Wait for a lock on a file, made if need be; return the descriptor that holds it.

    With `LOCK_NB` in the mode raises `BlockingIOError` instead of waiting.
    """
    with file_errors(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, mode)
        except BaseException:
            os.close(descriptor)
            raise
    return descriptor


def holder_of(path: Path) -> int | None:
    """Return the process that took the lock on a file, None where the system does not tell."""
    try:
        found = path.stat()
        lines = Path("/proc/locks").read_text("ascii").splitlines()
    except OSError:
        return None
    file = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    locks = (line.split() for line in lines)  # 1: FLOCK ADVISORY WRITE 4711 fe:00:131 0 EOF
    pids = (words[4] for words in locks if words[1] == "FLOCK" and words[5] == file)
    return next(map(int, pids), None)


def take_liveness_lock(path: Path) -> int:
    """Create and lock a file, which stays locked as long as this process runs; return the descriptor."""
    while True:
        descriptor = take_file_lock(path, fcntl.LOCK_EX)
        if is_at(path, descriptor):
            return descriptor
        os.close(descriptor)  # taken for dead and removed before it was locked


def is_alive(path: Path) -> bool:
    """Return whether the process that took a liveness lock still runs; else the file is removed."""
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_at(path, descriptor):
                path.unlink()
                return False
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)


def is_at(path: Path, descriptor: int) -> bool:
    """Return whether a path still names an open file; a file may be removed only while it is locked."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
