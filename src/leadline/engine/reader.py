"""From the bytes of an upload to chunks of whole records, and from a chunk to a frame of cells.

Records are found by the quotes around them and read by Arrow; rows with too few or too many
cells are read one by one and fitted to the header.
"""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from statistics import mode

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from leadline.engine.quotes import line_ends
from leadline.engine.records import read_records

CHUNK_BYTES = 4 * 1024 * 1024
BROKEN_BYTES_MAX = 1024 * 1024
"""How much of a row that cannot be read is shown in the failure file."""

FIRST_CHUNK_BYTES = CHUNK_BYTES // 8
CHUNK_ROWS_MAX = 65_536
CHUNK_CELLS_MAX = 1_000_000
_GUESS_BYTES = 16 * 1024
_LOOK_BYTES = 64 * 1024
"""So much more than the usual size of so many rows is looked through for their end."""

_EXTRA_CELLS_MAX = 16
ROW_BYTES_MAX = 4 * CHUNK_BYTES
"""A row that is not closed within this many bytes takes the rest of the file with it."""


@dataclass(frozen=True, slots=True)
class RawChunk:
    """Some complete records, then perhaps one row that cannot be read.

    `end` is the offset behind the chunk, in bytes of the file as UTF-8 without mark.
    """

    records: bytes
    broken: str | None
    end: int


def utf8_blocks(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a file as UTF-8 without byte order mark; what does not decode stays as bad as it is."""
    if encoding == "utf-16":
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        yield from (decoder.decode(block).encode() for block in blocks)
        return
    for number, block in enumerate(blocks):
        yield block.removeprefix(codecs.BOM_UTF8) if number == 0 else block


def find_undecodable(blocks: Iterable[bytes], encoding: str) -> int | None:
    """Return where the file stops being in its encoding, or None when it never does.

    The offset counts bytes of the valid text before the fault as UTF-8 without mark.
    """
    decoder = codecs.getincrementaldecoder(encoding.removesuffix("-sig"))()
    offset = 0
    try:
        for number, part in enumerate(blocks):
            block = part if number else part.removeprefix(codecs.BOM_UTF8)
            if encoding != "utf-16" and block.isascii() and not decoder.getstate()[0]:
                offset += len(block)
            else:
                offset += len(decoder.decode(block).encode())
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        valid = fault.object[: fault.start]
        return offset + len(valid.decode(fault.encoding, "ignore").encode())
    return None


def skip_bytes(blocks: Iterable[bytes], count: int) -> Iterator[bytes]:
    """Yield the blocks without their first `count` bytes."""
    for block in blocks:
        if count < len(block):
            yield block[count:] if count else block
            count = 0
        else:
            count -= len(block)


def cut_chunks(
    blocks: Iterable[bytes], delimiter: str, start: int, chunk_bytes: int = CHUNK_BYTES, columns: int = 1
) -> Iterator[RawChunk]:
    """Cut data that begins at offset `start`, a record's beginning, into chunks.

    The first one is small, so that merging begins early, and each may be twice as large as the one
    before it, so that it is ready in time. A chunk is cut when `chunk_bytes` are there; many short
    rows end it earlier, since each takes room for all `columns`. A row longer than `CHUNK_BYTES`,
    or with a quote still open at the end of the file or after `ROW_BYTES_MAX`, is not read: it is
    the `broken` row of its chunk.
    """
    buffer, end = b"", start
    source = iter(blocks)
    enough = min(chunk_bytes, FIRST_CHUNK_BYTES)
    rows_max = max(1, min(CHUNK_ROWS_MAX, CHUNK_CELLS_MAX // columns))
    for block in source:
        buffer += block
        while len(buffer) >= enough and (chunk := _first_chunk(buffer, delimiter, rows_max, end)):
            yield chunk
            buffer, end, enough = buffer[chunk.end - end :], chunk.end, min(chunk_bytes, 2 * enough)
        if len(buffer) > ROW_BYTES_MAX:
            end += len(buffer) + sum(len(rest) for rest in source)
            yield RawChunk(b"", _text(buffer), end)
            return
    buffer += b"\n"
    while (chunk := _first_chunk(buffer, delimiter, rows_max, end)) and chunk.end < end + len(buffer) - 1:
        yield chunk
        buffer, end = buffer[chunk.end - end :], chunk.end
    rest = buffer[:-1]
    broken = chunk.broken if chunk else _text(rest)
    yield RawChunk(rest if broken is None else b"", broken, end + len(rest))


def _first_chunk(buffer: bytes, delimiter: str, rows_max: int, start: int) -> RawChunk | None:
    """Return the complete records at the beginning of the buffer, or one that is too long to read."""
    first, size = _complete(buffer, delimiter, rows_max)
    if size == 0:
        return None
    if first > CHUNK_BYTES + 1:
        return RawChunk(b"", _text(buffer[:first]), start + first)
    return RawChunk(buffer[:size], None, start + size)


def _complete(buffer: bytes, delimiter: str, rows_max: int) -> tuple[int, int]:
    """Return how many bytes the first record of the buffer has, and how many all that are complete.

    Those are about `rows_max` at most.
    """
    lines = max(buffer.count(b"\n"), buffer.count(b"\r"))
    if b'"' not in buffer and lines <= rows_max:
        first = min(buffer.find(end) + 1 or len(buffer) for end in (b"\n", b"\r"))
        return first, max(buffer.rfind(b"\n"), buffer.rfind(b"\r")) + 1
    seen = min(len(buffer), len(buffer) * rows_max // max(lines, 1) + _LOOK_BYTES)
    while True:
        ends = line_ends(buffer[:seen], delimiter)
        if (size := ends.last(rows_max)) or seen == len(buffer):
            return ends.first(), size
        seen = min(len(buffer), 4 * seen)


def _text(row: bytes) -> str:
    return row[:BROKEN_BYTES_MAX].decode("utf-8", "replace").rstrip("\r\n")


def row_at(blocks: Iterable[bytes], delimiter: str, columns: int, length: int) -> int:
    """Return the number of the data row in which the byte at `length` stands.

    `blocks` begin with the first data row and are valid up to that byte.
    """
    row = 1
    for chunk in cut_chunks(_first_bytes(blocks, length), delimiter, 0, columns=columns):
        complete = chunk.records[: _complete(chunk.records, delimiter, CHUNK_ROWS_MAX)[1]]
        row += read_cells(complete, columns, delimiter, 1).height
    return row


def _first_bytes(blocks: Iterable[bytes], count: int) -> Iterator[bytes]:
    for block in blocks:
        yield block[:count]
        count -= len(block)
        if count <= 0:
            return


def read_cells(records: bytes, columns: int, delimiter: str, first_row: int) -> pl.DataFrame:
    """Read complete records into a frame: `row`, `long` and text columns `c0`, `c1`, ...

    `row` counts data rows from `first_row`, blank lines not counted. Short rows are
    padded with blank cells; `long` marks rows whose extra cells are not all blank.
    """
    ragged: list[tuple[int, str]] = []

    def set_aside(row: arrow_csv.InvalidRow) -> str:
        ragged.append((row.number, row.text.rstrip("\r\n")))
        return "skip"

    width = _usual_width(records, columns, delimiter)
    whole = _fitted(_read_arrow(records, width, delimiter, set_aside), columns)
    if not ragged:
        numbers = pl.Series("row", range(first_row, first_row + whole.height), pl.Int64)
        return whole.with_columns(numbers)
    aside = pl.Series("row", [number for number, _ in ragged], pl.Int64) + (first_row - 1)
    total = whole.height + len(ragged)
    everyone = pl.Series("row", range(first_row, first_row + total), pl.Int64)
    rest = everyone.filter(~everyone.is_in(aside.implode()))
    fitted = _fit("\n".join(text for _, text in ragged), columns, delimiter)
    return pl.concat([whole.with_columns(rest), fitted.with_columns(aside)]).sort("row")


def _usual_width(records: bytes, columns: int, delimiter: str) -> int:
    """Guess how many cells most rows have: in some files each ends with a delimiter, or lacks the last cells.

    Rows of another width are set aside and fitted one by one, which is slow but as right.
    """
    head = records[:_GUESS_BYTES].decode("utf-8", "replace")
    widths = [len(row) for row, _ in read_records(head, delimiter) if row][:-1]  # the last may be cut
    width = mode(widths) if widths else columns
    return width if width <= columns + _EXTRA_CELLS_MAX else columns


def _fitted(cells: pl.DataFrame, columns: int) -> pl.DataFrame:
    """Bring rows of one width to `columns` cells, and add `long`."""
    extra = [pl.col(name) != "" for name in cells.columns[columns:]]
    missing = [pl.lit("").alias(f"c{index}") for index in range(cells.width, columns)]
    is_long = pl.any_horizontal(extra) if extra else pl.lit(False)
    return cells.with_columns(*missing, is_long.alias("long")).drop(cells.columns[columns:])


def _read_arrow(records: bytes, width: int, delimiter: str, handler: object) -> pl.DataFrame:
    """Read rows of `width` cells into columns `c0`, `c1`, ...; others go to the handler."""
    names = [f"c{index}" for index in range(width)]
    schema = {name: pa.string() for name in names}
    if not records.strip(b"\r\n"):
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    if records.startswith(codecs.BOM_UTF8):
        records = codecs.BOM_UTF8 + records  # Arrow takes one for the mark of a file; here it is text
    table = arrow_csv.read_csv(
        pa.BufferReader(records),
        read_options=arrow_csv.ReadOptions(
            column_names=names, use_threads=False, block_size=len(records) + 1
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=True,
            invalid_row_handler=handler,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=schema, strings_can_be_null=False, quoted_strings_can_be_null=False
        ),
    )
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _fit(records: str, columns: int, delimiter: str) -> pl.DataFrame:
    """Read rows of any width one by one, padded or cut to `columns` cells, and add `long`."""
    rows = [cells for cells, _ in read_records(records, delimiter)]
    is_long = pl.Series("long", [any(cells[columns:]) for cells in rows])
    filled = zip_longest(*(cells[:columns] for cells in rows), fillvalue="")
    named = {f"c{index}": pl.Series(cells, dtype=pl.String) for index, cells in enumerate(filled)}
    missing = [pl.lit("").alias(f"c{index}") for index in range(len(named), columns)]
    return pl.DataFrame(named).with_columns(*missing, is_long)
