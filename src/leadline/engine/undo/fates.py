"""What becomes of all cells of a change set when it is taken back, set-wise.

The outcome of a cell depends on nothing but the sequence of sets that wrote it. So cells are grouped by that
sequence, and each distinct one is decided once (`cells.py`). A table of later changes has `id`, `set`, the
number of the change set, `what`, and `set:<field>` for each field. That a record is there at all is a cell
too, written by the sets that created or deleted it.
"""

from collections.abc import Mapping

import polars as pl

from leadline.engine.undo.cells import Fate, decide_cell
from leadline.model.changes import What
from leadline.model.dataclass import dataclass

SET, FATE, BY = "set:", "fate:", "by:"
"""Before the name of a field: whether a set wrote the cell, what becomes of it, and by which set."""

PRESENCE = ""
"""The name of the cell that says whether a record is there."""


@dataclass(frozen=True, slots=True)
class Target:
    """A change set that is taken back, which sets of the log take which back, and which go with it."""

    number: int
    undoes: Mapping[int, int]
    with_it: frozenset[int] = frozenset()


def fates_of_cells(written: pl.DataFrame, later: pl.DataFrame, target: Target) -> pl.DataFrame:
    """Return `id` and, for each field, fate and set of each cell that `written` says the target wrote."""
    fields = fields_of(written)
    fates = written.select("id", *(SET + each for each in fields))
    for each in fields:
        wrote = pl.col(SET + each).fill_null(False)
        fate, by = pl.lit(Fate.REVERTED.value, pl.Int8), pl.lit(0, pl.Int64)
        decided = _decided(later, each, target)
        if decided is not None:
            fates = fates.join(decided, on="id", how="left", maintain_order="left")
            fate, by = pl.col("fate").fill_null(fate), pl.col("by").fill_null(by)
        columns = pl.when(wrote).then(fate).alias(FATE + each), pl.when(wrote).then(by).alias(BY + each)
        fates = fates.with_columns(columns).drop("fate", "by", strict=False)
    return fates.drop(SET + each for each in fields)


def fates_of_records(ids: pl.Series, later: pl.DataFrame, target: Target) -> pl.DataFrame:
    """Return `id`, `fate` and `by` of records that the target created or deleted.

    A record is kept when any cell of it is, and by the first set that keeps one.
    """
    fates = [
        decided
        for each in (*fields_of(later), PRESENCE)
        if (decided := _decided(later, each, target)) is not None
    ]
    untouched = pl.DataFrame({"id": ids}).with_columns(
        pl.lit(Fate.REVERTED.value, pl.Int8).alias("fate"), pl.lit(0, pl.Int64).alias("by")
    )
    if not fates:
        return untouched
    among = pl.concat([untouched, *fates]).filter(pl.col("id").is_in(ids.implode()))
    kept, settled = pl.col("fate") == Fate.KEPT.value, pl.col("fate") == Fate.SETTLED.value
    return among.group_by("id", maintain_order=True).agg(
        pl.when(kept.any())
        .then(Fate.KEPT.value)
        .when(settled.any())
        .then(Fate.SETTLED.value)
        .otherwise(Fate.REVERTED.value)
        .cast(pl.Int8)
        .alias("fate"),
        pl.when(kept.any()).then(pl.col("by").filter(kept).min()).otherwise(pl.col("by").max()).alias("by"),
    )


def fields_of(table: pl.DataFrame) -> list[str]:
    """Return the fields of which a table says whether they were written."""
    return [name.removeprefix(SET) for name in table.columns if name.startswith(SET)]


def _decided(later: pl.DataFrame, field: str, target: Target) -> pl.DataFrame | None:
    """Return `id`, `fate` and `by` of the records whose field was written later; None where none was."""
    if field == PRESENCE:
        wrote = pl.col("what") != What.UPDATED.value
    elif SET + field in later.columns:
        wrote = pl.col(SET + field).fill_null(False)
    else:
        return None
    touched = later.filter(wrote).select("id", "set")
    if touched.is_empty():
        return None
    sets = pl.col("set").sort()
    of_records = touched.group_by("id").agg(sets, sets.cast(pl.String).str.join(",").alias("sequence"))
    distinct = of_records.unique("sequence").select("sequence", "set")
    verdicts = [
        decide_cell([target.number, *each], target.undoes, target.number, target.with_it)
        for each in distinct["set"].to_list()
    ]
    fates = distinct.select("sequence").with_columns(
        pl.Series("fate", [each.fate.value for each in verdicts], pl.Int8),
        pl.Series("by", [each.by for each in verdicts], pl.Int64),
    )
    return of_records.join(fates, on="sequence", how="left").select("id", "fate", "by")
