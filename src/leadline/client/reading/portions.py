"""The records of a file in portions: where each stands, so that it is found again, and its cells.

A portion begins and ends with whole records, whatever stands within quotes. Its records are what the csv
module reads in the file from its beginning: behind a record nothing is remembered of those before it.
"""

import csv
import io
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, islice
from typing import IO, Protocol, TypeVar

from leadline.client.errors import PushError
from leadline.source_file.long_cells import allow_long_cells
from leadline.source_file.outer_space import OUTER_SPACE

BLOCK_BYTES = 256 * 1024
RECORD_BYTES_MAX = 16 * 1024 * 1024
"""No record may be longer: it is held in memory, and no server takes it."""

LINE_ENDS = re.compile("\r\n|\r|\n")
Record = list[str]

BLANK = OUTER_SPACE + "\x1a"
"""What a server takes for no part of a value: cells of nothing else are blank."""
_UNCLOSED = "unexpected end of data"
_OTHER_LINE_ENDS = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Body:
    """Which part of a file has records, and how they are read; the line is that of its beginning."""

    codec: str
    delimiter: str
    start: int
    end: int
    width: int
    line: int


@dataclass(frozen=True, slots=True)
class Portion:
    """Records that stand together, blank lines among them; `offset` is their place in the file.

    `is_torn` says that text stands behind a closing quote somewhere.
    """

    offset: int
    raw: bytes
    body: Body
    lines: Sequence[str]
    records: list[Record]
    is_torn: bool

    @property
    def checksum(self) -> int:
        """What tells that the bytes are the same when they are read again."""
        return zlib.crc32(self.raw)

    def ends(self) -> list[int]:
        """Return where each record ends, in bytes from the beginning of the portion."""
        places = list(accumulate(_lengths(self.raw, self.lines, self.body.codec), initial=0))
        return [places[lines] for lines in self._lines_until()]

    def rows(self) -> list[tuple[int, int]]:
        """Return where each data row begins and ends, in bytes from the beginning of the portion."""
        ends = self.ends()
        places = zip(chain((0,), ends), ends, self.records, strict=False)
        return [(start, end) for start, end, record in places if not is_blank(record)]

    def first_lines(self) -> list[int]:
        """Return how many lines stand before each data row."""
        before = chain((0,), self._lines_until())
        return [lines for lines, record in zip(before, self.records, strict=False) if not is_blank(record)]

    def _lines_until(self) -> list[int]:
        """Return how many lines stand before the end of each record."""
        reader = csv.reader(self.lines, delimiter=self.body.delimiter)
        return [reader.line_num for _ in reader]


class HasBytes(Protocol):
    """What was read of a file, with its bytes."""

    @property
    def raw(self) -> bytes:
        """The bytes."""
        ...


P = TypeVar("P", bound=HasBytes)


def as_utf8(raw: bytes, codec: str) -> bytes:
    """Return a text that a codec reads in UTF-8."""
    return raw if codec == "utf-8" else raw.decode(codec).encode()


def checked_utf8(raw: bytes, codec: str) -> bytes:
    """Return a text as `as_utf8` does; raises UnicodeDecodeError where the bytes are no longer such."""
    if codec != "utf-8":
        return raw.decode(codec).encode()
    if not raw.isascii():
        raw.decode()
    return raw


def is_blank(record: Record) -> bool:
    """Tell whether a record is a blank line: such are not counted (contract §3.4)."""
    return not "".join(record).strip(BLANK)


def portions_of(file: IO[bytes], body: Body, read: Callable[[int, bytes, Body], P]) -> Iterator[P]:
    """Yield the records of a file from the beginning of its body, a portion at a time.

    `read` returns the whole records with which some whole lines begin.
    """
    allow_long_cells()
    offset, carry, wanted = body.start, b"", BLOCK_BYTES
    file.seek(offset)
    while offset < body.end:
        missing = body.end - offset - len(carry)
        block = file.read(min(wanted, missing))
        if missing and not block:
            raise PushError("The file became shorter while it was read: begin anew with --restart.")
        carry += block
        is_last = offset + len(carry) >= body.end
        cut = len(carry) if is_last else _cut(carry, body.codec)
        portion = read(offset, carry[:cut], body) if cut else None
        size = len(portion.raw) if portion else 0
        if portion and size:
            yield portion
            offset, carry, wanted = offset + size, carry[size:], BLOCK_BYTES
        elif is_last or len(carry) > RECORD_BYTES_MAX:
            raise _too_long(file, body, offset, has_quote='"'.encode(body.codec) in carry)
        else:
            wanted = max(BLOCK_BYTES, len(carry))


def portion_of(offset: int, raw: bytes, body: Body) -> Portion:
    """Return the whole records with which some lines of a file begin; a last one may be still open."""
    lines = _lines(raw.decode(body.codec))
    records: list[Record] = []
    try:
        records.extend(csv.reader(lines, delimiter=body.delimiter, strict=True))
    except csv.Error as fault:
        if str(fault) != _UNCLOSED:
            return _torn(offset, raw, body, lines)
        reader = csv.reader(lines, delimiter=body.delimiter)
        deque(islice(reader, len(records)), maxlen=0)
        return _shortened(offset, raw, body, lines[: reader.line_num], records, is_torn=False)
    return Portion(offset, raw, body, lines, records, is_torn=False)


def _torn(offset: int, raw: bytes, body: Body, lines: Sequence[str]) -> Portion:
    """Read lines as programs do that take text behind a closing quote for a part of the cell."""
    is_over = False

    def until_over() -> Iterator[str]:
        nonlocal is_over
        yield from lines
        is_over = True

    records: list[Record] = []
    used = 0
    reader = csv.reader(until_over(), delimiter=body.delimiter)
    for record in reader:
        if is_over:
            break
        records.append(record)
        used = reader.line_num
    return _shortened(offset, raw, body, lines[:used], records, is_torn=True)


def _shortened(
    offset: int, raw: bytes, body: Body, lines: Sequence[str], records: list[Record], *, is_torn: bool
) -> Portion:
    size = sum(islice(_lengths(raw, lines, body.codec), len(lines)))
    return Portion(offset, raw[:size], body, lines, records, is_torn)


def _lengths(raw: bytes, lines: Sequence[str], codec: str) -> Iterator[int]:
    """Return how many bytes each line has, and maybe some behind them."""
    if codec.startswith("utf-16"):
        return (len(line.encode(codec)) for line in lines)
    return map(len, lines) if raw.isascii() else map(len, raw.splitlines(keepends=True))


def _lines(text: str) -> Sequence[str]:
    """Return lines with their ends; line feed, carriage return or both end one, and nothing else does."""
    if _OTHER_LINE_ENDS.search(text):
        return list(io.StringIO(text, newline=""))
    return text.splitlines(keepends=True)


def _cut(raw: bytes, codec: str) -> int:
    """Return where the last whole line of some bytes ends, 0 where none does."""
    for mark in ("\n", "\r"):
        end = mark.encode(codec)
        place = raw.rfind(end, 0, len(raw) - len(end) if mark == "\r" else len(raw))
        while place % len(end) and place > 0:
            place = raw.rfind(end, 0, place + len(end) - 1)
        if place >= 0:
            return place + len(end)
    return 0


def _too_long(file: IO[bytes], body: Body, place: int, *, has_quote: bool) -> PushError:
    """Return the error that names the row and the line where a record begins that has no end."""
    row, line = 1, body.line
    for portion in portions_of(file, replace(body, end=place), portion_of):
        row += sum(not is_blank(record) for record in portion.records)
        line += len(portion.lines)
    if has_quote:
        return PushError(f"A quote that opens in row {row}, line {line}, never closes: mend that line.")
    return PushError(
        f"Row {row}, line {line}, has no end: no server takes one of {RECORD_BYTES_MAX:,} bytes."
    )
