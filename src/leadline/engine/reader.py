"""From the bytes of an upload to chunks of whole records, and from a chunk to frames of cells.

Records are found by the quotes around them and read by Arrow; rows with fewer or more cells than
most have are read one by one. Whatever the header, a frame is as wide as its rows are, so that what
a file costs follows from its bytes.
"""

import codecs
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from statistics import mode

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from leadline.engine.columns import cell_column, cell_columns
from leadline.engine.quotes import easy_end, line_ends
from leadline.engine.records import end_mark, read_records
from leadline.schema.outer_space import OUTER_SPACE, trimmed
from leadline.schema.record_errors import NOT_LISTED

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
PADDING_MAX = 4
"""Rows of unlike width share a frame when it has so many cells at most for each of their own."""

_NOTE = f"^{NOT_LISTED.message(count='[0-9]+')}$"
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
    rows end it earlier, since each may take room for all `columns` that are read, or for some times
    the cells that it has. A row longer than
    `CHUNK_BYTES`, or with a quote still open at the end of the file or after `ROW_BYTES_MAX`, is not
    read: it is the `broken` row of its chunk.
    """
    buffer, end = b"", start
    waiting: list[bytes] = []
    source = _without_end_mark(blocks)
    enough = min(chunk_bytes, FIRST_CHUNK_BYTES)
    for block in source:
        waiting.append(block)
        if len(buffer) + sum(map(len, waiting)) < enough:
            continue
        buffer, waiting = b"".join((buffer, *waiting)), []
        while len(buffer) >= enough and (chunk := _first_chunk(buffer, delimiter, columns, end)):
            yield chunk
            size, end = chunk.end - end, chunk.end
            buffer, enough = buffer[size:], min(chunk_bytes, 2 * enough, 2 * size)
        if len(buffer) > ROW_BYTES_MAX:
            end += len(buffer) + sum(len(rest) for rest in source)
            yield RawChunk(b"", _text(buffer), end)
            return
    buffer = b"".join((buffer, *waiting, b"\n"))
    while (chunk := _first_chunk(buffer, delimiter, columns, end)) and chunk.end < end + len(buffer) - 1:
        yield chunk
        buffer, end = buffer[chunk.end - end :], chunk.end
    rest = buffer[:-1]
    if chunk and chunk.broken is None:
        yield RawChunk(rest, None, end + len(rest), chunk.has_strays)
    else:
        yield RawChunk(b"", chunk.broken if chunk else _text(rest), end + len(rest))


def cut_after(
    chunks: Iterable[RawChunk],
    delimiter: str,
    columns: int,
    rows: int,
    start: int,
    reasons: Sequence[int] = (),
) -> Iterator[RawChunk]:
    """Yield the chunks, which begin at offset `start`; one that goes on beyond so many rows is cut in two."""
    for chunk in chunks:
        size, height = _size_of_rows(chunk.records, delimiter, columns, rows, reasons)
        if height == rows > 0 and size < len(chunk.records):
            yield RawChunk(chunk.records[:size], None, start + size, chunk.has_strays)
            chunk = RawChunk(chunk.records[size:], chunk.broken, chunk.end, chunk.has_strays)
        rows, start = rows - height - (chunk.broken is not None), chunk.end
        yield chunk


def _size_of_rows(
    records: bytes, delimiter: str, columns: int, rows: int, reasons: Sequence[int]
) -> tuple[int, int]:
    """Return how long the first so many data rows are, and how many there are at most so far."""
    if rows <= 0:
        return 0, 0
    ends = line_ends(records, delimiter).of_records()
    lines = height = 0
    while height < rows and lines < len(ends):
        lines = min(len(ends), lines + rows - height)
        height = count_rows(records[: int(ends[lines - 1])], columns, delimiter, reasons)
    return (int(ends[lines - 1]), height) if lines else (0, 0)


def _without_end_mark(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the blocks without the mark that DOS programs put at the end of a file."""
    held = b""
    for block in blocks:
        text = held + block
        end = end_mark(text, b"\x1a", b"\r\n") if text[-1:] in (b"\x1a", b"\r", b"\n") else len(text)
        held = text[end:]
        yield text[:end]


def _first_chunk(buffer: bytes, delimiter: str, columns: int, start: int) -> RawChunk | None:
    """Return the complete records at the beginning of the buffer, or one that is too long to read."""
    rows_max = _rows_max(buffer, delimiter, columns)
    if size := easy_end(buffer, delimiter, CHUNK_BYTES + 1, rows_max):
        return RawChunk(buffer[:size], None, start + size)
    first, size, has_strays = _look_for_rows(buffer, delimiter, rows_max)
    if size == 0:
        return None
    if first > CHUNK_BYTES + 1:
        return RawChunk(b"", _text(buffer[:first]), start + first)
    return RawChunk(buffer[:size], None, start + size, has_strays)


def _rows_max(buffer: bytes, delimiter: str, columns: int) -> int:
    """Return how many rows a chunk may have, each of which takes room for some times its own cells."""
    if columns <= CHUNK_CELLS_MAX // CHUNK_ROWS_MAX:
        return CHUNK_ROWS_MAX
    lines = max(buffer.count(b"\n"), buffer.count(b"\r"), 1)
    usual = buffer.count(delimiter.encode()) // lines + 1
    return max(1, min(CHUNK_ROWS_MAX, CHUNK_CELLS_MAX // min(columns, PADDING_MAX * usual)))


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


def row_at(
    blocks: Iterable[bytes], delimiter: str, columns: int, length: int, reasons: Iterable[int] = ()
) -> int:
    """Return the number of the data row in which the byte at `length` stands.

    `blocks` begin with the first data row and are valid up to that byte.
    """
    row = 1
    for chunk in cut_chunks(_first_bytes(blocks, length), delimiter, 0):
        complete = chunk.records[: line_ends(chunk.records, delimiter).last(len(chunk.records))]
        row += count_rows(complete, columns, delimiter, reasons)
    return row


def _first_bytes(blocks: Iterable[bytes], count: int) -> Iterator[bytes]:
    for block in blocks:
        yield block[:count]
        count -= len(block)
        if count <= 0:
            return


def read_cells(
    records: bytes,
    columns: int,
    delimiter: str,
    first_row: int,
    *,
    has_strays: bool = False,
    reasons: Iterable[int] = (),
) -> list[pl.DataFrame]:
    """Read complete records into frames: `row`, `width`, `long`, `stray` and text columns `c0`, `c1`, ...

    Almost always it is one. Rows of very unlike width are in several, none of them much wider than its
    rows are, and none wider than `columns`. Short rows of a frame are padded with blank cells. `row`
    counts data rows from `first_row`; rows without any value are left out and not counted. `width` is
    how many cells a row has; `long` marks rows whose extra cells are not all blank, `stray` those with
    quotes that show torn quoting. `reasons` are the places of columns that gave reasons: what one says of
    rows that are not listed is no value.
    """
    ragged: list[tuple[int, str]] = []

    def set_aside(row: arrow_csv.InvalidRow) -> str:
        ragged.append((row.number, row.text.rstrip("\r\n")))
        return "skip"

    width = _usual_width(records, columns, delimiter)
    usual = _fitted(_read_arrow(records, width, delimiter, set_aside), columns)
    place = pl.int_range(1, usual.height + len(ragged) + 1, dtype=pl.Int64, eager=True).alias("row")
    if ragged:
        aside = pl.Series("row", [number for number, _ in ragged], pl.Int64)
        usual = usual.with_columns(place.filter(~place.is_in(aside.implode())))
        frames = _frames_of_like_width(usual, aside, [text for _, text in ragged], columns, delimiter)
    else:
        frames = [usual.with_columns(place)]
    frames = [_without_notes(frame, reasons) for frame in frames]
    stray = pl.lit(False)
    if has_strays:
        stray = pl.col("row").is_in(line_ends(records, delimiter).rows_with_strays(records).implode())
    return _numbered([frame.with_columns(stray.alias("stray")) for frame in frames], first_row)


def count_rows(records: bytes, columns: int, delimiter: str, reasons: Iterable[int] = ()) -> int:
    """Return how many data rows complete records are."""
    return sum(cells.height for cells in read_cells(records, columns, delimiter, 1, reasons=reasons))


def _without_notes(cells: pl.DataFrame, reasons: Iterable[int]) -> pl.DataFrame:
    """Blank what the last line of a failure or warning file says of the rows that it does not list."""
    places = [name for name in map(cell_column, reasons) if name in cells.columns]
    return cells.with_columns(pl.col(places).str.replace(_NOTE, "")) if places else cells


def _numbered(frames: list[pl.DataFrame], first_row: int) -> list[pl.DataFrame]:
    """Leave out rows without any value, and count the others from `first_row`."""
    blank = pl.concat([_without_values(frame) for frame in frames]).sort()
    if blank.is_empty() and first_row == 1:
        return frames
    if blank.is_empty():
        return [frame.with_columns(pl.col("row") + (first_row - 1)) for frame in frames]
    kept = [frame.filter(~pl.col("row").is_in(blank.implode())) for frame in frames]
    before = [blank.search_sorted(frame["row"]).cast(pl.Int64) for frame in kept]
    return [
        frame.with_columns(frame["row"] - less + (first_row - 1))
        for frame, less in zip(kept, before, strict=True)
    ]


def _without_values(cells: pl.DataFrame) -> pl.Series:
    """Return the rows that are no more than delimiters and white space; almost always there are none.

    Few cells begin like white space, so few rows need a closer look.
    """
    texts = [pl.col(name) for name in cell_columns(cells.columns)]
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
    """Cut rows of one width to `columns` cells, and add `width` and `long`."""
    extra = [pl.col(name).str.strip_chars(OUTER_SPACE) != "" for name in cells.columns[columns:]]
    is_long = pl.any_horizontal(extra) if extra else pl.lit(False)
    width = pl.lit(cells.width, pl.Int64).alias("width")
    fitted = cells.with_columns(width, is_long.alias("long"))
    return fitted.drop(cells.columns[columns:]) if extra else fitted


def _read_arrow(records: bytes, width: int, delimiter: str, handler: object) -> pl.DataFrame:
    """Read rows of `width` cells into columns `c0`, `c1`, ...; others go to the handler."""
    names = [cell_column(index) for index in range(width)]
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


def _frames_of_like_width(
    usual: pl.DataFrame, places: pl.Series, texts: Sequence[str], columns: int, delimiter: str
) -> list[pl.DataFrame]:
    """Read the rows that were set aside, and put them beside the usual ones or into frames of their own.

    They share a frame unless that pads them with much more cells than they have.
    """
    rows = [cells for cells, _ in read_records("\n".join(texts), delimiter)]
    frames = [] if usual.is_empty() else [usual]
    usual_width = len(cell_columns(usual.columns)) if frames else 0
    widths = [min(len(cells), columns) for cells in rows]
    widest = max(usual_width, *widths)
    own_cells = usual.height * usual_width + sum(widths)
    if (usual.height + len(rows)) * widest <= PADDING_MAX * own_cells:
        frames.append(_framed(places, rows, columns))
        return [pl.concat([padded(each, widest) for each in frames], how="diagonal").sort("row")]
    alike: dict[int, list[int]] = defaultdict(list)
    for index, width in enumerate(widths):
        alike[width.bit_length()].append(index)
    for group in alike.values():
        frames.append(_framed(places.gather(group), [rows[index] for index in group], columns))
    return frames


def _framed(places: pl.Series, rows: Sequence[Sequence[str]], columns: int) -> pl.DataFrame:
    """Bring rows of any width into a frame as wide as the widest, cut to `columns` cells."""
    filled = zip_longest(*(cells[:columns] for cells in rows), fillvalue="")
    named = {cell_column(index): pa.array(cells, pa.large_string()) for index, cells in enumerate(filled)}
    width = pl.Series("width", [len(cells) for cells in rows], pl.Int64)
    is_long = pl.Series("long", [any(map(trimmed, cells[columns:])) for cells in rows])
    return pl.DataFrame(pa.table(named)).with_columns(places, width, is_long)


def padded(cells: pl.DataFrame, width: int) -> pl.DataFrame:
    """Add blank cells behind those that a frame has, until it has so many."""
    names = map(cell_column, range(len(cell_columns(cells.columns)), width))
    return cells.with_columns(pl.lit("").alias(name) for name in names)
