"""The uploads of an embedded store that are files, in a folder beside it (decision 0035).

Such a file is written once and is durable before a transaction names it. Until that transaction has ended
it is locked; a file that no transaction has named and nobody has locked is an orphan, which a crash has left.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import IO

from leadline.store.file_errors import file_errors
from leadline.store.process_lock import is_alive, take_liveness_lock


class UploadFiles:
    """The folder of these files, made with the first one."""

    def __init__(self, store: Path, *, durable: bool) -> None:
        """Without `durable`, a file survives the death of the process, not that of the machine."""
        self._store = store
        self._durable = durable

    @cached_property
    def folder(self) -> Path:
        """Where they are: beside the store itself, where its path is a link."""
        return self._store.resolve().with_suffix(".uploads")

    def _path(self, name: str) -> Path:
        return self.folder / name

    @contextmanager
    def added(self, name: str, content: IO[bytes]) -> Iterator[None]:
        """Write a file, and lock it until the block ends, which decides whether a transaction names it.

        Raises `StoreFullError`, `StoreFilesError` or `StoreFaultError`, and then there is no file.
        """
        path = self._path(name)
        self._make_folder()
        lock = take_liveness_lock(path)
        try:
            try:
                with file_errors(path), open(lock, "wb", buffering=0, closefd=False) as file:
                    content.seek(0)
                    shutil.copyfileobj(content, file, 1 << 20)
                    self._sync(lock)
                    self._sync_folder(self.folder)
            except BaseException:
                self.remove(name)
                raise
            yield
        finally:
            os.close(lock)

    def _make_folder(self) -> None:
        folder = self.folder
        if not folder.is_dir():
            with file_errors(folder):
                folder.mkdir(mode=0o700, exist_ok=True)
                self._sync_folder(folder.parent)

    def _sync_folder(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._sync(descriptor)
        finally:
            os.close(descriptor)

    def _sync(self, descriptor: int) -> None:
        if self._durable:
            os.fsync(descriptor)

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return at most so many bytes from an offset on; none where there is no such file."""
        path = self._path(name)
        with file_errors(path), suppress(FileNotFoundError), path.open("rb", buffering=0) as file:
            return os.pread(file.fileno(), count, offset)
        return b""

    def size(self, name: str) -> int | None:
        """Return how many bytes a file has, None where there is none."""
        with suppress(FileNotFoundError):
            return self._path(name).stat().st_size
        return None

    def names(self) -> list[str]:
        """Return the names of all files."""
        with suppress(FileNotFoundError):
            return os.listdir(self.folder)
        return []

    def remove(self, name: str) -> None:
        """Remove a file; one that cannot be removed now is an orphan, which is removed later."""
        with suppress(OSError):
            self._path(name).unlink()

    def remove_unless_locked(self, name: str) -> None:
        """Remove a file of which no transaction knows, unless one may yet name it."""
        with suppress(OSError):
            is_alive(self._path(name))

    def remove_all(self) -> None:
        """Remove the folder: its store is gone."""
        shutil.rmtree(self.folder, ignore_errors=True)
