"""All files of an embedded store: how many bytes they take, and how they are removed."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from leadline.store.file_errors import file_errors

_LOGS = ("-wal", "-shm", "-journal")
_LOCKS = (".door", ".gate", ".lock")
_UPLOADS = ".uploads"
_UPLOAD_NAME = re.compile("[0-9a-f]{32}")
_ROUNDS = 3
"""A call in flight may make a lock or a log anew while the others are removed."""


def bytes_of(store: Path) -> int:
    """Return how many bytes a store takes on the disk, with its log and uploads."""
    return sum(_size(each) for each in _files(store))


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


def remove(store: Path) -> None:
    """Remove a store and what belongs to it, itself first, so that nobody opens it any more.

    Where its path is a link, what that leads to goes as well, and the link last: a removal that was killed
    finds the rest by it. Raises `StoreFaultError` where the system refuses.
    """
    folders = {store.parent, _real(store).parent}
    for _ in range(_ROUNDS):
        for each in (*_files(store), *_folders(store), *_locks(store), store):
            _remove_one(each)
        if not any(map(os.path.lexists, (*_files(store), *_folders(store), *_locks(store)))):
            break
    for folder in folders:
        _sync(folder)


def _real(path: Path) -> Path:
    """Return where a path leads, be it to nowhere."""
    return Path(os.path.realpath(path))


def _files(store: Path) -> Iterator[Path]:
    """Yield the files that hold data: the store, its logs, its uploads."""
    file = _real(store)
    yield file
    yield from (Path(f"{file}{suffix}") for suffix in _LOGS)
    with suppress(OSError):
        uploads = file.with_suffix(_UPLOADS)
        yield from (uploads / name for name in sorted(os.listdir(uploads)) if _UPLOAD_NAME.fullmatch(name))


def _folders(store: Path) -> Iterator[Path]:
    """Yield the folder of the uploads, and the link to it where it is elsewhere."""
    uploads = _real(store).with_suffix(_UPLOADS)
    if uploads.is_symlink():
        yield _real(uploads)
    yield uploads


def _locks(store: Path) -> Iterator[Path]:
    return (store.with_suffix(suffix) for suffix in _LOCKS)


def _remove_one(path: Path) -> None:
    with file_errors(path), suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()


def _sync(folder: Path) -> None:
    """Let what was removed from a folder stay so when the power fails."""
    with file_errors(folder):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
