"""What each row does to the record that it finds (contract §3.6, §4.4-4.6).

Pure: checked rows and the stored records they match go in; outcomes, records to insert
and records to update come out. Each row is matched against its record as the row before
it left it; each record is written once.
"""

from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from leadline.engine.apply_rows import apply_all, number_new
from leadline.engine.columns import CLIENT_ID, new_column, old_column
from leadline.engine.keys import fold_keys
from leadline.engine.match_rules import MergeContext, check_match, join_records
from leadline.engine.plan import MergePlan
from leadline.model.records import Outcome


@dataclass(frozen=True, slots=True)
class Decision:
    """What a chunk does.

    `rows`: row, outcome, id (the one clients know), reason, warning of every row, in file
    order; in a call the code of the reason too. `inserts` and `updates`: id and columns.
    `touched`: the distinct numbers of the records of imported rows.
    """

    rows: pl.DataFrame
    inserts: pa.Table
    updates: pa.Table
    touched: list[int]
    next_id: int


def decide(checked: pl.DataFrame, stored: pa.Table, plan: MergePlan, context: MergeContext) -> Decision:
    """Decide what a chunk of checked rows does to the stored records that share a key with them.

    `checked` is as `validate` returns it. `stored` has `key`, `id`, `updated_at`, the columns of
    `plan.stored_fields`, and `partition_id` when there are partitions.
    """
    matched = check_match(join_records(checked, stored, plan), plan, context)
    all_pass = matched["reason"].null_count() == matched.height
    rows = matched if all_pass else matched.filter(pl.col("reason").is_null())
    applied = number_new(apply_all(rows, plan), plan, context.next_id, context.guid_seed)
    return _decision(matched, applied, plan, context.next_id)


def _decision(matched: pl.DataFrame, applied: pl.DataFrame, plan: MergePlan, next_id: int) -> Decision:
    final = applied if applied["first"].all() else applied.unique("id", keep="last", maintain_order=True)
    inserts = final.filter("is_new").sort("id")
    differs = [pl.col(new_column(each)).ne_missing(pl.col(old_column(each))) for each in plan.fields]
    updates = final.filter(~pl.col("is_new") & (pl.any_horizontal(differs) if differs else pl.lit(False)))
    return Decision(
        rows=_outcomes(matched, applied),
        inserts=_columns(inserts, plan, is_new=True),
        updates=_columns(updates.sort("id"), plan, is_new=False),
        touched=final["id"].sort().to_list(),
        next_id=next_id + inserts.height,
    )


def _outcomes(matched: pl.DataFrame, applied: pl.DataFrame) -> pl.DataFrame:
    """Return row, outcome, id, reason and warning of every row, in file order."""
    codes = ["code"] if "code" in matched.columns else []
    written = applied.select("row", "outcome", pl.col(CLIENT_ID).alias("id"), "reason", "warning", *codes)
    if applied.height == matched.height:
        return written
    failed = matched.filter(pl.col("reason").is_not_null()).select(
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
    table = records.select("id", *(pl.col(new_column(each)).alias(each.column) for each in plan.fields))
    folded = [
        fold_keys(table[each.column], each.type).alias(each.key_column)
        for each in plan.fields
        if each.has_key and (is_new or each not in plan.key.fields)
    ]
    if is_new and plan.key.compound:
        folded.append(records["key"].alias(plan.key.column))
    if is_new and plan.has_guid:
        folded.append(records[CLIENT_ID].alias("guid"))
    return table.with_columns(folded).to_arrow(compat_level=pl.CompatLevel.oldest())
