"""Dates written day first, found before the first row is applied (contract §8).

`a/b/yyyy` is read month first. Where a column holds values that fit day first only, those that
fit both ways are doubtful, wherever in the column the others stand.
"""

from collections.abc import Iterable

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from leadline.engine.cells import READERS, trimmed
from leadline.engine.columns import cell_column
from leadline.engine.frames import read_cells
from leadline.engine.header import PlannedColumn
from leadline.engine.plan import FileLayout, MergePlan
from leadline.engine.reader import RawChunk
from leadline.schema.types import Cell

_DAY_FIRST = r"(?:1[3-9]|2[0-9]|3[01])/(?:0?[1-9]|1[0-2])/[0-9]{2}"
_LONGEST = len("31/12/25")
_FEW = 16
_FIRST_TWO = r"^([0-9]{1,2})/([0-9]{1,2})/"


def date_columns(plan: MergePlan) -> list[PlannedColumn]:
    """Return the columns in which the order of day and month matters."""
    kinds = (Cell.DATE, Cell.DATETIME) if plan.rules.ambiguous_dates != "accept" else ()
    return [each for each in plan.columns if each.field.type.cell in kinds]


def may_have_day_first(blocks: Iterable[bytes], encoding: str) -> bool:
    """Tell whether a file's bytes may hold a date written day first; most files hold none.

    Where a digit is two bytes, as in UTF-16, only whole cells can tell.
    """
    if encoding == "utf-16":
        return True
    end = b""
    for block in blocks:
        seen = end + block
        if _may_hold(seen):
            return True
        end = seen[1 - _LONGEST :]
    return False


def _may_hold(text: bytes) -> bool:
    if b"/" not in text:
        return False
    found = pc.match_substring_regex(pa.array([text], pa.large_binary()), _DAY_FIRST)
    return bool(found[0].as_py())


def day_first_columns(chunks: Iterable[RawChunk], plan: MergePlan, layout: FileLayout) -> frozenset[int]:
    """Return the places of the columns with a value that is a date day first, and none month first.

    Each row counts that has one, whatever else is wrong with it.
    """
    waiting, found = date_columns(plan), set[int]()
    for chunk in chunks:
        if not _may_hold(chunk.records):
            continue
        for cells in read_cells(chunk.records, layout.width, layout.delimiter, 1):
            there = [each for each in waiting if cell_column(each.index) in cells.columns]
            found |= {each.index for each in there if _proves(cells, each, plan)}
        waiting = [each for each in waiting if each.index not in found]
        if not waiting:
            break
    return frozenset(found)


def _proves(cells: pl.DataFrame, column: PlannedColumn, plan: MergePlan) -> bool:
    name = cell_column(column.index)
    text = cells.select(trimmed(pl.col(name)))
    likely = text.filter(pl.col(name).str.contains(f"^{_DAY_FIRST}"))
    as_month_first = pl.col(name).str.replace(_FIRST_TWO, "$2/$1/")
    reads = (
        READERS[column.field.type.cell](as_month_first, plan.date_defaults(column.field)).is_not_null().any()
    )
    return any(part.select(reads).item() for part in (likely.head(_FEW), likely))  # the first few mostly do


def fits_both(text: pl.Expr) -> pl.Expr:
    """Tell which texts, of those that are dates month first, are other dates day first."""
    parts = text.str.extract_groups(_FIRST_TWO)
    month, day = (parts.struct.field(name).cast(pl.Int64) for name in ("1", "2"))
    return ((day <= 12) & (day != month)).fill_null(value=False)
