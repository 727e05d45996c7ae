"""What rows make of their records: each row meets its record as the row before it left it."""

import polars as pl

from leadline.engine.columns import CLIENT_ID, new_column, old_column, set_column
from leadline.engine.few_rows import with_columns
from leadline.engine.guids import chosen_guids, new_guids
from leadline.engine.keys import DTYPES, all_differ
from leadline.engine.plan import MergePlan
from leadline.model.records import Outcome
from leadline.schema.catalog import Field


def apply_all(rows: pl.DataFrame, plan: MergePlan) -> pl.DataFrame:
    """Apply the rows of `check_match` that passed to their records; all columns are kept, in file order.

    Only keys that repeat need the order of their rows.
    """
    if all_differ(rows["key"]) or not (repeated := rows["key"].is_duplicated()).any():
        return _apply(rows, plan, repeats=False)
    alone = _apply(rows.filter(~repeated), plan, repeats=False)
    together = _apply(rows.filter(repeated).sort("key", "row"), plan, repeats=True)
    return pl.concat([alone, together]).sort("row")


def _value_before(field: Field) -> pl.Expr:
    """Return what a field holds before the first row: the stored record's value, or a new one's default."""
    default = pl.lit(field.default).cast(DTYPES[field.type.storage])
    return pl.when(pl.col("id").is_null()).then(default).otherwise(pl.col(old_column(field)))


def _apply(rows: pl.DataFrame, plan: MergePlan, *, repeats: bool) -> pl.DataFrame:
    """Add `first`, `position`, the new value of each compared field, and `changed`.

    With `repeats` the rows are sorted by key and row, and each starts where the row
    before it ended.
    """
    first = (pl.col("key") != pl.col("key").shift(1)).fill_null(True) if repeats else pl.lit(True)
    rows = with_columns(
        rows,
        first.alias("first"),
        pl.int_range(pl.len()).alias("position"),
        *(_value_before(each).alias(old_column(each)) for each in plan.compared),
    )
    link = plan.company_link
    if link is not None:
        rows = rows.with_columns(_value_after(link, plan, pl.lit(True), repeats))
    unlinked = pl.lit(True) if link is None else pl.col(new_column(link)).is_null()
    rows = with_columns(
        rows,
        (
            _value_after(each, plan, unlinked if each.company else pl.lit(True), repeats)
            for each in plan.compared
            if each is not link
        ),
    )
    return rows.with_columns(_changed(plan, repeats).alias("changed"))


def _changed(plan: MergePlan, repeats: bool) -> pl.Expr:
    """Tell whether a row changes its record."""
    changes = []
    for each in plan.compared:
        old, new = pl.col(old_column(each)), pl.col(new_column(each))
        before = pl.when("first").then(old).otherwise(new.shift(1)) if repeats else old
        changes.append(new.ne_missing(before))
    return pl.any_horizontal(changes) if changes else pl.lit(False)


def _value_after(field: Field, plan: MergePlan, counts: pl.Expr, repeats: bool) -> pl.Expr:
    """Return what a field holds after each row: the row's own value, or the last one before it.

    Where `counts` is false the row's value is ignored.
    """
    old, new = pl.col(old_column(field)), new_column(field)
    if field not in plan.fields:
        return old.alias(new)
    if field in plan.identity and plan.object_type.keeps_key:
        counts &= pl.col("id").is_null() & pl.col("first")
    sets, value = pl.col(set_column(field)) & counts, pl.col(field.column)
    if not repeats:
        return pl.when(sets).then(value).otherwise(old).alias(new)
    writer = pl.when(sets).then("position").forward_fill().over("key")
    return pl.when(writer.is_null()).then(old).otherwise(value.gather(writer)).alias(new)


def number_new(
    applied: pl.DataFrame, plan: MergePlan, next_id: int, guid_seed: str | None = None
) -> pl.DataFrame:
    """Give new records their ids in file order, and each row its outcome."""
    is_new = pl.col("id").is_null()
    opens = is_new & pl.col("first")
    numbered = with_columns(
        applied,
        is_new.alias("is_new"),
        pl.when(opens).then(next_id - 1 + opens.cast(pl.Int64).cum_sum()).alias("new_id"),
        pl.when(opens)
        .then(pl.lit(Outcome.CREATED.value))
        .when("changed")
        .then(pl.lit(Outcome.UPDATED.value))
        .otherwise(pl.lit(Outcome.UNCHANGED.value))
        .alias("outcome"),
    )
    if not applied["first"].all():
        numbered = numbered.with_columns(pl.col("new_id").max().over("key"))
    number = pl.coalesce("id", "new_id")
    if not plan.has_guid:
        return with_columns(numbered, number.alias("id"), number.alias(CLIENT_ID))
    numbered = with_columns(numbered, number.alias("id"))
    count = numbered["new_id"].n_unique()
    table = plan.object_type.table
    guids = new_guids(count) if guid_seed is None else chosen_guids(guid_seed, table, next_id, count)
    made = pl.lit(guids).gather((pl.col("new_id") - next_id).fill_null(0))
    return with_columns(
        numbered,
        pl.when("is_new").then(made).otherwise(old_column(plan.object_type.id_field)).alias(CLIENT_ID),
    )
