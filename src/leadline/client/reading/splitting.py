"""Which rows make which piece: below the limit as sent, and so that rows of one key keep their order."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import compress

from leadline.client.errors import PushError
from leadline.client.options import Order, PushOptions
from leadline.client.plan import LeftOut, Piece, Plan, Span
from leadline.client.reading.content import header_line, piece_content
from leadline.client.reading.mapping import Mapping
from leadline.client.reading.portions import LINE_ENDS, as_utf8
from leadline.client.reading.row_lines import row_bytes
from leadline.client.reading.rows import raw_of_span
from leadline.client.reading.scan import Stretch, growth_of
from leadline.client.reading.source import Source

HEADER_REPEATED = "Header repeated"
TOO_LONG = "The row is longer than a piece may be"

DATE_GROWTH = 5
"""No date is longer by more bytes in ISO 8601: `1/2/25 3:04` is the shortest one."""

_ROW_GROWTH = 3
_LINE_END_GROWTH = 1
_LEFT, _REPEATED, _LONG = 2, 1, 3


@dataclass(slots=True)
class _Collector:
    """Fills pieces of one kind with spans, one after another."""

    limit: int
    head: int
    spans: list[Span] = field(default_factory=list)
    bytes: int = 0
    done: list[tuple[tuple[Span, ...], int]] = field(default_factory=list)

    def add(self, span: Span, size: int) -> None:
        if self.spans and self.head + self.bytes + size > self.limit:
            self.close()
        self.spans.append(span)
        self.bytes += size

    def close(self) -> None:
        if self.spans:
            self.done.append((tuple(self.spans), self.head + self.bytes))
        self.spans, self.bytes = [], 0


def make_plan(source: Source, mapping: Mapping, options: PushOptions) -> Plan:
    """Return the pieces of a file: first the first rows of all keys, then all later ones, one by one."""
    limit = int(options.pace.piece_mb * 1e6)
    return _Splitter(source, mapping, limit, options.order).plan()


def halves(piece: Piece, number: int) -> tuple[Piece, Piece] | None:
    """Return the two halves of a piece that was too long, numbered from `number`; None of a single row.

    Both are of its wave, and not yet `measured`.
    """
    if piece.rows < 2:
        return None
    left = piece.rows // 2
    sides: tuple[list[Span], list[Span]] = ([], [])
    for span in piece.spans:
        if left >= span.rows or left <= 0:
            sides[left <= 0].append(span)
        else:
            for side, part in zip(sides, _parted(span, left), strict=True):
                side.append(part)
        left -= span.rows
    first, second = (_piece(number + place, piece.wave, tuple(spans), 0) for place, spans in enumerate(sides))
    return first, second


def measured(source: Source, mapping: Mapping, piece: Piece) -> Piece:
    """Return a piece with its length as sent."""
    return replace(piece, bytes=sum(map(len, piece_content(source, mapping, piece))))


def _parted(span: Span, rows: int) -> Iterator[Span]:
    chosen = span.chosen or bytes([1]) * span.rows
    at = [place for place, is_meant in enumerate(chosen) if is_meant][rows]
    blank = bytes(len(chosen))
    yield span.choosing(chosen[:at] + blank[at:])
    yield span.choosing(blank[:at] + chosen[at:])


class _Splitter:
    def __init__(self, source: Source, mapping: Mapping, limit: int, order: Order) -> None:
        self._source = source
        self._mapping = mapping
        self._order = order
        self._limit = limit
        self._head = len(header_line(mapping))
        if self._head >= limit:
            raise PushError(
                f"The header alone is longer than a piece of {limit:,} bytes: say a larger --piece-mb."
            )
        self._first = _Collector(limit, self._head)
        self._later = _Collector(limit, self._head)
        self._left: dict[str, list[Span]] = {}

    def plan(self) -> Plan:
        scan = self._mapping.scan
        marks = scan.repeated or bytearray(scan.rows)
        for row in scan.headers:
            marks[row - 1] = _LEFT
        repeats = marks.count(_REPEATED)
        for stretch in scan.stretches:
            first = stretch.first_row - 1
            own = bytes(marks[first : first + stretch.rows])
            if any(own) or self._head + self._size_of(stretch) > self._limit:
                self._part(stretch, own)
            elif stretch.rows:
                self._first.add(_span(stretch), self._size_of(stretch))
        self._first.close()
        self._later.close()
        pieces: list[Piece] = []
        for spans, size in self._first.done:
            wave = len(pieces) + 1 if self._order is Order.STRICT else 1
            pieces.append(_piece(len(pieces) + 1, wave, spans, size))
        for spans, size in self._later.done:
            wave = pieces[-1].wave + 1 if pieces else 1
            pieces.append(_piece(len(pieces) + 1, wave, spans, size))
        left = tuple(
            LeftOut(_piece(len(pieces) + number, 0, tuple(spans), 0), reason)
            for number, (reason, spans) in enumerate(self._left.items(), 1)
        )
        return Plan(tuple(pieces), left, scan.rows, repeats)

    def _size_of(self, stretch: Stretch) -> int:
        """Return how long rows are as sent, at most."""
        mapping = self._mapping
        if mapping.is_copied:
            return stretch.utf8_bytes + _LINE_END_GROWTH
        grown = _ROW_GROWTH + DATE_GROWTH * len(mapping.dates)
        return stretch.utf8_bytes + grown * stretch.rows + stretch.growth

    def _part(self, stretch: Stretch, marks: bytes) -> None:
        """Look at a portion row by row: rows that repeat a key wait, and those that no piece holds stay."""
        with self._source.opened() as file:
            raw = raw_of_span(self._source, _span(stretch), file)
        rows = row_bytes(raw, self._source.body, stretch.rows)
        sizes = self._sizes(rows)
        chosen = bytearray(marks)
        if self._head + max(sizes, default=0) > self._limit:
            for place, size in enumerate(sizes):
                if self._head + size > self._limit:
                    self._refuse_swallowed(stretch, rows, place)
                    chosen[place] = _LONG
        for reason, mark in ((HEADER_REPEATED, _LEFT), (TOO_LONG, _LONG)):
            if mark in chosen:
                self._left.setdefault(reason, []).append(_chosen(stretch, chosen, mark))
        for collector, mark in ((self._first, 0), (self._later, _REPEATED)):
            self._collect(collector, stretch, chosen, mark, sizes)

    def _collect(
        self, collector: _Collector, stretch: Stretch, marks: bytearray, mark: int, sizes: list[int]
    ) -> None:
        """Give the rows of one mark to the pieces, in as few spans as the limit allows."""
        total = sum(compress(sizes, marks.translate(_table(mark))))
        if total and self._head + total <= self._limit:
            collector.add(_chosen(stretch, marks, mark), total)
            return
        start = size = 0
        for place, each in enumerate(sizes):
            if marks[place] != mark:
                continue
            if size and self._head + size + each > self._limit:
                collector.add(_chosen(stretch, marks, mark, start, place), size)
                start, size = place, 0
            size += each
        if size:
            collector.add(_chosen(stretch, marks, mark, start), size)

    def _sizes(self, rows: list[bytes]) -> list[int]:
        """Return how long each row is as sent, at most."""
        codec = self._source.body.codec
        if codec != "utf-8":
            rows = [as_utf8(row, codec) for row in rows]
        if self._mapping.is_copied:
            return [len(row) + _LINE_END_GROWTH for row in rows]
        return [
            self._size_of(Stretch(0, 0, 0, 1, len(row), growth_of(row.count(b'"'), row.count(b",")), 0))
            for row in rows
        ]

    def _refuse_swallowed(self, stretch: Stretch, rows: list[bytes], place: int) -> None:
        """Refuse a file with a row that has line ends and is too long: a quote has swallowed others."""
        row = rows[place].decode(self._source.body.codec)
        if LINE_ENDS.search(row.rstrip("\r\n")):
            number = stretch.first_row + place
            line = self._source.line_of_row(number)
            raise PushError(
                f"Row {number}, which begins in line {line}, is longer than a piece of {self._limit:,} "
                "bytes: a quote that opens there does not close in time. Mend that line."
            )


def _span(stretch: Stretch) -> Span:
    place = stretch.offset, stretch.length, stretch.first_row, stretch.rows, stretch.checksum
    return Span(*place, is_filled=stretch.is_filled)


def _chosen(stretch: Stretch, marks: bytearray, mark: int, start: int = 0, end: int | None = None) -> Span:
    """Return the rows of a portion that have a mark, of those from `start` to `end`."""
    own = bytes(marks[start:end]).translate(_table(mark))
    return _span(stretch).choosing((bytes(start) + own).ljust(stretch.rows, b"\0"))


def _table(mark: int) -> bytes:
    """Return what makes 1 of a mark and 0 of each other."""
    return bytes(each == mark for each in range(256))


def _piece(number: int, wave: int, spans: tuple[Span, ...], size: int) -> Piece:
    return Piece(number, wave, spans, sum(span.rows for span in spans), size)
