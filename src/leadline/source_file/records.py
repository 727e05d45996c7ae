"""The records of a file, read in portions, so that a pass costs little and memory is bounded."""

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import IO

from leadline.source_file.delimiters import named_delimiter
from leadline.source_file.long_cells import allow_long_cells

PORTION = 4096
"""So many records are held at once."""

_END_MARK = "\x1a"
_BLOCK_BYTES = 1024 * 1024
_UNCLOSED = "unexpected end of data"
Record = list[str]


@dataclass(slots=True)
class TornQuotes:
    """Lines with quotes that are torn: where text stands behind a closing one, where one never closes."""

    torn_line: int | None = None
    open_line: int | None = None


@dataclass(slots=True)
class Records:
    """Reads a file again and again as records: lists of cells, of a blank line an empty one.

    The characters of a cell are those of the file. What DOS programs put at the end is no part of
    it, nor is the line `sep=;` that spreadsheets put at the beginning. Strict reading raises `csv.Error`
    where quotes are torn.
    """

    file: IO[bytes]
    codec: str
    delimiter: str
    portion: int = PORTION
    is_strict: bool = False
    _has_mark: bool | None = field(default=None, init=False)

    def portions(self) -> Iterator[list[Record]]:
        """Yield the records in order, some at a time."""
        allow_long_cells()
        reader = csv.reader(self.lines(), delimiter=self.delimiter, strict=self.is_strict)
        while portion := list(islice(reader, self.portion)):
            yield portion

    def lines(self) -> Iterator[str]:
        """Yield the lines with their ends; line feed, carriage return or both end one."""
        self.file.seek(0)
        text = io.TextIOWrapper(self.file, self.codec, "replace", newline="")
        try:
            yield from _without_marks(text) if self._may_end_with_mark() else _without_name(text)
        finally:
            text.detach()

    def _may_end_with_mark(self) -> bool:
        """Tell whether the byte of an end mark stands anywhere in the file; it hardly ever does."""
        if self._has_mark is None:
            mark = _END_MARK.encode()
            self._has_mark = any(mark in block for block in iter(lambda: self.file.read(_BLOCK_BYTES), b""))
            self.file.seek(0)
        return self._has_mark

    def quotes(self) -> TornQuotes:
        """Return where the quoting of the file is torn, if it is."""
        found = TornQuotes()
        reader = csv.reader(self.lines(), delimiter=self.delimiter, strict=True)
        try:
            deque(reader, maxlen=0)
        except csv.Error as fault:
            if str(fault) != _UNCLOSED:
                found.torn_line = reader.line_num
            found.open_line = self._open_line()
        return found

    def _open_line(self) -> int | None:
        """Return the line of the record whose quote is still open at the end of the file."""
        ended = False

        def marked() -> Iterator[str]:
            nonlocal ended
            yield from self.lines()
            ended = True

        reader, begins = csv.reader(marked(), delimiter=self.delimiter), 1
        for _ in reader:
            if ended:
                return begins
            begins = reader.line_num + 1
        return None


def _without_name(lines: Iterator[str]) -> Iterator[str]:
    """Return lines without a first one that names the delimiter; the rest is not touched by Python code."""
    first = next(lines, "")
    return lines if not first or named_delimiter(first) else chain((first,), lines)


def _without_marks(lines: Iterator[str]) -> Iterator[str]:
    """Yield lines without a first one that names the delimiter, and without end marks behind the last."""
    held: list[str] = []
    for line in _without_name(lines):
        if _END_MARK in line:
            held.append(line)
            continue
        if held:
            yield from held
            held = []
        yield line
    rest = "".join(held)
    kept = rest[: rest.find(_END_MARK, len(rest.rstrip(_END_MARK + "\r\n")))]
    yield from io.StringIO(kept, newline="")
