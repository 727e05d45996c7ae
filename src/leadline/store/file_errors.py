"""What the system says of a file, as errors of a store."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadline.errors import StoreFaultError, StoreFilesError, StoreFullError
from leadline.store.open_files import descriptors_max


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Raise `StoreFullError`, `StoreFilesError` or `StoreFaultError` where the system refuses a file.

    A lock that somebody else has is no fault: `BlockingIOError` goes through.
    """
    try:
        yield
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise StoreFilesError(str(path), descriptors_max()) from error
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (StoreFullError if is_full else StoreFaultError)(f"{path}: {error.strerror}") from error
