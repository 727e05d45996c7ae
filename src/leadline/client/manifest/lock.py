"""A lock that goes with the process which holds it, on the systems that Python runs on."""

import sys

_FAR = 2**30
"""Windows locks bytes and keeps them from readers: so far behind its beginning no manifest has any."""


def take_lock(descriptor: int) -> bool:
    """Lock an open file for this process alone; return whether that went well. Raises `OSError`."""
    if sys.platform == "win32":
        import msvcrt
        import os

        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
