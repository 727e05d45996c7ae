"""Temporary folders: what processes that were killed have left of them is swept away."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from leadline import clock
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
