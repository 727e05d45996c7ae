"""What the rows of a file do to each cell: for a preview, which counts the cells of a column and lists them.

A row meets its record as the row before it left it, so where a file is cut into chunks makes no difference.
"""

from collections.abc import Sequence
from enum import StrEnum

import polars as pl

from leadline.engine.columns import CLIENT_ID, new_column, old_column, set_column
from leadline.engine.header import PlannedColumn
from leadline.engine.plan import MergePlan
from leadline.engine.shown_values import shown
from leadline.model.dataclass import dataclass
from leadline.schema.catalog import Field


class Effect(StrEnum):
    """What becomes of a cell that a row gives and that is not wrong."""

    OVERWRITES = "overwrites"
    FILLS = "fills"
    CLEARS = "clears"
    SAME = "same"
    IGNORED = "ignored"


Applied = Sequence[tuple[MergePlan, pl.DataFrame]]
"""The rows that passed, by the plan of the fields that they have, as a `Decision` keeps them."""

_CHANGES = {
    "row": pl.Int64,
    "field": pl.String,
    "old": pl.String,
    "new": pl.String,
    "is_moment": pl.Boolean,
}


@dataclass(frozen=True, slots=True)
class Effects:
    """How many cells of each column of the file there are of each kind, and the cells that change.

    `changes` are tables, one a field, with `row`, `field`, the texts `old` and `new`, and `is_moment`: the
    new value is the very moment of the import.
    """

    counts: dict[int, dict[Effect, int]]
    changes: Sequence[pl.DataFrame]


def effects_of(applied: Applied, moments: Sequence[str] = ()) -> Effects:
    """Return what rows do to their records; `moments` are fields that take the time of the import."""
    counts: dict[int, dict[Effect, int]] = {}
    changes: list[pl.DataFrame] = []
    for plan, frame in applied:
        rows = _with_values_before(frame, plan)
        for column in _assigned(plan):
            if column.index >= 0:
                counts[column.index] = _counted(rows, column.field)
            changes.append(_changes(rows, column.field, is_moment=column.field.name in moments))
    return Effects(counts, changes)


def one_after_the_other(changes: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Bring changes together row by row, those of a row in the order given."""
    return pl.concat([pl.DataFrame(schema=_CHANGES), *changes]).sort("row", maintain_order=True)


def known_records(applied: Applied) -> pl.DataFrame:
    """Return for each row that passed the record that it finds, and what people call it.

    `id` is the one that clients know, as a text, and `record` its number: both are null where a row of
    the file makes the record. `key` is the row's own value of the key, several parts with a comma between.
    """
    plan, frame = applied[0]
    parts = [
        shown(frame[each.column], each.type) if each.column in frame.columns else frame["key"].cast(pl.String)
        for each in plan.key.fields
    ]
    is_known = ~pl.col("is_new")
    return frame.select(
        "row",
        pl.when(is_known).then(pl.col(CLIENT_ID).cast(pl.String)).alias("id"),
        pl.when(is_known).then("id").alias("record"),
        pl.concat_str([pl.lit(each) for each in parts], separator=",", ignore_nulls=True).alias("key"),
    )


def _assigned(plan: MergePlan) -> list[PlannedColumn]:
    return [each for each in plan.columns if each.field in plan.fields]


def _before(field: Field) -> str:
    return f"before_{field.column}"


def _with_values_before(applied: pl.DataFrame, plan: MergePlan) -> pl.DataFrame:
    """Add what each field holds before each row; only keys that repeat need the rows before it."""
    if applied["first"].all():
        return applied.with_columns(pl.col(old_column(each)).alias(_before(each)) for each in plan.fields)
    return applied.with_columns(
        pl.when("first")
        .then(old_column(each))
        .otherwise(pl.col(new_column(each)).shift(1).over("key"))
        .alias(_before(each))
        for each in plan.fields
    )


_MAKES = pl.col("is_new") & pl.col("first")
"""Whether a row makes its record: there is nothing before it but defaults, which nobody gave."""


def _changed(field: Field) -> pl.Expr:
    """Tell whether a row changes a cell; one that makes a record changes each that it gives a value."""
    new = pl.col(new_column(field))
    given = pl.col(set_column(field)) & new.is_not_null()
    return pl.when(_MAKES).then(given).otherwise(new.ne_missing(pl.col(_before(field))))


def _counted(rows: pl.DataFrame, field: Field) -> dict[Effect, int]:
    new, before, changed = pl.col(new_column(field)), pl.col(_before(field)), _changed(field)
    fills = changed & (_MAKES | before.is_null())
    clears = changed & ~_MAKES & new.is_null()
    leaves = pl.col(set_column(field)) & ~changed
    is_taken = _MAKES | pl.col(field.column).eq_missing(new)
    masks = {
        Effect.FILLS: fills,
        Effect.CLEARS: clears,
        Effect.OVERWRITES: changed & ~fills & ~clears,
        Effect.SAME: leaves & is_taken,
        Effect.IGNORED: leaves & ~is_taken,
    }
    sums = rows.select(mask.sum().alias(effect.value) for effect, mask in masks.items()).row(0, named=True)
    return {effect: int(sums[effect.value]) for effect in Effect}


def _changes(rows: pl.DataFrame, field: Field, *, is_moment: bool) -> pl.DataFrame:
    """Return the changed cells of a field, with their values as texts.

    The default, which a new record has whatever its row says, is none of them.
    """
    has_default = _MAKES & pl.col(new_column(field)).eq_missing(field.default)
    changed = _changed(field) if field.default is None else _changed(field) & ~has_default
    found = rows.filter(changed)
    old = found.select(pl.when(~_MAKES).then(_before(field))).to_series()
    return found.select(
        "row",
        pl.lit(field.name).alias("field"),
        shown(old, field.type).alias("old"),
        shown(found[new_column(field)], field.type).alias("new"),
        pl.lit(is_moment).alias("is_moment"),
    )
