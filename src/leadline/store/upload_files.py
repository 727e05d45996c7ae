"""The uploads of an embedded store that are files, in a folder beside it (decision 0035).

Such a file is written once and is durable before a transaction names it. Until that transaction has ended
it is locked; a file that no transaction has named and nobody has locked is an orphan, which a crash has left.
"""

import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from io import BufferedRandom, FileIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from leadline.errors import StoreFaultError
from leadline.store.file_errors import file_errors
from leadline.store.process_lock import is_alive, take_liveness_lock

_COPIED_BYTES = 1024 * 1024


class UnnamedFile(BufferedRandom):
    """A file without a name, of which a crash leaves nothing."""


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

    def unnamed(self) -> IO[bytes]:
        """Open a file to which `added` gives a name; where the file system has no such, one to be copied."""
        self._make_folder()
        folder = self.folder
        with file_errors(folder):
            try:
                descriptor = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
            except OSError:  # file systems say so in many ways; what is wrong with the folder is said again
                return TemporaryFile(dir=folder)
        return UnnamedFile(FileIO(descriptor, "r+b"))

    @contextmanager
    def added(self, name: str, content: IO[bytes]) -> Iterator[None]:
        """Write a file, and lock it until the block ends, which decides whether a transaction names it.

        Raises `StoreFullError`, `StoreFilesError` or `StoreFaultError`, and then there is no file.
        """
        path = self._path(name)
        self._make_folder()
        lock = _named(content, path)
        try:
            try:
                with file_errors(path):
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
                self._store.stat()  # nothing is made beside a store that is gone
                folder.mkdir(mode=0o700, exist_ok=True)
                self._sync_folder(folder.parent)

    def _sync_folder(self, folder: Path) -> None:
        with _opened(folder) as descriptor:
            self._sync(descriptor)

    def _sync(self, descriptor: int) -> None:
        if self._durable:
            os.fsync(descriptor)

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return at most so many bytes from an offset on; none where there is no such file."""
        path = self._path(name)
        with file_errors(path), suppress(FileNotFoundError), path.open("rb", buffering=0) as file:
            return os.pread(file.fileno(), count, offset)
        return b""

    @contextmanager
    def held(self) -> Iterator["HeldFiles"]:
        """Hold all files open that there are: they can be read though they are removed meanwhile.

        One that the system refuses to open is none, and a pipe, which nobody may write to, is not waited for.
        Raises `StoreFilesError` where the process may not have so many open.
        """
        held = HeldFiles()
        try:
            for name in self.names():
                path = self._path(name)
                with suppress(StoreFaultError), file_errors(path):
                    held.descriptors[name] = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            yield held
        finally:
            for descriptor in held.descriptors.values():
                os.close(descriptor)

    def size(self, name: str) -> int | None:
        """Return how many bytes a file has, None where there is none, or the system refuses to look at it."""
        with suppress(OSError):
            return _size(self._path(name).stat())
        return None

    def names(self) -> list[str]:
        """Return the names of all files."""
        with file_errors(self.folder), suppress(FileNotFoundError):
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


class HeldFiles:
    """Files that are held open, by their names."""

    def __init__(self) -> None:
        self.descriptors: dict[str, int] = {}

    def size(self, name: str) -> int | None:
        """Return how many bytes a file has, None where it is not among them."""
        descriptor = self.descriptors.get(name)
        return None if descriptor is None else _size(os.fstat(descriptor))

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return at most so many bytes from an offset on."""
        return os.pread(self.descriptors[name], count, offset)


def _size(found: os.stat_result) -> int | None:
    """Return how many bytes a file has; what is a folder or a pipe has none that could be an upload."""
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _named(content: IO[bytes], path: Path) -> int:
    """Bring a file under a name; return a descriptor that has it locked."""
    if isinstance(content, UnnamedFile):
        with suppress(OSError):  # a name may be given once, and not everywhere
            return _linked(content, path)
    return _copied(content, path)


def _linked(content: UnnamedFile, path: Path) -> int:
    content.flush()
    lock = os.dup(content.fileno())
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _opened(path.parent) as folder:  # linked through /proc only so
            os.link(f"/proc/self/fd/{lock}", path.name, dst_dir_fd=folder)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _copied(content: IO[bytes], path: Path) -> int:
    lock = take_liveness_lock(path)
    try:
        with file_errors(path), open(lock, "wb", buffering=0, closefd=False) as file:
            content.seek(0)
            shutil.copyfileobj(content, file, _COPIED_BYTES)
    except BaseException:
        path.unlink()
        os.close(lock)
        raise
    return lock


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
