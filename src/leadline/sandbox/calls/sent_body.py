"""The body of a call on its way in: seen as it passes, or read ahead and passed on later."""

import hashlib
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import IO
from urllib.parse import parse_qs

from multipart import MultipartError, MultipartSegment, PushMultipartParser
from starlette.types import Message, Receive

from leadline.api.multipart import PART_HEADER_BYTES_MAX, parse_boundary
from leadline.api.params import FORM_TYPE, media_type
from leadline.errors import ServiceError
from leadline.imports.rows import data_rows
from leadline.model.jobs import FileFormat

_FORM_BYTES_MAX = 1024 * 1024
_SPOOLED_BYTES_MAX = 1024 * 1024
NAMES_MAX, VALUES_MAX, VALUE_MAX = 100, 1000, 1000
"""So much of what a query or a form says is kept: names, values of each, characters of a value."""

_UNCOUNTED_BYTES_MAX = 4096
"""Rows of a file up to this size are counted when somebody asks: it would take time from its import."""

_counters = ThreadPoolExecutor(1, "rows")
"""Those of larger files are counted beside the work, so that no answer waits for it and no file is kept."""


def fields_of(text: str) -> dict[str, list[str]]:
    """Return what a query or an urlencoded form says, as far as it is kept."""
    found = parse_qs(text, keep_blank_values=True, errors="replace")
    return {
        name[:VALUE_MAX]: [value[:VALUE_MAX] for value in values[:VALUES_MAX]]
        for name, values in islice(found.items(), NAMES_MAX)
    }


class SeenForm:
    """What is known of the form that a body holds: names, values of fields, hash and rows of the file."""

    def __init__(self, content_type: str, query_format: str | None) -> None:
        self._format = query_format
        self.names: list[str] = []
        self.fields: dict[str, list[str]] = {}
        self.files: list[str] = []
        self.sha256: str | None = None
        self._urlencoded = bytearray() if media_type(content_type) == FORM_TYPE else None
        self._parser = _parser_of(content_type)
        self._part: MultipartSegment | None = None
        self._value = bytearray()
        self._hash = hashlib.sha256()
        self._open_spool = tempfile.SpooledTemporaryFile
        self._file: IO[bytes] | None = None
        self._count: Callable[[], int | None] | None = None
        self._counting = threading.Lock()
        self._rows: int | None = None

    def see(self, block: bytes) -> None:
        """Look at the next bytes; what is no form any more is not looked at further."""
        if self._urlencoded is not None and len(self._urlencoded) <= _FORM_BYTES_MAX:
            self._urlencoded += block
        if self._parser is None or self._parser.closed:
            return
        try:
            for event in self._parser.parse(block):
                self._take(event)
        except (MultipartError, OSError):
            self._parser = None

    def end(self) -> None:
        """Say that the body has ended."""
        if self._urlencoded is not None:
            self.fields = fields_of(self._urlencoded.decode("utf-8", "replace"))
            self.names = list(self.fields)
            self._urlencoded = None
        self._parser = None
        if self._file is not None:
            chosen = self._format or self.fields.get("format", ["csv"])[0]
            file, self._file = self._file, None
            self._count = partial(_rows_of, file, chosen.strip().lower())
            if file.tell() > _UNCOUNTED_BYTES_MAX:
                _counters.submit(self.rows)

    def close(self) -> None:
        """Let go of a body that did not come to its end."""
        self._parser = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def rows(self) -> int | None:
        """Return how many data rows the file has, None where there is none that can be read."""
        with self._counting:
            if self._count is not None:
                self._rows, self._count = self._count(), None
        return self._rows

    def _take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._part = event
            self.names.append(event.name)
            if event.name == "file":
                self.files.append(event.name)
                self._file = self._open_spool(_SPOOLED_BYTES_MAX)
        elif event is None:
            self._end_part()
        elif self._file is not None and self._part is not None and self._part.name == "file":
            self._hash.update(event)
            self._file.write(event)
        elif len(self._value) < 4 * VALUE_MAX:
            self._value += event

    def _end_part(self) -> None:
        if self._part is not None and self._part.name == "file":
            self.sha256 = self._hash.hexdigest()
        elif self._part is not None:
            value = self._value.decode("utf-8", "replace")[:VALUE_MAX]
            self.fields.setdefault(self._part.name, []).append(value)
        self._part, self._value = None, bytearray()


class SentBody:
    """The body of one call, seen as it passes."""

    def __init__(self, receive: Receive, content_type: str, query_format: str | None) -> None:
        self.seen = SeenForm(content_type, query_format)
        self._receive = receive
        self._bytes = 0
        self._has_ended = False

    @property
    def is_whole(self) -> bool:
        """Whether all of it has come."""
        return self._has_ended

    async def receive(self) -> Message:
        """Pass the next message on."""
        message = await self._receive()
        if message["type"] == "http.request" and not self._has_ended:
            block = message.get("body", b"")
            self._bytes += len(block)
            self.seen.see(block)
            if not message.get("more_body", False):
                self._has_ended = True
                self.seen.end()
        return message

    def close(self) -> None:
        """Say that nothing more is wanted of it."""
        self.seen.close()

    async def skip(self, size: int) -> None:
        """Read until so many bytes have come, or the end; nobody gets them."""
        while not self._has_ended and self._bytes < size:
            if (await self.receive())["type"] == "http.disconnect":
                return

    async def sender_left(self) -> None:
        """Wait until the connection is closed, by whichever side."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _parser_of(content_type: str) -> PushMultipartParser | None:
    with suppress(ServiceError, MultipartError):
        boundary = parse_boundary(content_type).encode("latin-1", "replace")
        return PushMultipartParser(boundary, header_charset="latin-1", max_header_size=PART_HEADER_BYTES_MAX)
    return None


def _rows_of(file: IO[bytes], file_format: str) -> int | None:
    """Count the data rows of a file as its import does; None when it cannot be read at all."""
    with file:
        try:
            return data_rows(file, FileFormat(file_format))
        except (ServiceError, ValueError):
            return None
