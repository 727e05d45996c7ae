"""A folder that one process has to itself: a temporary one, or one that is kept.

What processes that were killed have left of temporary ones is swept away.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from leadline import clock
from leadline.errors import OperatorError
from leadline.store.data_folder import refuse_folder_of_others
from leadline.store.process_lock import is_alive, take_liveness_lock

_LOCK = "alive.lock"
_BIRTH_SECONDS = 60
"""A folder without a lock may be one that is being made."""


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """Make a folder, and remove it at the end."""
    _sweep(prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    lock = take_liveness_lock(folder / _LOCK)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


@contextmanager
def kept_folder(folder: Path) -> Iterator[Path]:
    """Take the folder of a sandbox, made where it is missing.

    Raises `OperatorError` where another process has it, or where it is the store of a server.
    """
    refuse_folder_of_others(folder, sandbox=True)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_taken = is_alive(folder / _LOCK)
    except OSError as error:
        raise OperatorError(
            f"Cannot use {folder}: {error.strerror}. Give --data another directory."
        ) from error
    if is_taken:
        raise OperatorError(
            f"{folder} is the store of another sandbox, which still runs. Give --data another directory."
        )
    lock = take_liveness_lock(folder / _LOCK)
    try:
        yield folder
    finally:
        (folder / _LOCK).unlink(missing_ok=True)
        os.close(lock)


def _sweep(prefix: str) -> None:
    """Remove the folders of this user whose process is gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError):  # another process sweeps too
            found = folder.stat()
            is_new = clock.now_ms() / 1000 - found.st_mtime < _BIRTH_SECONDS
            if found.st_uid != os.getuid() or (is_new and not (folder / _LOCK).exists()):
                continue
            if not is_alive(folder / _LOCK):
                shutil.rmtree(folder, ignore_errors=True)
