"""The file of a push: how it is read, where its data begins and ends, and whether it is still the same."""

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO

from leadline.client.added_columns import added_places
from leadline.client.errors import FileChangedError, PushError
from leadline.client.options import Reading
from leadline.client.reading.portions import LINE_ENDS, Body, P, portion_of, portions_of
from leadline.source_file.delimiters import NAMES, find_delimiter, named_delimiter
from leadline.source_file.file_kinds import HEAD_BYTES, kind_of
from leadline.source_file.survey import records_above
from leadline.source_file.text_encoding import (
    BLOCK_BYTES,
    CODECS,
    TextEncoding,
    blocks_of,
    checked_encoding,
    encoding_named,
    find_encoding,
)
from leadline.source_file.visible import shown

FORMATS = {",": "csv", "\t": "tsv", ";": "ssv"}
"""What an import calls the delimiters that it takes."""

_DELIMITERS = {name: delimiter for delimiter, name in FORMATS.items()}
_END_MARK = "\x1a"
_HEAD_LINES = 400
_HEAD_BYTES = 256 * 1024
_TAIL_BYTES = 64 * 1024
_SHOWN = 60


@dataclass(frozen=True)
class Source:
    """A file as it was when it was opened; whoever reads it later is told when it is another.

    `line_end` is that of the header. `body` is where its data rows stand: behind the header, before what DOS
    programs put at the end.
    """

    path: Path
    size: int
    modified_ns: int
    sha256: str
    encoding: TextEncoding
    header: tuple[str, ...]
    line_end: str
    body: Body

    @property
    def delimiter(self) -> str:
        """What stands between the cells of the file."""
        return self.body.delimiter

    @property
    def sent_delimiter(self) -> str:
        """What stands between cells as sent: a comma where no import takes the file's own."""
        return self.delimiter if self.delimiter in FORMATS else ","

    @property
    def format(self) -> str:
        """What the create call is told of the delimiter."""
        return FORMATS[self.sent_delimiter]

    @property
    def written_on(self) -> date:
        """The day on which the file was last written; the same whenever a push goes on."""
        return datetime.fromtimestamp(self.modified_ns // 10**9, UTC).date()

    @cached_property
    def added(self) -> dict[str, int]:
        """Where the columns stand that a push has added to a result file."""
        return added_places(self.header)

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open the file, if it is still the one that was surveyed."""
        try:
            with self.path.open("rb") as file:
                self._check(file)
                yield file
        except OSError as fault:
            raise PushError(f"{self.path} cannot be read: {fault.strerror}.") from fault

    def _check(self, file: IO[bytes]) -> None:
        there = os.fstat(file.fileno())
        if (there.st_size, there.st_mtime_ns) != (self.size, self.modified_ns):
            raise self.changed()

    def changed(self) -> FileChangedError:
        """Return the error that says that the file is another by now."""
        return FileChangedError(
            f"{self.path} has changed since this push began. Bring it back and run the same command again, "
            "or begin anew with --restart: rows that were sent are sent again then."
        )

    def portions(self, read: Callable[[int, bytes, Body], P]) -> Iterator[P]:
        """Yield the data rows of the file, some thousand at a time."""
        with self.opened() as file:
            try:
                yield from portions_of(file, self.body, read)
                self._check(file)
            except UnicodeDecodeError as fault:
                raise self.changed() from fault

    def line_of_row(self, number: int) -> int:
        """Return the line in which a data row begins."""
        rows, line = 0, self.body.line
        for portion in self.portions(portion_of):
            starts = portion.first_lines()
            if rows + len(starts) >= number:
                return line + starts[number - rows - 1]
            rows += len(starts)
            line += len(portion.lines)
        raise self.changed()


def open_source(path: Path, reading: Reading) -> Source:
    """Look at a file: its encoding, delimiter, header and hash; it is read twice, a block at a time."""
    try:
        if path.exists() and not path.is_file():
            raise PushError(
                f"{path} is no file on a disk, which a push reads more than once: save it as one."
            )
        with path.open("rb") as file:
            return _source_of(path, file, reading)
    except OSError as fault:
        raise PushError(f"{path} cannot be read: {fault.strerror or fault}.") from fault


def _source_of(path: Path, file: IO[bytes], reading: Reading) -> Source:
    there = os.fstat(file.fileno())
    head = file.read(HEAD_BYTES)
    _refuse_other_kinds(path, head)
    encoding = _encoding_of(path, file, reading)
    codec, start = _codec_and_mark(encoding, head)
    end = _end_of_data(file, codec, start, there.st_size)
    delimiter, start = _delimiter_of(file, codec, start, reading)
    header, line_end, start = _header_of(path, file, Body(codec, delimiter, start, end, 0, 1))
    line = 1 + _line_ends(file, codec, start)
    digest = hashlib.sha256()
    for block in blocks_of(file):
        digest.update(block)
    return Source(
        path,
        there.st_size,
        there.st_mtime_ns,
        digest.hexdigest(),
        encoding,
        header,
        line_end,
        Body(codec, delimiter, start, end, len(header), line),
    )


def _refuse_other_kinds(path: Path, head: bytes) -> None:
    if not head:
        raise PushError(f"{path} is empty.")
    kind = kind_of(head)
    if kind is None or "UTF-16" in kind.name:
        return
    if "xls" in kind.name or "ods" in kind.name:
        raise PushError(f"{path} is {kind.name}: save it as “CSV UTF-8” and push that.")
    raise PushError(f"{path} is {kind.name}: {kind.cure}.")


def _encoding_of(path: Path, file: IO[bytes], reading: Reading) -> TextEncoding:
    if reading.encoding == "auto":
        encoding = find_encoding(file)
    else:
        name = encoding_named(reading.encoding)
        if name is None:
            raise PushError(
                f"There is no encoding {reading.encoding}: --encoding is one of {', '.join(CODECS)}."
            )
        encoding = checked_encoding(file, name)
    if encoding.fault_line is not None:
        raise PushError(
            f"Line {encoding.fault_line} of {path} has bytes that are no {encoding.name}: "
            "mend it, or say with --encoding how the file was saved."
        )
    return encoding


def _codec_and_mark(encoding: TextEncoding, head: bytes) -> tuple[str, int]:
    """Return the codec that reads any part of a file, and how long the byte order mark before it is."""
    codec = {"utf-8-sig": "utf-8", "utf-16": "utf-16-be" if head[:2] == b"\xfe\xff" else "utf-16-le"}.get(
        encoding.codec, encoding.codec
    )
    mark = "\ufeff".encode(codec) if codec.startswith("utf") else b"\xef\xbb\xbf"
    return codec, len(mark) if head.startswith(mark) else 0


def _end_of_data(file: IO[bytes], codec: str, start: int, size: int) -> int:
    """Return where the data of a file ends: U+001A and line ends behind it are no part of it."""
    marks, end = (_END_MARK + "\r\n").encode(codec), size
    width = len(marks) // 3
    mark = marks[:width]
    kept = {marks[at : at + width] for at in range(0, len(marks), width)}
    first_mark = end
    while end > start:
        base = max(start, end - _TAIL_BYTES // width * width)
        file.seek(base)
        tail = file.read(end - base)
        place = len(tail)
        while place >= width and tail[place - width : place] in kept:
            place -= width
            if tail[place : place + width] == mark:
                first_mark = base + place
        if place >= width or base == start:
            break
        end = base
    return first_mark


def _delimiter_of(file: IO[bytes], codec: str, start: int, reading: Reading) -> tuple[str, int]:
    """Return the delimiter, and where the text begins behind a line that names it."""
    if reading.format not in ("auto", *_DELIMITERS):
        raise PushError(f"There is no format {reading.format}: --format is auto, {', '.join(_DELIMITERS)}.")
    file.seek(start)
    text = io.TextIOWrapper(io.BytesIO(file.read(_HEAD_BYTES)), codec, "replace", newline="")
    lines = list(islice(text, _HEAD_LINES))
    named = named_delimiter(lines[0]) if lines else None
    if named:
        start += len(lines[0].encode(codec))
    return _DELIMITERS.get(reading.format) or named or find_delimiter(lines), start


def _header_of(path: Path, file: IO[bytes], body: Body) -> tuple[tuple[str, ...], str, int]:
    """Return the header, its line end, and where the first record behind it begins."""
    first = next(portions_of(file, body, portion_of), None)
    if first is None or not any(map(any, first.records)):
        raise PushError(f"{path} has no header: no line of it has a value.")
    place = records_above(first.records)
    header = tuple(first.records[place])
    if len(header) == 1:
        other = next((each for each in NAMES if each != body.delimiter and each in header[0]), None)
        if other:
            raise PushError(
                f"The header of {path} is one column, {shown(header[0], _SHOWN)}: say with --format "
                f"whether {' or '.join(_DELIMITERS)} is meant."
            )
    end = first.ends()[place]
    text = first.raw[:end].decode(body.codec)
    return header, text[len(text.rstrip("\r\n")) :][-2:] or "\n", first.offset + end


def _line_ends(file: IO[bytes], codec: str, start: int) -> int:
    """Return how many lines stand before a place."""
    file.seek(0)
    return len(LINE_ENDS.findall(file.read(min(start, BLOCK_BYTES * 16)).decode(codec, "replace")))
