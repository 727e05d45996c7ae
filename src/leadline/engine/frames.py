"""From whole records to frames of cells.

Records are read by Arrow; rows with fewer or more cells than most have are read one by one. Whatever
the header, a frame is as wide as its rows are, so that what a file costs follows from its bytes.
"""

import codecs
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from statistics import mode

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from leadline.engine.columns import cell_column, cell_columns
from leadline.engine.few_rows import with_columns
from leadline.engine.quotes import line_ends
from leadline.engine.records import read_records
from leadline.schema.outer_space import OUTER_SPACE, trimmed
from leadline.schema.record_errors import NOT_LISTED

_GUESS_BYTES = 16 * 1024
_EXTRA_CELLS_MAX = 16
PADDING_MAX = 4
"""Rows of unlike width share a frame when it has so many cells at most for each of their own."""

_NOTE = f"^{NOT_LISTED.message(count='[0-9]+')}$"
_NO_VALUE = OUTER_SPACE + "\x1a"  # the end mark of a file that others were put behind


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
    frames = [usual]
    if ragged:
        aside = pl.Series("row", [number for number, _ in ragged], pl.Int64)
        place = pl.int_range(1, usual.height + len(ragged) + 1, dtype=pl.Int64, eager=True)
        usual = usual.with_columns(row=place.filter(~place.is_in(aside.implode())))
        frames = _frames_of_like_width(usual, aside, [text for _, text in ragged], columns, delimiter)
    frames = [_without_notes(frame, reasons) for frame in frames]
    if has_strays:
        strays = line_ends(records, delimiter).rows_with_strays(records).implode()
        frames = [frame.with_columns(stray=pl.col("row").is_in(strays)) for frame in frames]
    return _numbered(frames, first_row)


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
    rows = cells.select(pl.col("row").filter(likely[0] & ~pl.col("long"))).to_series()
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
    """Cut rows of one width to `columns` cells, number them, and add `width`, `long` and `stray`."""
    extra = [pl.col(name).str.strip_chars(OUTER_SPACE) != "" for name in cells.columns[columns:]]
    is_long = pl.any_horizontal(extra) if extra else pl.lit(False)
    width = pl.lit(cells.width, pl.Int64).alias("width")
    row = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row")
    fitted = with_columns(cells, width, is_long.alias("long"), pl.lit(False).alias("stray"), row)
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
    return pl.DataFrame(pa.table(named)).with_columns(places, width, is_long, stray=pl.lit(False))


def padded(cells: pl.DataFrame, width: int) -> pl.DataFrame:
    """Add blank cells behind those that a frame has, until it has so many."""
    names = map(cell_column, range(len(cell_columns(cells.columns)), width))
    return cells.with_columns(pl.lit("").alias(name) for name in names)
