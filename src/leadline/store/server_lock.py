"""One server at a time has a folder of embedded stores: what it counts and knows is in its memory.

The lock is the system's: it ends with the process that has it, however that ends. Workers do not have it, so
those of a server that was killed keep the next one from nothing.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from leadline.errors import OperatorError
from leadline.store.data_folder import folder_errors, refuse_folder_of_others
from leadline.store.process_lock import holder_of, is_at

_LOCK = "server.lock"


@contextmanager
def sole_server(folder: Path, *, sandbox: bool) -> Iterator[None]:
    """Take a folder, made where it is missing, for one server, and let go of it at the end.

    Raises `OperatorError` where another server has it, where it is of the other kind, and where it lies
    on a file system without locks.
    """
    refuse_folder_of_others(folder, sandbox=sandbox)
    is_new = not folder.exists()
    descriptor = _take(folder)
    try:
        with suppress(OSError):  # a full disk: who comes next is told less
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} on {socket.gethostname()}".encode(), 0)
        yield
    finally:
        if is_new:
            _remove_unused(folder)
        os.close(descriptor)


def _take(folder: Path) -> int:
    """Return the descriptor that has the lock; who removed the file before it was locked has made none."""
    path = folder / _LOCK
    while True:
        with folder_errors(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(descriptor, path)
        except BaseException:
            os.close(descriptor)
            raise
        if is_at(path, descriptor):
            return descriptor
        os.close(descriptor)


def _remove_unused(folder: Path) -> None:
    """Remove a folder that was made for a server which then could not start."""
    with suppress(OSError):
        if [each.name for each in folder.iterdir()] == [_LOCK]:
            (folder / _LOCK).unlink()
            folder.rmdir()


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OperatorError(
            f"{path.parent} is in use by another server, {_holder(path)}. Stop that one, or give --data "
            "another directory: an embedded store has one server."
        ) from error
    except OSError as error:
        raise OperatorError(
            f"{path.parent} is on a file system that has no locks: {error.strerror}. Give --data a directory "
            "on a disk of this machine."
        ) from error


def _holder(path: Path) -> str:
    """Return which process has the lock; the system knows best, but not of another machine or container."""
    if pid := holder_of(path):
        return f"process {pid}"
    with suppress(OSError, UnicodeDecodeError):
        if told := path.read_text("ascii"):
            return f"process {told}"
    return "which begins just now"
