"""The judgement: what each row does to the record it finds (contract §3.6, §4.4-4.6).

Pure: checked rows and the stored records they match go in; outcomes, records to insert
and records to update come out. Each row is judged against its record as the row before
it left it; each record is written once.
"""

from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa

from leadline.engine.plan import ImportPlan
from leadline.engine.validate import fold_keys
from leadline.model import Outcome
from leadline.schema.catalog import Field
from leadline.schema.types import Storage

NOT_FOUND = "Lead not found"
SEVERAL_MATCH = "Multiple leads match the lookup criteria"
OTHER_PARTITION = "Partition update not allowed"
LINK_NOT_FOUND = {"company": "ExternalCompanyID not found", "sales_person": "ExternalSalesPersonID not found"}

_DTYPES: dict[Storage, type[pl.DataType]] = {
    Storage.TEXT: pl.String,
    Storage.INTEGER: pl.Int64,
    Storage.REAL: pl.Float64,
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the decision needs to know beside the records.

    `next_id` is the id of the next new record. `partition_id` is required of matched
    records when not None; `partition_names` names all partitions, `open_partitions` the
    ones that may be touched, None for all. `links` maps a link field's column to its
    known targets: folded key to the id as the target spells it.
    """

    next_id: int
    partition_id: int | None = None
    partition_names: dict[int, str] = field(default_factory=dict)
    open_partitions: frozenset[int] | None = None
    links: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a chunk does.

    `rows`: row, outcome, id, reason, warning of every row, in file order. `inserts` and
    `updates`: id and columns. `touched`: the distinct ids of imported rows.
    """

    rows: pl.DataFrame
    inserts: pa.Table
    updates: pa.Table
    touched: list[int]
    next_id: int


def decide(checked: pl.DataFrame, stored: pa.Table, plan: ImportPlan, around: Surroundings) -> Decision:
    """Judge a chunk of checked rows against the stored records that share a key with them.

    `stored` has `key`, `id`, `partition_id`, `updated_at` and the compared columns.
    """
    judged = _judge_match(_join_records(checked, stored, plan), plan, around)
    all_pass = judged["reason"].null_count() == judged.height
    rows = judged if all_pass else judged.filter(pl.col("reason").is_null())
    applied = _number_new(_apply_all(rows, plan), around.next_id)
    return _decision(judged, applied, plan, around.next_id)


def _join_records(checked: pl.DataFrame, stored: pa.Table, plan: ImportPlan) -> pl.DataFrame:
    """Put beside each row that passed the record its key finds, and whether it finds several."""
    records = _typed(stored, checked, plan)
    if records.is_empty():
        nothing = [pl.lit(None, dtype).alias(name) for name, dtype in records.schema.items() if name != "key"]
        return checked.with_columns(*nothing, pl.lit(False).alias("several"))
    one, several = _one_record_per_key(records, plan)
    passed = pl.when(pl.col("reason").is_null()).then(pl.col("key")).alias("key")
    joined = checked.with_columns(passed).join(one, on="key", how="left", maintain_order="left")
    return joined.with_columns(pl.col("key").is_in(several.implode()).alias("several"))


def _typed(stored: pa.Table, checked: pl.DataFrame, plan: ImportPlan) -> pl.DataFrame:
    """Bring the stored records in as a frame of the catalogue's types."""
    frame = pl.from_arrow(stored)
    assert isinstance(frame, pl.DataFrame)
    return frame.select(
        pl.col("key").cast(checked.schema["key"]),
        pl.col("id", "partition_id", "updated_at").cast(pl.Int64),
        *(
            pl.col(each.column).cast(_DTYPES[each.type.storage]).alias(f"old_{each.column}")
            for each in plan.compared
        ),
    )


def _one_record_per_key(records: pl.DataFrame, plan: ImportPlan) -> tuple[pl.DataFrame, pl.Series]:
    """Return one record for each key, and the keys that match several and may not."""
    repeated = records["key"].is_duplicated()
    if not repeated.any():
        return records, records["key"].clear()
    several = records.filter(repeated)["key"].unique()
    one = records.sort("updated_at", "id", descending=True).unique("key", keep="first")
    return one, several.clear() if plan.rules.multiple_matches == "newest" else several


def _judge_match(joined: pl.DataFrame, plan: ImportPlan, around: Surroundings) -> pl.DataFrame:
    """Fail the rows whose record may not be written or whose link leads nowhere."""
    failures = [pl.col("reason")]
    if not plan.creates:
        failures.append(_reason(pl.col("id").is_null(), NOT_FOUND))
    failures.append(_reason(pl.col("several"), SEVERAL_MATCH))
    partition = pl.col("partition_id")
    if around.open_partitions is not None:
        closed = partition.is_not_null() & ~partition.is_in(sorted(around.open_partitions))
        names = partition.replace_strict(around.partition_names, default="", return_dtype=pl.String)
        failures.append(pl.when(closed).then(pl.format("Access denied to partition '{}'", names)))
    if around.partition_id is not None:
        failures.append(_reason(partition != around.partition_id, OTHER_PARTITION))
    for link in plan.links:
        known = around.links[link.column]
        target = fold_keys(joined[link.column]).replace_strict(known, default=None, return_dtype=pl.String)
        dangling = joined[link.column].is_not_null() & target.is_null()
        joined = joined.with_columns(target.alias(link.column), dangling.alias(f"dangling_{link.column}"))
        failures.append(_reason(pl.col(f"dangling_{link.column}"), LINK_NOT_FOUND[link.link or ""]))
    return joined.with_columns(pl.coalesce(failures).alias("reason"))


def _reason(condition: pl.Expr, reason: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(reason))


def _apply_all(rows: pl.DataFrame, plan: ImportPlan) -> pl.DataFrame:
    """Apply the rows to their records; only keys that repeat need the order of their rows."""
    repeated = rows["key"].is_duplicated()
    if not repeated.any():
        return _apply(rows, plan, repeats=False)
    alone = _apply(rows.filter(~repeated), plan, repeats=False)
    together = _apply(rows.filter(repeated).sort("key", "row"), plan, repeats=True)
    return pl.concat([alone, together]).sort("row")


def _start(each: Field) -> pl.Expr:
    """Return what a field holds before the first row: the record's value, or a new one's."""
    default = pl.lit(each.default).cast(_DTYPES[each.type.storage])
    return pl.when(pl.col("id").is_null()).then(default).otherwise(pl.col(f"old_{each.column}"))


def _apply(rows: pl.DataFrame, plan: ImportPlan, *, repeats: bool) -> pl.DataFrame:
    """Add `new_...` for each compared column and `changed`.

    With `repeats` the rows are sorted by key and row, and each starts where the row
    before it ended.
    """
    first = (pl.col("key") != pl.col("key").shift(1)).fill_null(True) if repeats else pl.lit(True)
    rows = rows.with_columns(
        first.alias("first"),
        pl.int_range(pl.len()).alias("position"),
        *(_start(each).alias(f"old_{each.column}") for each in plan.compared),
    )
    link = next((each for each in plan.compared if each.link == "company"), None)
    if link is not None:
        rows = rows.with_columns(_after(link, plan, pl.lit(True), repeats))
    unlinked = pl.lit(True) if link is None else pl.col(f"new_{link.column}").is_null()
    rows = rows.with_columns(
        _after(each, plan, unlinked if each.company else pl.lit(True), repeats)
        for each in plan.compared
        if each is not link
    )
    return rows.with_columns(_changed(plan, repeats).alias("changed"))


def _changed(plan: ImportPlan, repeats: bool) -> pl.Expr:
    """Tell whether a row leaves its record other than it found it."""
    changes = []
    for each in plan.compared:
        old, new = pl.col(f"old_{each.column}"), pl.col(f"new_{each.column}")
        before = pl.when("first").then(old).otherwise(new.shift(1)) if repeats else old
        changes.append(new.ne_missing(before))
    return pl.any_horizontal(changes) if changes else pl.lit(False)


def _after(each: Field, plan: ImportPlan, counts: pl.Expr, repeats: bool) -> pl.Expr:
    """Return what a field holds after each row: the row's own value, or the last one before it.

    Where `counts` is false the row's value is ignored.
    """
    old, new = pl.col(f"old_{each.column}"), f"new_{each.column}"
    if each not in plan.fields:
        return old.alias(new)
    sets, value = pl.col(f"set_{each.column}") & counts, pl.col(each.column)
    if not repeats:
        return pl.when(sets).then(value).otherwise(old).alias(new)
    writer = pl.when(sets).then("position").forward_fill().over("key")
    return pl.when(writer.is_null()).then(old).otherwise(value.gather(writer)).alias(new)


def _number_new(applied: pl.DataFrame, next_id: int) -> pl.DataFrame:
    """Give new records their ids in file order, and each row its outcome."""
    is_new = pl.col("id").is_null()
    opens = is_new & pl.col("first")
    numbered = applied.with_columns(
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
    return numbered.with_columns(pl.coalesce("id", "new_id").alias("id"))


def _decision(judged: pl.DataFrame, applied: pl.DataFrame, plan: ImportPlan, next_id: int) -> Decision:
    final = applied if applied["first"].all() else applied.unique("id", keep="last", maintain_order=True)
    inserts = final.filter("is_new").sort("id")
    differs = [pl.col(f"new_{each.column}").ne_missing(pl.col(f"old_{each.column}")) for each in plan.fields]
    updates = final.filter(~pl.col("is_new") & (pl.any_horizontal(differs) if differs else pl.lit(False)))
    return Decision(
        rows=_outcomes(judged, applied),
        inserts=_columns(inserts, plan.fields, ()),
        updates=_columns(updates.sort("id"), plan.fields, (plan.lookup,)),
        touched=final["id"].sort().to_list(),
        next_id=next_id + inserts.height,
    )


def _outcomes(judged: pl.DataFrame, applied: pl.DataFrame) -> pl.DataFrame:
    """Return row, outcome, id, reason and warning of every row, in file order."""
    wanted = ["row", "outcome", "id", "reason", "warning"]
    if applied.height == judged.height:
        return applied.select(wanted)
    failed = judged.filter(pl.col("reason").is_not_null()).select(
        "row",
        pl.lit(Outcome.FAILED.value).alias("outcome"),
        pl.lit(None, pl.Int64).alias("id"),
        "reason",
        pl.lit(None, pl.String).alias("warning"),
    )
    return pl.concat([applied.select(wanted), failed]).sort("row")


def _columns(records: pl.DataFrame, fields: tuple[Field, ...], unchanged_keys: tuple[Field, ...]) -> pa.Table:
    """Return id, the fields' columns and their folded keys, save keys that matched and so stay."""
    table = records.select("id", *(pl.col(f"new_{each.column}").alias(each.column) for each in fields))
    folded = [
        fold_keys(table[each.column]).alias(each.key_column)
        for each in fields
        if each.has_key and each not in unchanged_keys
    ]
    return table.with_columns(folded).to_arrow(compat_level=pl.CompatLevel.oldest())
