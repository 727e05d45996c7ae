"""Checks of a row as a whole: is it a record, and is its number of values or a quote odd?

Each check looks at all rows of a chunk in a way that costs next to nothing when, as almost always,
none is odd.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

import polars as pl

from leadline.engine.columns import cell_column, cell_columns
from leadline.engine.few_rows import select
from leadline.engine.plan import PADDED_CELLS_MAX, FileLayout
from leadline.engine.reasons import text_of
from leadline.engine.records import read_records
from leadline.model.dataclass import dataclass
from leadline.model.rules import Rules
from leadline.schema.outer_space import trimmed
from leadline.schema.record_errors import (
    HEADER_REPEATED,
    LONG_ROW,
    NO_RECORD,
    SHORT_ROW,
    STRAY_QUOTES,
    RecordError,
)

HEAD_BYTES = 1024 * 1024
_FIRST_LOOK_BYTES = 16 * 1024
"""In nearly all files so many bytes show a row that is not shifted."""

_FILE_STARTS = "\ufeff\x1a"  # what a file put behind another leaves in front of its header
_EXPORT_ENDS = (
    r"^(?:\(\d+ rows?(?: affected)?\)|\(\d+ row\(s\) affected\)|\d+ rows? selected\.?"
    r"|\d+ record\(s\) selected\.?|\d+ rows? in set(?: \([0-9.]+ sec\))?|\\\.)$"
)
"""What SQL shells print behind the last row, and the end of data of PostgreSQL's COPY."""

_FORMULA_GUARD = r"^'('*[=+\-@\t\r\x00])"


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The first megabyte of a file's rows: the width of the first, and whether all have a value too many.

    The width is the header's where there is no row that can be read.
    """

    width: int
    are_shifted: bool


def first_rows(blocks: Iterable[bytes], delimiter: str, columns: int) -> FirstRows:
    """Look at the first rows of a file; `blocks` begin behind its header.

    They count as shifted when there are two at least and each has one value more than the header has
    columns, the last of them not blank: a tool has put row numbers in front and no name above them.
    """
    head, more = b"", iter(blocks)
    for size in (_FIRST_LOOK_BYTES, HEAD_BYTES):
        while len(head) < size and (block := next(more, None)) is not None:
            head += block
        rows = _whole_rows(head, size, delimiter)
        first, second = next(rows, None), next(rows, None)
        if first is None or second is None:
            shifted = False
        else:
            both = chain([first, second], rows)
            shifted = all(len(cells) == columns + 1 and trimmed(cells[-1]) for cells in both)
        if len(head) < size or (second is not None and not shifted):
            break
    return FirstRows(columns if first is None else len(first), are_shifted=shifted)


def _whole_rows(head: bytes, size: int, delimiter: str) -> Iterator[list[str]]:
    """Yield the rows with any value that stand whole in so many first bytes."""
    text = head[:size].decode("utf-8", "replace")
    whole = len(text) if len(head) < size else len(text) - 1  # the last row may be cut
    for cells, end in read_records(text, delimiter):
        if end <= whole and any(map(trimmed, cells)):
            yield cells


def without_guards(cells: pl.DataFrame) -> pl.DataFrame:
    """Take off each cell the `'` that was put before a formula when the file was written (contract §7.2)."""
    return cells.with_columns(pl.col(cell_columns(cells.columns)).str.replace(_FORMULA_GUARD, "$1"))


def without_reasons(cells: pl.DataFrame, layout: FileLayout) -> pl.DataFrame:
    """Blank the reasons of rows that were written without padding: each is the last cell (contract §7.2)."""
    lacks_many = pl.col("width") < layout.width - PADDED_CELLS_MAX
    if not cells.select(lacks_many.any()).item():
        return cells
    return cells.with_columns(
        pl.when(lacks_many & (pl.col("width") == place)).then(pl.lit("")).otherwise(pl.col(name)).alias(name)
        for place, name in enumerate(cell_columns(cells.columns), 1)
    )


def check_rows(cells: pl.DataFrame, layout: FileLayout, rules: Rules) -> pl.DataFrame:
    """Put `fault`, `row_fault` and `row_warning` (texts or null) in place of `long` and `stray`.

    `fault` comes before anything that is wrong with its cells, the others behind that.
    """
    repeated = _reason_at(_repeated_headers(cells, layout), HEADER_REPEATED)
    leftover = _reason_at(_leftovers(cells, layout), NO_RECORD)
    row_fault = warning = pl.lit(None, pl.String)
    if rules.inner_quotes != "ignore" and cells["stray"].any():
        warning = pl.when("stray").then(text_of(STRAY_QUOTES))
    if rules.long_rows != "ignore" and (cells["width"] != layout.width).any():
        warning = pl.coalesce(warning, _width_warning(layout))
        row_fault = pl.when(pl.col("long") & (rules.long_rows == "fail")).then(text_of(LONG_ROW))
    fault = pl.coalesce(repeated, leftover)
    reasons = (fault.alias("fault"), row_fault.alias("row_fault"), warning.alias("row_warning"))
    return select(cells, pl.exclude("long", "stray"), *reasons)


def _reason_at(rows: pl.Series, error: RecordError) -> pl.Expr:
    if rows.is_empty():
        return pl.lit(None, pl.String)
    return pl.when(pl.col("row").is_in(rows.implode())).then(text_of(error))


def _width_warning(layout: FileLayout) -> pl.Expr:
    """Return the warning of rows whose number of values is not the usual one, or that lose a value."""
    width = pl.col("width")
    usual = (width == layout.width) | (width == layout.first_width)
    return (
        pl.when(pl.col("long"))
        .then(text_of(LONG_ROW))
        .when(usual)
        .then(None)
        .when(width < layout.width)
        .then(text_of(SHORT_ROW))
        .otherwise(text_of(LONG_ROW))
    )


def _repeated_headers(cells: pl.DataFrame, layout: FileLayout) -> pl.Series:
    """Return the rows that are the header once more, in any case, as files put behind each other have it."""
    named = [(place, name.lower()) for place, name in layout.header.named]
    if not any(trimmed(name) for _, name in named):
        return cells["row"].clear()
    there = set(cell_columns(cells.columns))
    if any(name for place, name in named if cell_column(place) not in there):
        return cells["row"].clear()
    named = [(place, name) for place, name in named if cell_column(place) in there]
    named.sort(key=lambda each: (not trimmed(each[1]), each[0] == 0))  # those that tell most first
    place, name = named[0]
    likely = cells["row"]
    if place > 0 and name.isascii():  # a cheap look at all rows leaves few
        has_length = pl.col(cell_column(place)).str.len_bytes() == len(name)
        likely = cells.select(pl.col("row").filter(has_length)).to_series()
    if likely.is_empty():
        return likely
    left = select(cells, "row", *(cell_column(place) for place, _ in named))
    if len(likely) < left.height:
        left = left.filter(pl.col("row").is_in(likely.implode()))
    for place, name in named:
        if left.is_empty():
            break
        cell = pl.col(cell_column(place))
        if place == 0:
            cell = cell.str.strip_chars_start(_FILE_STARTS).str.strip_chars('"')
        left = left.filter(cell.str.to_lowercase() == name)
    return left["row"]


def _leftovers(cells: pl.DataFrame, layout: FileLayout) -> pl.Series:
    """Return the rows that an export leaves beside its records: count of rows, end of data, line of dashes.

    In a file of one column nothing tells them from values.
    """
    there = set(cell_columns(cells.columns))
    names = [cell_column(place) for place, _ in layout.header.named]
    texts = [pl.col(name) for name in names if name in there]
    if len(names) < 2 or names[0] not in there:
        return cells["row"].clear()
    may_end = pl.all_horizontal(pl.lit(True), *(each == "" for each in texts[1:]))
    may_be_line = texts[0].str.starts_with("--") if len(texts) == len(names) else pl.lit(False)
    likely = cells.select(pl.col("row").filter(may_end | may_be_line)).to_series()
    if likely.is_empty():
        return likely
    left = cells.filter(pl.col("row").is_in(likely.implode()))
    is_end = may_end & texts[0].str.contains(_EXPORT_ENDS)
    is_line = may_be_line & pl.all_horizontal(each.str.contains("^-{2,}$") for each in texts)
    return left.filter(is_end | is_line)["row"]
