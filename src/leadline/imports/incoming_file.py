"""A file that a call brings: written down and looked through in portions, while the rest of it comes.

The event loop only collects what has come. A thread writes it to where it may stay, hashes it and checks its
encoding, so that nothing of that is left to do when the body has ended.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO

from leadline.engine.encoding import FileBytes, Reading
from leadline.engine.header import detect_encoding
from leadline.errors import TRANSIENT, ServiceError
from leadline.store import uploads
from leadline.store.directory import Stores

_MEMORY_BYTES_MAX = 16 * 1024 * 1024
PORTION_BYTES = 1024 * 1024
"""So much is worth a thread while more comes."""

FEW_BYTES = 64 * 1024
"""So little is put down sooner than a thread is woken."""


class IncomingFile:
    """One such file; `open_large` opens what one is written to that is not small, when that shows.

    `coming_bytes` have come and are not put down yet.
    """

    def __init__(self, open_large: Callable[[], IO[bytes]]) -> None:
        self._open_large = open_large
        self._coming: list[bytes] = []
        self.coming_bytes = 0
        self._reading: Reading | None = None
        self._guard = threading.Lock()
        self._is_large = False
        self.content: IO[bytes] = BytesIO()
        self.size = 0
        self.seen: FileBytes | None = None

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        self._coming.append(data)
        self.coming_bytes += len(data)
        self.size += len(data)

    def portion(self) -> Callable[[], None]:
        """Take what has come out of the way of what comes; return what puts it down, before the next one."""
        coming, self._coming, self.coming_bytes = self._coming, [], 0
        return lambda: self._put_down(b"".join(coming))

    def _put_down(self, data: bytes) -> None:
        """Raises `ServiceError` where there is no space for it."""
        with self._guard:
            if self._reading is None:
                self._reading = Reading(detect_encoding(data))
            self._reading.add(data)
            try:
                if not self._is_large and self.content.tell() + len(data) > uploads.INSIDE_BYTES_MAX:
                    self._move()
                self.content.write(data)
                self.content.flush()
            except OSError:
                raise ServiceError(TRANSIENT) from None

    def _move(self) -> None:
        """Go on in what a file is written to that is not small."""
        small, self.content, self._is_large = self.content, self._open_large(), True
        small.seek(0)
        self.content.write(small.read())

    def end(self) -> None:
        """Put down what is left; `seen` says then what was found in the whole file."""
        self.portion()()
        assert self._reading is not None, "it was made with the first portion"
        self.seen = self._reading.end()

    def close(self) -> None:
        """Let go of the file, when nobody writes to it any more. What there was no space for goes, too."""
        with self._guard, suppress(OSError):
            self.content.close()


def incoming_of_nobody() -> IncomingFile:
    """Return a file of which nobody knows yet whose it is: in memory, when it grows in a temporary file."""
    return IncomingFile(lambda: SpooledTemporaryFile(_MEMORY_BYTES_MAX))


class IncomingFiles:
    """Where the files that come are written to."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def of(self, munchkin_id: str) -> IncomingFile:
        """Return a file that is about to come for a subscription."""
        return IncomingFile(lambda: uploads.spool(self._stores.subscription(munchkin_id)))
