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
    records, several = _one_record_per_key(_typed(stored, checked, plan), plan)
    joined = checked.filter(pl.col("reason").is_null()).join(
        records, on="key", how="left", maintain_order="left"
    )
    judged = _judge_match(joined, several, plan, around)
    alive = _with_defaults(judged.filter(pl.col("reason").is_null()), plan)
    repeated = alive["key"].is_duplicated()
    applied = pl.concat(
        [
            _apply(alive.filter(~repeated), plan, repeats=False),
            _apply(alive.filter(repeated).sort("key", "row"), plan, repeats=True),
        ]
    ).sort("row")
    applied = _number_new(applied, around.next_id)
    return _decision(checked, judged, applied, plan, around.next_id)


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
    several = records.filter(pl.col("key").is_duplicated())["key"].unique()
    one = records.sort("updated_at", "id", descending=True).unique("key", keep="first")
    return one, several.clear() if plan.rules.multiple_matches == "newest" else several


def _judge_match(
    joined: pl.DataFrame, several: pl.Series, plan: ImportPlan, around: Surroundings
) -> pl.DataFrame:
    """Fail the rows whose record may not be written or whose link leads nowhere."""
    failures = [] if plan.creates else [_reason(pl.col("id").is_null(), NOT_FOUND)]
    failures.append(_reason(pl.col("key").is_in(several.implode()), SEVERAL_MATCH))
    partition = pl.col("partition_id")
    if around.open_partitions is not None:
        closed = partition.is_not_null() & ~partition.is_in(sorted(around.open_partitions))
        names = partition.replace_strict(around.partition_names, default="", return_dtype=pl.String)
        failures.append(pl.when(closed).then(pl.format("Access denied to partition '{}'", names)))
    if around.partition_id is not None:
        failures.append(_reason(partition != around.partition_id, OTHER_PARTITION))
    for link in plan.links:
        known = around.links[link.column]
        folded = fold_keys(joined[link.column])
        target = folded.replace_strict(known, default=None, return_dtype=pl.String)
        dangling = joined[link.column].is_not_null() & target.is_null()
        joined = joined.with_columns(target.alias(link.column), dangling.alias(f"dangling_{link.column}"))
        failures.append(_reason(pl.col(f"dangling_{link.column}"), LINK_NOT_FOUND[link.link or ""]))
    return joined.with_columns(pl.coalesce(failures).alias("reason"))


def _reason(condition: pl.Expr, reason: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(reason))


def _with_defaults(alive: pl.DataFrame, plan: ImportPlan) -> pl.DataFrame:
    """Give rows without a record the values of a new one to start from."""
    return alive.with_columns(
        pl.when(pl.col("id").is_null())
        .then(pl.lit(each.default).cast(_DTYPES[each.type.storage]))
        .otherwise(pl.col(f"old_{each.column}"))
        .alias(f"old_{each.column}")
        for each in plan.compared
    )


def _apply(rows: pl.DataFrame, plan: ImportPlan, *, repeats: bool) -> pl.DataFrame:
    """Add `new_...` for each compared column and `changed`.

    With `repeats` the rows are sorted by key and row, and each starts where the row
    before it ended.
    """
    first = (pl.col("key") != pl.col("key").shift(1)).fill_null(True) if repeats else pl.lit(True)
    assigned = set(plan.fields)
    ordered = sorted(plan.compared, key=lambda each: each.link != "company")
    company_link = next((each for each in ordered if each.link == "company"), None)
    changes: list[pl.Expr] = []
    rows = rows.with_columns(first.alias("first"))
    for each in ordered:
        old, new = f"old_{each.column}", f"new_{each.column}"
        sets = pl.col(f"set_{each.column}") if each in assigned else pl.lit(False)
        if each.company and company_link is not None:
            sets = sets & pl.col(f"new_{company_link.column}").is_null()
        value = pl.col(each.column) if each in assigned else pl.lit(None)
        rows = rows.with_columns(_after(sets, value, pl.col(old), repeats).alias(new))
        before = (
            pl.when("first").then(pl.col(old)).otherwise(pl.col(new).shift(1)) if repeats else pl.col(old)
        )
        changes.append(pl.col(new).ne_missing(before))
    changed = pl.any_horizontal(changes) if changes else pl.lit(False)
    return rows.with_columns(changed.alias("changed"))


def _after(sets: pl.Expr, value: pl.Expr, old: pl.Expr, repeats: bool) -> pl.Expr:
    """Return what a column holds after the row: its own value, or the last one before it."""
    if not repeats:
        return pl.when(sets).then(value).otherwise(old)
    writer = pl.when(sets).then(pl.int_range(pl.len())).forward_fill().over("key")
    return pl.when(writer.is_null()).then(old).otherwise(value.gather(writer))


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
    if numbered["key"].is_duplicated().any():
        numbered = numbered.with_columns(pl.col("new_id").max().over("key"))
    return numbered.with_columns(pl.coalesce("id", "new_id").alias("id"))


def _decision(
    checked: pl.DataFrame, judged: pl.DataFrame, applied: pl.DataFrame, plan: ImportPlan, next_id: int
) -> Decision:
    final = applied.unique("id", keep="last", maintain_order=True)
    inserts = final.filter("is_new").sort("id")
    differs = [pl.col(f"new_{each.column}").ne_missing(pl.col(f"old_{each.column}")) for each in plan.fields]
    updates = final.filter(~pl.col("is_new") & (pl.any_horizontal(differs) if differs else pl.lit(False)))
    outcomes = (
        checked.select("row", "reason", "warning")
        .join(judged.select("row", pl.col("reason").alias("match_reason")), on="row", how="left")
        .join(applied.select("row", "outcome", "id"), on="row", how="left", maintain_order="left")
        .select(
            "row",
            pl.col("outcome").fill_null(Outcome.FAILED.value),
            "id",
            pl.coalesce("reason", "match_reason").alias("reason"),
            pl.when(pl.col("outcome").is_not_null()).then("warning").alias("warning"),
        )
        .sort("row")
    )
    return Decision(
        rows=outcomes,
        inserts=_columns(inserts, plan.fields, ()),
        updates=_columns(updates.sort("id"), plan.fields, (plan.lookup,)),
        touched=final["id"].sort().to_list(),
        next_id=next_id + inserts.height,
    )


def _columns(records: pl.DataFrame, fields: tuple[Field, ...], unchanged_keys: tuple[Field, ...]) -> pa.Table:
    """Return id, the fields' columns and their folded keys, save keys that matched and so stay."""
    table = records.select("id", *(pl.col(f"new_{each.column}").alias(each.column) for each in fields))
    folded = [
        fold_keys(table[each.column]).alias(each.key_column)
        for each in fields
        if each.has_key and each not in unchanged_keys
    ]
    return table.with_columns(folded).to_arrow(compat_level=pl.CompatLevel.oldest())
