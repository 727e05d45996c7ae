"""Which record a row finds, and whether it may write it (contract §3.6, §4.4-4.6)."""

from dataclasses import field

import polars as pl
import pyarrow as pa

from leadline.engine.columns import NAMED_ID, changed_column, old_column, set_column, target_key_column
from leadline.engine.few_rows import select, with_columns
from leadline.engine.keys import DTYPES, all_differ, fold_keys
from leadline.engine.parents import find_parents
from leadline.engine.plan import MergePlan
from leadline.engine.reasons import Fault, each_fault, fault, first_reason, known_fault, reason_columns
from leadline.model.callers import EVERYWHERE, PartitionScope
from leadline.model.dataclass import dataclass
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
    `partition_names` names the partitions where it closes any. `links` maps a link field's column to its
    known targets: folded key to the id as the target spells it. `guid_seed` is None where ids are random.
    """

    next_id: int
    scope: PartitionScope = EVERYWHERE
    partition_names: dict[int, str] = field(default_factory=dict)
    links: dict[str, dict[str | int, str | int]] = field(default_factory=dict)
    guid_seed: str | None = None


def join_records(
    checked: pl.DataFrame, stored: pa.Table, plan: MergePlan, *, failed_too: bool = False
) -> pl.DataFrame:
    """Put beside each row that passed the record its key finds, and whether it finds several.

    With `failed_too` rows that have failed find theirs as well.
    """
    if not stored.num_rows:
        nothing = [pl.lit(None, dtype).alias(name) for name, (_, dtype) in _members(plan).items()]
        return with_columns(checked, *nothing, pl.lit(False).alias("several"))
    one, several = _one_record_per_key(_typed(stored, checked, plan), plan)
    passed = pl.lit(failed_too) | pl.col("reason").is_null()
    asking = checked.with_columns(pl.when(passed).then(pl.col("key")).alias("key"))
    joined = asking.join(one, on="key", how="left", maintain_order="left")
    return joined.with_columns(pl.col("key").is_in(several.implode()).alias("several"))


def _typed(stored: pa.Table, checked: pl.DataFrame, plan: MergePlan) -> pl.DataFrame:
    """Bring the stored records in as a frame of the catalogue's types."""
    frame = pl.from_arrow(stored)
    assert isinstance(frame, pl.DataFrame)
    return select(
        frame,
        pl.col("key").cast(checked.schema["key"]),
        *(pl.col(stored).cast(dtype).alias(name) for name, (stored, dtype) in _members(plan).items()),
    )


def _members(plan: MergePlan) -> dict[str, tuple[str, type[pl.DataType]]]:
    """Return what is known of a record, by its column beside the row: column in the store, and type."""
    numbers = ["id", "updated_at", *(["partition_id"] if plan.object_type.partitioned else [])]
    fields = {old_column(each): (each.column, DTYPES[each.type.storage]) for each in plan.stored_fields}
    log: dict[str, tuple[str, type[pl.DataType]]] = {
        "prev": ("changed", pl.Int64),
        "gap": ("gap", pl.Boolean),
    }
    return {each: (each, pl.Int64) for each in numbers} | log | fields


def _one_record_per_key(records: pl.DataFrame, plan: MergePlan) -> tuple[pl.DataFrame, pl.Series]:
    """Return one record for each key, and the keys that match several and may not."""
    if all_differ(records["key"]) or not (repeated := records["key"].is_duplicated()).any():
        return records, records["key"].clear()
    several = records.filter(repeated)["key"].unique()
    one = records.sort("updated_at", "id", descending=True).unique("key", keep="first")
    return one, several.clear() if plan.rules.multiple_matches == "newest" else several


def check_match(joined: pl.DataFrame, plan: MergePlan, context: MergeContext) -> pl.DataFrame:
    """Fail the rows whose record may not be written or whose link finds nothing.

    Takes the frame of `join_records` and returns it with `reason` and, in calls, `code` filled in.
    """
    joined, failures = _judged(joined, plan, context)
    if len(failures) > 1:  # else each row has the reason that it had
        joined = joined.with_columns(reason_columns(failures, plan))
    return _fail_repeats(joined, plan)


def all_match_faults(joined: pl.DataFrame, plan: MergePlan, context: MergeContext) -> pl.DataFrame:
    """Return every fault for which `check_match` fails rows, as `each_fault` does."""
    joined, failures = _judged(joined, plan, context)
    return each_fault(joined, failures[1:])


def _judged(joined: pl.DataFrame, plan: MergePlan, context: MergeContext) -> tuple[pl.DataFrame, list[Fault]]:
    """Return the rows with what their links find, and what fails them; the reason they have comes first."""
    wording = plan.wording
    failures = [known_fault(plan)]
    if not plan.creates:
        failures.append(fault(pl.col("id").is_null(), wording.not_found))
    if joined["several"].any():
        failures.append(fault(pl.col("several"), SEVERAL_MATCH))
    if NAMED_ID in joined.columns:
        client_id = pl.col(old_column(plan.object_type.id_field) if plan.has_guid else "id")
        failures.append(fault(client_id != pl.col(NAMED_ID), ANOTHER_ID, name=plan.object_type.id_field.name))
    if plan.object_type.partitioned:
        failures += _partition_faults(plan, context)
    if plan.action is Action.CREATE_ONLY:
        failures.append(fault(pl.col("id").is_not_null(), wording.exists))
    others, joined = failures.copy(), _find_targets(joined, plan, context)
    for link in plan.links:
        assert link.link is not None, "links are the fields that point somewhere"
        unresolved = pl.col(target_key_column(link)).is_not_null() & pl.col(link.column).is_null()
        missing = wording.missing_target(link.link)
        failures.append(fault(unresolved, missing, plan.place_of(link), name=link.name))
        others += [] if link in plan.links_to_same_type else failures[-1:]
    for each in plan.unchangeable:
        before, after = (fold_keys(joined[name], each.type) for name in (old_column(each), each.column))
        changes = joined[set_column(each)] & before.is_not_null() & after.ne_missing(before)
        joined = joined.with_columns(changes.alias(changed_column(each)))
        place = plan.place_of(each)
        failures.append(fault(pl.col(changed_column(each)), KEY_CHANGES, place, name=each.name))
        others.append(failures[-1])
    if plan.links_to_same_type:
        joined = find_parents(joined, plan, first_reason(others).is_null())
    return joined, failures


def _find_targets(joined: pl.DataFrame, plan: MergePlan, context: MergeContext) -> pl.DataFrame:
    """Put each link's key aside, and give the link the spelling of its stored target, null without one."""
    for link in plan.links:
        written, known = joined[link.column], context.links[link.column]
        key = fold_keys(written, link.type)
        target = key.replace_strict(known, default=None, return_dtype=written.dtype)
        named = pl.coalesce(key, written)  # a blank text is nobody's key, so the link finds nothing
        joined = joined.with_columns(target.alias(link.column), named.alias(target_key_column(link)))
    return joined


def _partition_faults(plan: MergePlan, context: MergeContext) -> list[Fault]:
    failures: list[Fault] = []
    partition = pl.col("partition_id")
    if context.scope.opened is not None:
        closed = partition.is_not_null() & ~partition.is_in(sorted(context.scope.opened))
        names = partition.replace_strict(context.partition_names, default="", return_dtype=pl.String)
        failures.append(fault(closed, PARTITION_CLOSED, name=names))
    if context.scope.named:
        failures.append(fault(partition != context.scope.home, OTHER_PARTITION))
    return failures


def _fail_repeats(checked: pl.DataFrame, plan: MergePlan) -> pl.DataFrame:
    """Fail the rows of a key that a row before them has, where only the first may have it."""
    error = plan.repeated
    if error is None:
        return checked
    passed = checked.filter(pl.col("reason").is_null())
    if not passed["key"].is_duplicated().any():
        return checked
    later = passed.filter(~pl.col("key").is_first_distinct())["row"]
    again = fault(pl.col("row").is_in(later.implode()), error)
    return checked.with_columns(reason_columns([known_fault(plan), again], plan))
