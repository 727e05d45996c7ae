"""A piece as it is sent: UTF-8, in the file's delimiter, under API names, its dates in ISO 8601.

It is made some thousand rows at a time, so that no piece is held in memory.
"""

import csv
import io
from collections.abc import Iterator
from typing import IO

from leadline.client.plan import Piece, Span
from leadline.client.reading.mapping import Mapping
from leadline.client.reading.portions import Record, as_utf8, portion_of
from leadline.client.reading.rows import chosen_bytes, chosen_rows, raw_of_span
from leadline.client.reading.source import Source

_LINE_END = "\r\n"
"""What csv.writer ends lines with, so that it quotes each of both characters within a cell."""


def header_line(mapping: Mapping) -> bytes:
    """Return the header of each piece; its line ends as those of the rows do."""
    line = _written([[field.name for _, field in mapping.sent]], mapping.source.sent_delimiter)
    return line.replace(_LINE_END.encode(), mapping.source.line_end.encode()) if mapping.is_copied else line


def piece_content(source: Source, mapping: Mapping, piece: Piece) -> Iterator[bytes]:
    """Yield what a piece sends, header first; the same each time, or an error where the file changed."""
    yield header_line(mapping)
    for span in piece.spans:
        yield span_content(source, mapping, span)


def span_content(source: Source, mapping: Mapping, span: Span) -> bytes:
    """Return the rows of a span as they are sent."""
    with source.opened() as file:
        return (_copied if mapping.is_copied else _rewritten)(source, mapping, span, file)


def _copied(source: Source, mapping: Mapping, span: Span, file: IO[bytes]) -> bytes:
    raw = chosen_bytes(raw_of_span(source, span, file), span, source)
    return as_utf8(raw, source.body.codec)


def _rewritten(source: Source, mapping: Mapping, span: Span, file: IO[bytes]) -> bytes:
    raw = raw_of_span(source, span, file)
    written = mapping.rewriter.rewritten(raw, span)
    if written is None:
        rows = [row for _, row in chosen_rows(portion_of(span.offset, raw, source.body), span)]
        written = _written(_sent_cells(rows, mapping), source.sent_delimiter)
    return written


def _sent_cells(rows: list[Record], mapping: Mapping) -> list[Record]:
    for place, iso in mapping.date_writers.items():
        for row in rows:
            if len(row) > place and row[place]:
                row[place] = iso(row[place])
    kept, width = [place for place, _ in mapping.sent], len(mapping.fields)
    if len(kept) == width:
        return rows
    return [[row[place] for place in kept if place < len(row)] + row[width:] for row in rows]


def _written(rows: list[Record], delimiter: str) -> bytes:
    """Return rows as text; a cell with a delimiter, a quote or a line end stands within quotes."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=_LINE_END).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
