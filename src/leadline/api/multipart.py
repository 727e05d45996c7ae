"""Reading a multipart body as it arrives (contract §3.2): one file and a few short fields.

The library finds the parts; this module adds hard caps, so that no body costs more than
its limit, and the tolerance that real clients need.
"""

import asyncio
import re
from collections.abc import AsyncIterable, Callable
from dataclasses import field
from typing import IO

from multipart import MultipartError, MultipartSegment, PushMultipartParser

from leadline.api.file_label import label_of
from leadline.api.form_fields import RawField, decode_fields
from leadline.api.padding import PADDING, PADDING_BYTES_MAX, Padding
from leadline.errors import FILE_TOO_LARGE, INVALID_CONTENT_TYPE, INVALID_MULTIPART, ServiceError
from leadline.imports.incoming_file import FEW_BYTES, PORTION_BYTES, IncomingFile, incoming_of_nobody
from leadline.model.dataclass import dataclass

PARTS_MAX = 8
PART_HEADER_BYTES_MAX = 8 * 1024
FIELD_BYTES_MAX = 8 * 1024
BOUNDARY_BYTES_MAX = 70
PREAMBLE_BYTES_MAX = 1024
WRAPPER_BYTES_MAX = PARTS_MAX * (PART_HEADER_BYTES_MAX + FIELD_BYTES_MAX) + PREAMBLE_BYTES_MAX
"""What a body may hold beside the file itself."""

_FILENAME = re.compile(r";\s*filename\s*=", re.IGNORECASE)


@dataclass(slots=True)
class Form:
    """What a multipart body held: short fields by name, and the file with the label that it came with."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    incoming: IncomingFile | None = None
    file_name: str | None = None

    @property
    def file(self) -> IO[bytes] | None:
        """The file, which may be read when the body has ended."""
        return None if self.incoming is None else self.incoming.content

    @property
    def file_bytes(self) -> int:
        """How many bytes of it have come."""
        return 0 if self.incoming is None else self.incoming.size

    def close(self) -> None:
        """Let go of the file."""
        if self.incoming is not None:
            self.incoming.close()


def is_multipart(content_type: str) -> bool:
    """Tell whether a content type is multipart/form-data."""
    return content_type.split(";")[0].strip().lower() == "multipart/form-data"


def parse_boundary(content_type: str) -> str:
    """Return the boundary of a multipart content type; raises `ServiceError` 612 or 613."""
    if not is_multipart(content_type):
        raise ServiceError(INVALID_CONTENT_TYPE)
    for option in content_type.split(";")[1:]:
        name, _, value = option.strip().partition("=")
        boundary = value.strip().strip('"')
        if name.strip().lower() == "boundary" and 0 < len(boundary) <= BOUNDARY_BYTES_MAX:
            return boundary
    raise ServiceError(INVALID_MULTIPART)


async def read_form(
    stream: AsyncIterable[bytes],
    boundary: str,
    file_bytes_max: int,
    new_file: Callable[[], IncomingFile] = incoming_of_nobody,
) -> Form:
    """Read a body to its end; raises `ServiceError` 413 as soon as it is too large, 613 when it is broken."""
    reader = FormReader(boundary, file_bytes_max, new_file)
    await fill_form(reader, stream)
    return reader.form


async def fill_form(reader: "FormReader", stream: AsyncIterable[bytes]) -> None:
    """Give a body to a reader, to its end; raises as `read_form` does.

    What has come of a large file is put down by a thread while the next bytes come.
    """
    loop, put_down = asyncio.get_running_loop(), None
    try:
        async for block in stream:
            reader.feed(block)
            file = reader.form.incoming
            if file is not None and file.coming_bytes >= PORTION_BYTES:
                if put_down is not None:
                    await put_down
                put_down = loop.run_in_executor(None, file.portion())
        if put_down is not None:
            await put_down
        file = reader.form.incoming
        if file is not None and file.coming_bytes > FEW_BYTES:
            await loop.run_in_executor(None, file.portion())
        reader.finish()
    except MultipartError:
        _give_up(reader, put_down)
        raise ServiceError(INVALID_MULTIPART) from None
    except BaseException:
        _give_up(reader, put_down)
        raise


def _give_up(reader: "FormReader", put_down: asyncio.Future[None] | None) -> None:
    """Close the file of a body that is refused; how the last portion fared is of no interest."""
    if put_down is not None:
        put_down.add_done_callback(lambda done: done.cancelled() or done.exception())
    reader.form.close()


class FormReader:
    """Takes a body block by block and fills a form."""

    def __init__(
        self,
        boundary: str,
        file_bytes_max: int,
        new_file: Callable[[], IncomingFile] = incoming_of_nobody,
    ) -> None:
        """`new_file` makes what the file is put into, if there is one."""
        self.form = Form()
        self._new_file = new_file
        self._file_bytes_max = file_bytes_max
        self._delimiter = b"\r\n--" + boundary.encode("latin-1", "replace")
        self._opening = re.compile(
            rb"(?:\A|\r\n)(?=%b(?:%b\r\n|--))" % (re.escape(self._delimiter[2:]), PADDING)
        )
        self._preamble: bytes | None = b""
        self._padding = Padding(self._delimiter)
        self._parser = PushMultipartParser(
            boundary.encode("latin-1", "replace"),
            header_charset="latin-1",  # takes any byte: names of ours are plain, those of files are labels
            max_header_size=PART_HEADER_BYTES_MAX,
            max_header_count=PARTS_MAX,
            max_segment_count=PARTS_MAX + 1,
        )
        self._body_bytes = 0
        self._tail = b"\r\n"
        self._part: MultipartSegment | None = None
        self._parts = 0
        self._value = bytearray()
        self._fields: list[RawField] = []

    def fields_so_far(self) -> dict[str, list[str]]:
        """Return the texts of the fields that have come, though the body has not ended."""
        return decode_fields(self._fields)

    def feed(self, block: bytes) -> None:
        """Take the next bytes of the body."""
        self._body_bytes += len(block)
        if self._body_bytes > self._file_bytes_max + WRAPPER_BYTES_MAX:
            raise ServiceError(FILE_TOO_LARGE, limit=self._file_bytes_max)
        if self._preamble is not None:
            block = self._skip_preamble(block)
        self._pass_on(self._padding.take_off(block))

    def _pass_on(self, block: bytes) -> None:
        if not block or self._parser.closed:
            return
        kept = -len(self._delimiter) - 2
        self._tail = (self._tail + block[kept:])[kept:]
        for event in self._parser.parse(block):
            self._take(event)

    def _skip_preamble(self, block: bytes) -> bytes:
        """Return what the first delimiter line and all behind it hold so far; nothing while it has not come.

        The parser is spared what stands before it: it tells a delimiter within a line from a
        real one or not, as the blocks happen to be cut.
        """
        assert self._preamble is not None
        start = self._preamble + block
        opening = self._opening.search(start)
        if opening and opening.end() <= PREAMBLE_BYTES_MAX:
            self._preamble = None
            return b"\r\n" + start[opening.end() :]
        if len(start) > PREAMBLE_BYTES_MAX + len(self._delimiter) + PADDING_BYTES_MAX + 2:
            raise ServiceError(INVALID_MULTIPART)
        self._preamble = start
        return b""

    def finish(self) -> None:
        """Say that the body has ended; the last delimiter may lack its two dashes."""
        if self._preamble is not None:
            raise ServiceError(INVALID_MULTIPART)
        self._pass_on(self._padding.rest())
        self._close()
        if self.form.incoming is not None:
            self.form.incoming.end()
        self.form.fields = decode_fields(self._fields)

    def _close(self) -> None:
        if self._tail.endswith(self._delimiter + b"\r\n") and self._part is None and self._parts:
            return
        if self._tail.endswith(self._delimiter):
            for event in self._parser.parse(b"--"):
                self._take(event)
        self._parser.close()
        if not self._parts:
            raise ServiceError(INVALID_MULTIPART)

    def _take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event is None:
            self._end()
        elif self._is_file:
            self._spool(bytes(event))
        else:
            self._value += event
            if len(self._value) > FIELD_BYTES_MAX:
                raise ServiceError(INVALID_MULTIPART)

    def _begin(self, part: MultipartSegment) -> None:
        self._part, self._parts, self._value = part, self._parts + 1, bytearray()
        broken_line = any("\n" in value or "\r" in value for _, value in part.headerlist)
        if self._parts > PARTS_MAX or not part.name or broken_line:
            raise ServiceError(INVALID_MULTIPART)
        if part.name == "file":
            is_torn = part.filename is None and _FILENAME.search(part.header("Content-Disposition", ""))
            if is_torn or self.form.incoming is not None:
                raise ServiceError(INVALID_MULTIPART)
            self.form.incoming = self._new_file()
            self.form.file_name = label_of(part.filename)

    @property
    def _is_file(self) -> bool:
        return self._part is not None and self._part.name == "file"

    def _spool(self, data: bytes) -> None:
        assert self.form.incoming is not None
        if self.form.incoming.size + len(data) > self._file_bytes_max:
            raise ServiceError(FILE_TOO_LARGE, limit=self._file_bytes_max)
        self.form.incoming.add(data)

    def _end(self) -> None:
        if self._part is not None and not self._is_file:
            self._fields.append(RawField(self._part.name, bytes(self._value), self._part.charset))
        self._part = None
