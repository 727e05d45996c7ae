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

from leadline.engine.quotes import easy_end, line_ends
from leadline.engine.records import end_mark, read_records
from leadline.schema.outer_space import OUTER_SPACE, trimmed

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
_NO_VALUE = OUTER_SPACE + "\x1a"  # the end mark of a file that others were put behind
ROW_BYTES_MAX = 4 * CHUNK_BYTES
"""A row that is not closed within this many bytes takes the rest of the file with it."""


@dataclass(frozen=True, slots=True)
class RawChunk:
    """Some complete records, then perhaps one row that cannot be read.

    `end` is the offset behind the chunk, in bytes of the file as UTF-8 without mark; `has_strays`
    says that some quotes may be torn.
    """

    records: bytes
    broken: str | None
    end: int
    has_strays: bool = False


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
    waiting: list[bytes] = []
    source = _without_end_mark(blocks)
    enough = min(chunk_bytes, FIRST_CHUNK_BYTES)
    rows_max = max(1, min(CHUNK_ROWS_MAX, CHUNK_CELLS_MAX // columns))
    for block in source:
        waiting.append(block)
        if len(buffer) + sum(map(len, waiting)) < enough:
            continue
        buffer, waiting = b"".join((buffer, *waiting)), []
        while len(buffer) >= enough and (chunk := _first_chunk(buffer, delimiter, rows_max, end)):
            yield chunk
            size, end = chunk.end - end, chunk.end
            buffer, enough = buffer[size:], min(chunk_bytes, 2 * enough, 2 * size)
        if len(buffer) > ROW_BYTES_MAX:
            end += len(buffer) + sum(len(rest) for rest in source)
            yield RawChunk(b"", _text(buffer), end)
            return
    buffer = b"".join((buffer, *waiting, b"\n"))
    while (chunk := _first_chunk(buffer, delimiter, rows_max, end)) and chunk.end < end + len(buffer) - 1:
        yield chunk
        buffer, end = buffer[chunk.end - end :], chunk.end
    rest = buffer[:-1]
    if chunk and chunk.broken is None:
        yield RawChunk(rest, None, end + len(rest), chunk.has_strays)
    else:
        yield RawChunk(b"", chunk.broken if chunk else _text(rest), end + len(rest))


def cut_after(
    chunks: Iterable[RawChunk], delimiter: str, columns: int, rows: int, start: int
) -> Iterator[RawChunk]:
    """Yield the chunks, which begin at offset `start`; one that goes on beyond so many rows is cut in two."""
    for chunk in chunks:
        size, height = _size_of_rows(chunk.records, delimiter, columns, rows)
        if height == rows > 0 and size < len(chunk.records):
            yield RawChunk(chunk.records[:size], None, start + size, chunk.has_strays)
            chunk = RawChunk(chunk.records[size:], chunk.broken, chunk.end, chunk.has_strays)
        rows, start = rows - height - (chunk.broken is not None), chunk.end
        yield chunk


def _size_of_rows(records: bytes, delimiter: str, columns: int, rows: int) -> tuple[int, int]:
    """Return how long the first so many data rows are, and how many there are at most so far."""
    if rows <= 0:
        return 0, 0
    ends = line_ends(records, delimiter).of_records()
    lines = height = 0
    while height < rows and lines < len(ends):
        lines = min(len(ends), lines + rows - height)
        height = read_cells(records[: int(ends[lines - 1])], columns, delimiter, 1).height
    return (int(ends[lines - 1]), height) if lines else (0, 0)


def _without_end_mark(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the blocks without the mark that DOS programs put at the end of a file."""
    held = b""
    for block in blocks:
        text = held + block
        end = end_mark(text, b"\x1a", b"\r\n") if text[-1:] in (b"\x1a", b"\r", b"\n") else len(text)
        held = text[end:]
        yield text[:end]


def _first_chunk(buffer: bytes, delimiter: str, rows_max: int, start: int) -> RawChunk | None:
    """Return the complete records at the beginning of the buffer, or one that is too long to read."""
    if size := easy_end(buffer, delimiter, CHUNK_BYTES + 1, rows_max):
        return RawChunk(buffer[:size], None, start + size)
    first, size, has_strays = _look_for_rows(buffer, delimiter, rows_max)
    if size == 0:
        return None
    if first > CHUNK_BYTES + 1:
        return RawChunk(b"", _text(buffer[:first]), start + first)
    return RawChunk(buffer[:size], None, start + size, has_strays)


def _look_for_rows(buffer: bytes, delimiter: str, rows_max: int) -> tuple[int, int, bool]:
    """Return how many bytes the first row has, how many about `rows_max` have, and whether quotes stray."""
    lines = max(buffer.count(b"\n"), buffer.count(b"\r"))
    seen = min(len(buffer), len(buffer) * rows_max // max(lines, 1) + _LOOK_BYTES)
    while True:
        ends = line_ends(buffer[:seen], delimiter)
        if (size := ends.last(rows_max)) or seen == len(buffer):
            return ends.first(), size, not ends.strays.is_empty()
        seen = min(len(buffer), 4 * seen)


def _text(row: bytes) -> str:
    return row[:BROKEN_BYTES_MAX].decode("utf-8", "replace").rstrip("\r\n")


def row_at(blocks: Iterable[bytes], delimiter: str, columns: int, length: int) -> int:
    """Return the number of the data row in which the byte at `length` stands.

    `blocks` begin with the first data row and are valid up to that byte.
    """
    row = 1
    for chunk in cut_chunks(_first_bytes(blocks, length), delimiter, 0, columns=columns):
        complete = chunk.records[: line_ends(chunk.records, delimiter).last(len(chunk.records))]
        row += read_cells(complete, columns, delimiter, 1).height
    return row


def _first_bytes(blocks: Iterable[bytes], count: int) -> Iterator[bytes]:
    for block in blocks:
        yield block[:count]
        count -= len(block)
        if count <= 0:
            return


def read_cells(
    records: bytes, columns: int, delimiter: str, first_row: int, *, has_strays: bool = False
) -> pl.DataFrame:
    """Read complete records into a frame: `row`, `width`, `long`, `stray` and text columns `c0`, `c1`, ...

    `row` counts data rows from `first_row`; rows without any value are left out and not counted.
    `width` is how many cells a row has. Short rows are padded with blank cells; `long` marks rows
    whose extra cells are not all blank, `stray` those with quotes that show torn quoting.
    """
    ragged: list[tuple[int, str]] = []

    def set_aside(row: arrow_csv.InvalidRow) -> str:
        ragged.append((row.number, row.text.rstrip("\r\n")))
        return "skip"

    width = _usual_width(records, columns, delimiter)
    cells = _fitted(_read_arrow(records, width, delimiter, set_aside), columns)
    place = pl.int_range(1, cells.height + len(ragged) + 1, dtype=pl.Int64, eager=True).alias("row")
    if ragged:
        aside = pl.Series("row", [number for number, _ in ragged], pl.Int64)
        fitted = _fit("\n".join(text for _, text in ragged), columns, delimiter).with_columns(aside)
        rest = place.filter(~place.is_in(aside.implode()))
        cells = pl.concat([cells.with_columns(rest), fitted]).sort("row")
    stray = pl.repeat(False, cells.height, eager=True)
    if has_strays:
        stray = place.is_in(line_ends(records, delimiter).rows_with_strays(records).implode())
    cells = cells.with_columns(place, stray.alias("stray"))
    blank = _without_values(cells, columns)
    if not blank.is_empty():
        cells = cells.filter(~pl.col("row").is_in(blank.implode()))
        place = place.head(cells.height)
    return cells.with_columns(place + (first_row - 1))


def _without_values(cells: pl.DataFrame, columns: int) -> pl.Series:
    """Return the rows that are no more than delimiters and white space; almost always there are none.

    Few cells begin like white space, so few rows need a closer look.
    """
    texts = [pl.col(f"c{index}") for index in range(columns)]
    likely = [(text < "!") | (text > "~") for text in texts]
    rows = cells.select("row", "c0", "long").filter(likely[0] & ~pl.col("long"))["row"]
    if rows.is_empty():
        return rows
    left = cells.filter(pl.col("row").is_in(rows.implode()) & pl.all_horizontal(likely))
    return left.filter(text.str.strip_chars(_NO_VALUE) == "" for text in texts)["row"]


def _usual_width(records: bytes, columns: int, delimiter: str) -> int:
    """Guess how many cells most rows have: in some files each ends with a delimiter, or lacks the last cells.

    Rows of another width are set aside and fitted one by one, which is slow but as right.
    """
    head = records[:_GUESS_BYTES].decode("utf-8", "replace")
    widths = [len(row) for row, _ in read_records(head, delimiter) if row][:-1]  # the last may be cut
    width = mode(widths) if widths else columns
    return width if width <= columns + _EXTRA_CELLS_MAX else columns


def _fitted(cells: pl.DataFrame, columns: int) -> pl.DataFrame:
    """Bring rows of one width to `columns` cells, and add `width` and `long`."""
    extra = [pl.col(name).str.strip_chars(OUTER_SPACE) != "" for name in cells.columns[columns:]]
    missing = [pl.lit("").alias(f"c{index}") for index in range(cells.width, columns)]
    is_long = pl.any_horizontal(extra) if extra else pl.lit(False)
    width = pl.lit(cells.width, pl.Int64).alias("width")
    return cells.with_columns(*missing, width, is_long.alias("long")).drop(cells.columns[columns:])


def _read_arrow(records: bytes, width: int, delimiter: str, handler: object) -> pl.DataFrame:
    """Read rows of `width` cells into columns `c0`, `c1`, ...; others go to the handler."""
    names = [f"c{index}" for index in range(width)]
    schema = {name: pa.string() for name in names}
    if not records.lstrip(b"\r\n"):
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
    """Read rows of any width one by one, padded or cut to `columns` cells, and add `width` and `long`."""
    rows = [cells for cells, _ in read_records(records, delimiter)]
    width = pl.Series("width", [len(cells) for cells in rows], pl.Int64)
    is_long = pl.Series("long", [any(map(trimmed, cells[columns:])) for cells in rows])
    filled = zip_longest(*(cells[:columns] for cells in rows), fillvalue="")
    named = {f"c{index}": pl.Series(cells, dtype=pl.String) for index, cells in enumerate(filled)}
    missing = [pl.lit("").alias(f"c{index}") for index in range(len(named), columns)]
    return pl.DataFrame(named).with_columns(*missing, width, is_long)
