"""What each row does to the record that it finds (contract §3.6, §4.4-4.6).

Pure: checked rows and the stored records they match go in; outcomes, records to insert
and records to update come out. Each row is matched against its record as the row before
it left it; each record is written once.
"""

from collections.abc import Sequence

import polars as pl
import pyarrow as pa

from leadline.engine.apply_rows import apply_all, number_new
from leadline.engine.bands import Band
from leadline.engine.changes import Changes, changes_of, together
from leadline.engine.columns import CLIENT_ID, new_column
from leadline.engine.few_rows import select
from leadline.engine.keys import fold_keys
from leadline.engine.match_rules import MergeContext, check_match, join_records
from leadline.engine.plan import MergePlan
from leadline.model.dataclass import dataclass
from leadline.model.records import Action, Outcome
from leadline.schema.catalog import Field


@dataclass(frozen=True, slots=True)
class Decision:
    """What a chunk does.

    `rows`: row, outcome, id (the one clients know), reason, warning of every row, in file
    order; in a call the code of the reason too. `inserts` and each table of `updates`: id and
    columns; a new record is among the latter too where a band has fields of it.
    `changes`: the written cells.
    `applied`: for each plan the rows that passed, in file order, as `apply_rows` leaves them: with what
    their records held before and what they hold after each.
    """

    rows: pl.DataFrame
    inserts: pa.Table
    updates: tuple[pa.Table, ...]
    next_id: int
    changes: Changes
    applied: tuple[tuple[MergePlan, pl.DataFrame], ...] = ()


def decide(
    checked: pl.DataFrame,
    stored: pa.Table,
    plan: MergePlan,
    context: MergeContext,
    bands: Sequence[tuple[Band, pa.Table]] = (),
) -> Decision:
    """Decide what a chunk of checked rows does to the stored records that share a key with them.

    `checked` is as `validate` returns it. `stored` has `key`, `id`, `updated_at`, `changed`, `gap`, the
    columns of `plan.stored_fields`, and `partition_id` when there are partitions; so has the table beside
    each band.
    """
    matched = check_match(join_records(checked, stored, plan), plan, context)
    all_pass = matched["reason"].null_count() == matched.height
    rows = matched if all_pass else matched.filter(pl.col("reason").is_null())
    applied = number_new(apply_all(rows, plan), plan, context.next_id, context.guid_seed)
    final = _final(applied)
    repeats = final.height < applied.height
    inserts, known = _parted(final)
    written = _changed(applied, known, repeats=repeats)
    updates = [_columns(written, plan, is_new=False)]
    changes = changes_of(applied, inserts, written, plan, repeats=repeats)
    frames = [(plan, applied)]
    for band, stored_wide in bands:
        wide = _apply_band(applied, band, stored_wide)
        written = _changed(wide, _final(wide), repeats=repeats)
        updates.append(_columns(written, band.plan, is_new=False))
        changes = together(changes, changes_of(wide, *_parted(written), band.plan, repeats=repeats))
        frames.append((band.plan, wide))
        applied = _note_changes(applied, wide)
    return Decision(
        rows=_outcomes(matched, applied),
        inserts=_columns(inserts, plan, is_new=True),
        updates=tuple(updates),
        next_id=context.next_id + inserts.height,
        changes=changes,
        applied=tuple(frames),
    )


def _apply_band(applied: pl.DataFrame, band: Band, stored: pa.Table) -> pl.DataFrame:
    """Apply the fields of a band to the records that its rows were found or made to write."""
    numbers = applied.select("row", "is_new", pl.col("id").alias("own_id"))
    rows = band.keyed(applied).join(numbers, on="row", how="inner", maintain_order="left")
    joined = join_records(rows, stored, band.plan)
    return apply_all(joined, band.plan).with_columns(pl.col("own_id").alias("id"))


def _note_changes(applied: pl.DataFrame, wide: pl.DataFrame) -> pl.DataFrame:
    """Let a row whose wide fields change its record be no longer unchanged."""
    changed = pl.col("row").is_in(wide.filter("changed")["row"].implode())
    outcome = pl.when(changed & (pl.col("outcome") == Outcome.UNCHANGED.value))
    return applied.with_columns(
        outcome.then(pl.lit(Outcome.UPDATED.value)).otherwise("outcome").alias("outcome")
    )


def _final(applied: pl.DataFrame) -> pl.DataFrame:
    """Return the last row of each record."""
    return applied if applied["first"].all() else applied.unique("id", keep="last", maintain_order=True)


def _parted(final: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the new records and the known ones, by id; often there are none of one kind."""
    final = final if final["id"].is_sorted() else final.sort("id")
    if final["is_new"].all():
        return final, final.clear()
    return final.filter("is_new"), final.filter(~pl.col("is_new"))


def _changed(applied: pl.DataFrame, final: pl.DataFrame, *, repeats: bool) -> pl.DataFrame:
    """Return those of some last rows whose records any row changes, be it back to what they were."""
    if final.is_empty() or not repeats:
        return final.filter("changed")
    return final.filter(pl.col("id").is_in(applied.filter("changed")["id"].implode()))


def _outcomes(matched: pl.DataFrame, applied: pl.DataFrame) -> pl.DataFrame:
    """Return row, outcome, id, reason and warning of every row, in file order."""
    codes = ["code"] if "code" in matched.columns else []
    written = select(applied, "row", "outcome", pl.col(CLIENT_ID).alias("id"), "reason", "warning", *codes)
    if applied.height == matched.height:
        return written
    failed = select(
        matched.filter(pl.col("reason").is_not_null()),
        "row",
        pl.lit(Outcome.FAILED.value).alias("outcome"),
        pl.lit(None, written.schema["id"]).alias("id"),
        "reason",
        pl.lit(None, pl.String).alias("warning"),
        *codes,
    )
    return pl.concat([written, failed]).sort("row")


def _columns(records: pl.DataFrame, plan: MergePlan, *, is_new: bool) -> pa.Table:
    """Return id, the fields' columns and their folded keys; a key that found its record stays as it is."""
    records = records if records["id"].is_sorted() else records.sort("id")
    table = select(records, "id", *(pl.col(new_column(each)).alias(each.column) for each in plan.fields))
    folded = [
        _folded(records, table[each.column], each, plan).alias(each.key_column)
        for each in plan.fields
        if each.has_key and (is_new or each not in plan.key.fields)
    ]
    if is_new and plan.key.compound:
        folded.append(records["key"].alias(plan.key.column))
    if is_new and plan.has_guid:
        folded.append(records[CLIENT_ID].alias("guid"))
    table = table.hstack(folded) if folded else table
    return table.to_arrow(compat_level=pl.CompatLevel.oldest())


def _folded(records: pl.DataFrame, values: pl.Series, field: Field, plan: MergePlan) -> pl.Series:
    """Return the folded keys of a field's values; the field that rows are found by has been folded before.

    Not so where a row's value may count for nothing, or is spelled anew, or each row makes a record.
    """
    is_key = plan.key.fields == (field,) and plan.action is not Action.CREATE_DUPLICATE
    may_differ = field.company or field.link is not None
    return records["key"] if is_key and not may_differ else fold_keys(values, field.type)
