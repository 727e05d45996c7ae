"""Which record a row finds, and whether it may write it (contract §3.6, §4.4-4.6)."""

from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa

from leadline.engine.keys import DTYPES, fold_keys
from leadline.engine.parents import find_parents
from leadline.engine.plan import MergePlan
from leadline.engine.reasons import Fault, fault, first_reason, known_fault, reason_columns
from leadline.model.callers import EVERYWHERE, PartitionScope
from leadline.model.records import Action
from leadline.schema.record_errors import (
    ANOTHER_ID,
    KEY_CHANGES,
    OTHER_PARTITION,
    PARTITION_CLOSED,
    SEVERAL_MATCH,
)


@dataclass(frozen=True, slots=True)
class MergeContext:
    """What the decision needs to know beside the records.

    `next_id` is the id of the next new record, `scope` says which leads may be touched, and
    `partition_names` names all partitions. `links` maps a link field's column to its known
    targets: folded key to the id as the target spells it.
    """

    next_id: int
    scope: PartitionScope = EVERYWHERE
    partition_names: dict[int, str] = field(default_factory=dict)
    links: dict[str, dict[str | int, str | int]] = field(default_factory=dict)


def join_records(checked: pl.DataFrame, stored: pa.Table, plan: MergePlan) -> pl.DataFrame:
    """Put beside each row that passed the record its key finds, and whether it finds several."""
    records = _typed(stored, checked, plan)
    if records.is_empty():
        nothing = [pl.lit(None, dtype).alias(name) for name, dtype in records.schema.items() if name != "key"]
        return checked.with_columns(*nothing, pl.lit(False).alias("several"))
    one, several = _one_record_per_key(records, plan)
    passed = pl.when(pl.col("reason").is_null()).then(pl.col("key")).alias("key")
    joined = checked.with_columns(passed).join(one, on="key", how="left", maintain_order="left")
    return joined.with_columns(pl.col("key").is_in(several.implode()).alias("several"))


def _typed(stored: pa.Table, checked: pl.DataFrame, plan: MergePlan) -> pl.DataFrame:
    """Bring the stored records in as a frame of the catalogue's types."""
    frame = pl.from_arrow(stored)
    assert isinstance(frame, pl.DataFrame)
    systems = ["id", "updated_at", *(["partition_id"] if plan.object_type.partitioned else [])]
    return frame.select(
        pl.col("key").cast(checked.schema["key"]),
        pl.col(systems).cast(pl.Int64),
        *(
            pl.col(each.column).cast(DTYPES[each.type.storage]).alias(f"old_{each.column}")
            for each in plan.wanted
        ),
    )


def _one_record_per_key(records: pl.DataFrame, plan: MergePlan) -> tuple[pl.DataFrame, pl.Series]:
    """Return one record for each key, and the keys that match several and may not."""
    repeated = records["key"].is_duplicated()
    if not repeated.any():
        return records, records["key"].clear()
    several = records.filter(repeated)["key"].unique()
    one = records.sort("updated_at", "id", descending=True).unique("key", keep="first")
    return one, several.clear() if plan.rules.multiple_matches == "newest" else several


def judge_match(joined: pl.DataFrame, plan: MergePlan, around: MergeContext) -> pl.DataFrame:
    """Fail the rows whose record may not be written or whose link leads nowhere."""
    wording = plan.wording
    failures = [known_fault(plan)]
    if not plan.creates:
        failures.append(fault(pl.col("id").is_null(), wording.not_found))
    failures.append(fault(pl.col("several"), SEVERAL_MATCH))
    if "named_id" in joined.columns:
        known_as = pl.col("old_guid" if plan.has_guid else "id")
        failures.append(
            fault(known_as != pl.col("named_id"), ANOTHER_ID, name=plan.object_type.id_field.name)
        )
    if plan.object_type.partitioned:
        failures += _judge_partition(plan, around)
    if plan.action is Action.CREATE_ONLY:
        failures.append(fault(pl.col("id").is_not_null(), wording.exists))
    others, joined = failures.copy(), _point(joined, plan, around)
    for link in plan.links:
        assert link.link is not None, "links are the fields that point somewhere"
        dangles = pl.col(f"wanted_{link.column}").is_not_null() & pl.col(link.column).is_null()
        failures.append(fault(dangles, wording.missing_target(link.link), name=link.name))
        others += [] if link in plan.own_links else failures[-1:]
    for kept in plan.kept:
        before, after = (fold_keys(joined[name], kept.type) for name in (f"old_{kept.column}", kept.column))
        changes = joined[f"set_{kept.column}"] & before.is_not_null() & after.ne_missing(before)
        joined = joined.with_columns(changes.alias(f"moves_{kept.column}"))
        failures.append(fault(pl.col(f"moves_{kept.column}"), KEY_CHANGES, name=kept.name))
        others.append(failures[-1])
    if plan.own_links:
        joined = find_parents(joined, plan, first_reason(others).is_null())
    judged = joined.with_columns(reason_columns(failures, plan))
    return _judge_repeats(judged, plan)


def _point(joined: pl.DataFrame, plan: MergePlan, around: MergeContext) -> pl.DataFrame:
    """Give each link the spelling of its stored target, null where there is none; `wanted_` keeps its key."""
    for link in plan.links:
        written, known = joined[link.column], around.links[link.column]
        wanted = fold_keys(written, link.type)
        target = wanted.replace_strict(known, default=None, return_dtype=written.dtype)
        points = pl.coalesce(wanted, written)  # a blank text is nobody's key, and points nowhere
        joined = joined.with_columns(target.alias(link.column), points.alias(f"wanted_{link.column}"))
    return joined


def _judge_partition(plan: MergePlan, around: MergeContext) -> list[Fault]:
    failures: list[Fault] = []
    partition = pl.col("partition_id")
    if around.scope.opened is not None:
        closed = partition.is_not_null() & ~partition.is_in(sorted(around.scope.opened))
        names = partition.replace_strict(around.partition_names, default="", return_dtype=pl.String)
        failures.append(fault(closed, PARTITION_CLOSED, name=names))
    if around.scope.named:
        failures.append(fault(partition != around.scope.home, OTHER_PARTITION))
    return failures


def _judge_repeats(judged: pl.DataFrame, plan: MergePlan) -> pl.DataFrame:
    """Fail the rows of a key that a row before them has, where only the first may have it."""
    error = plan.repeated
    passed = judged.filter(pl.col("reason").is_null())
    if error is None or not passed["key"].is_duplicated().any():
        return judged
    later = passed.filter(~pl.col("key").is_first_distinct())["row"]
    again = fault(pl.col("row").is_in(later.implode()), error)
    return judged.with_columns(reason_columns([known_fault(plan), again], plan))
