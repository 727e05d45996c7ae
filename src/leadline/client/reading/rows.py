"""The rows of a piece as they stand in the user's file, each with its number."""

import zlib
from collections.abc import Iterator
from itertools import compress
from typing import IO

from leadline.client.plan import Piece, Span
from leadline.client.reading.portions import Portion, Record, is_blank, portion_of
from leadline.client.reading.row_lines import row_bytes
from leadline.client.reading.source import Source


def rows_of(source: Source, piece: Piece) -> Iterator[tuple[int, Record]]:
    """Yield the rows of a piece in file order: the number among the data rows of the file, and the cells."""
    for span in piece.spans:
        yield from rows_of_span(source, span)


def rows_of_span(source: Source, span: Span) -> Iterator[tuple[int, Record]]:
    """Yield the rows of a span, each with its number."""
    with source.opened() as file:
        raw = raw_of_span(source, span, file)
    return chosen_rows(portion_of(span.offset, raw, source.body), span)


def raw_of_span(source: Source, span: Span, file: IO[bytes]) -> bytes:
    """Read the bytes of a portion again, if they are still the same."""
    file.seek(span.offset)
    raw = file.read(span.length)
    if zlib.crc32(raw) != span.checksum:
        raise source.changed()
    return raw


def chosen_rows(portion: Portion, span: Span) -> Iterator[tuple[int, Record]]:
    """Yield the rows of a span, each with its number."""
    chosen, rows = span.chosen, portion.records
    if len(rows) != (span.rows if chosen is None else len(chosen)):
        rows = [record for record in rows if not is_blank(record)]
    numbered = enumerate(rows, span.first_row)
    return numbered if chosen is None else compress(numbered, chosen)


def chosen_bytes(raw: bytes, span: Span, source: Source) -> bytes:
    """Return the bytes of the rows of a span as they stand in the file."""
    chosen = span.chosen
    return raw if chosen is None else b"".join(compress(row_bytes(raw, source.body, len(chosen)), chosen))
