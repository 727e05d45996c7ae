"""The manifest on the disk: a line is there, whole and for good, before what it says is done."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from leadline.client.errors import Exit, PushError
from leadline.client.manifest.course import Course
from leadline.client.manifest.lines import Line, read_line, written
from leadline.client.manifest.lock import take_lock

_BLOCK = 1024 * 1024
_BEGINNING = b'{"at":"'
"""How each line of a manifest begins."""

_BINARY = getattr(os, "O_BINARY", 0)


class Journal:
    """A manifest that this process alone writes; `course` is what its lines say."""

    def __init__(self, path: Path) -> None:
        """Open and lock it, make it where it is not there; raises `PushError`."""
        self.path = path
        try:
            is_new = not path.exists()
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, 0o666)
        except OSError as error:
            raise PushError(
                f"The manifest {path} cannot be written: {error.strerror}. Name another place for it "
                "with --manifest."
            ) from None
        try:
            self._begin(is_new)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)
        if self._size == 0:  # nothing was begun
            self.path.unlink(missing_ok=True)

    def append(self, line: Line) -> None:
        """Write a line; it is on the disk then. Raises `PushError`, and then nothing of it is there."""
        self.course.check(line)
        data = f"{written(line)}\n".encode()
        try:
            if os.write(self._file, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise PushError(
                f"The manifest {self.path} cannot be written: {error.strerror}. Nothing more is sent. Make "
                "room, and run the same command again.",
                exit_code=Exit.UNFINISHED,
            ) from None
        self._size += len(data)
        self.course.take(line)

    def _begin(self, is_new: bool) -> None:
        try:
            is_locked = take_lock(self._file)
        except OSError as error:
            raise PushError(
                f"The manifest {self.path} cannot be locked: {error.strerror}. Name a place for it with "
                "--manifest where files can be."
            ) from None
        if not is_locked or os.fstat(self._file).st_nlink == 0:  # who had it has just removed it
            raise PushError(f"Another push is at work with the manifest {self.path}: wait for its end.")
        self.course, self._size = _read(self.path, self._bytes())
        os.ftruncate(self._file, self._size)
        if is_new and os.name == "posix":
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _bytes(self) -> bytes:
        os.lseek(self._file, 0, os.SEEK_SET)
        parts = []
        while part := os.read(self._file, _BLOCK):
            parts.append(part)
        return b"".join(parts)


def read_manifest(path: Path) -> Course:
    """Return what a manifest says, whoever may be writing it; raises `PushError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PushError(f"The manifest {path} cannot be read: {error.strerror}.") from None
    course, _ = _read(path, data)
    if course.plan is None:
        raise PushError(f"{path} is no manifest of a push.")
    return course


def _read(path: Path, data: bytes) -> tuple[Course, int]:
    """Return the course that lines say, and where the last whole one ends: a torn one is of no account.

    Where none is whole, it may be a file of somebody's that is about to be written over.
    """
    course, end = Course(), data.rfind(b"\n") + 1
    torn = data[end:].rstrip(b"\0")
    if not end and torn[: len(_BEGINNING)] != _BEGINNING[: len(torn)]:
        raise _foreign(path, 1)
    for number, line in enumerate(data[:end].split(b"\n")[:-1], 1):
        try:
            course.take(read_line(line.decode()))
        except (ValueError, KeyError, TypeError):
            raise _foreign(path, number) from None
    return course, end


def _foreign(path: Path, line: int) -> PushError:
    return PushError(
        f"Line {line} of the manifest {path} is none that a push writes. Name another manifest, or remove it "
        "where you know what has become of its push."
    )
