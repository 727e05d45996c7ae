"""What becomes of leads in a program: new members get a status, present ones only advance (contract §5.2)."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl
import pyarrow as pa

from leadline.engine.bands import Band
from leadline.engine.columns import set_column
from leadline.engine.decide import Decision, decide
from leadline.engine.header import PlannedColumn
from leadline.engine.keys import DTYPES
from leadline.engine.match_rules import MergeContext
from leadline.engine.plan import MergePlan
from leadline.engine.reasons import fault, known_fault, reason_columns, text_of
from leadline.engine.wording import Wording
from leadline.model.dataclass import dataclass
from leadline.model.rules import Rules
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.record_errors import PAST_STATUS

_STANDARD_FIELDS = ("leadId", "statusName", "reachedSuccess", "reachedSuccessDate", "acquiredBy")


@dataclass(frozen=True, slots=True)
class StatusChange:
    """The status that leads are brought to, and the step of each status by its folded name.

    `repeats`: bringing a member to the status it has is no fault. `warns`: what would go
    back is warned of.
    """

    name: str
    step: int
    success: bool
    steps: Mapping[str, int]
    repeats: bool
    warns: bool


def plan_members(
    member_type: ObjectType, columns: tuple[PlannedColumn, ...], rules: Rules, today: date, wording: Wording
) -> MergePlan:
    """Build the plan by which rows become memberships; of `columns` those of members count."""
    standard = tuple(PlannedColumn(-1, _field(member_type, name)) for name in _STANDARD_FIELDS)
    custom = tuple(each for each in columns if member_type.field(each.field.name) is each.field)
    key = member_type.key("dedupeFields")
    assert key is not None, "members are known by their lead"
    return MergePlan(member_type, standard + custom, key, rules, today, wording)


def _field(object_type: ObjectType, name: str) -> Field:
    field = object_type.field(name)
    assert field is not None, "the standard fields are always there"
    return field


def decide_members(
    rows: pl.DataFrame,
    stored: pa.Table,
    plan: MergePlan,
    change: StatusChange,
    unacquired: list[int],
    next_id: int,
    now: int,
    bands: Sequence[tuple[Band, pa.Table]] = (),
) -> Decision:
    """Decide what rows whose `key` is a lead's id do to the memberships of one program.

    `unacquired` are the leads that no program has acquired. The other columns are as
    `validate` leaves them, and so are those of the `bands`, each beside what is stored of its fields.
    """
    old = pl.from_arrow(stored)
    assert isinstance(old, pl.DataFrame)
    present = old.select(
        pl.col("key").cast(pl.Int64),
        pl.col("f_statusname").cast(pl.String).str.to_lowercase().alias("old_status"),
        pl.col("reached_success").cast(pl.Int64).alias("old_success"),
    )
    joined = rows.join(present, on="key", how="left", maintain_order="left")
    is_new = pl.col("old_status").is_null()
    step = pl.col("old_status").replace_strict(dict(change.steps), default=-1, return_dtype=pl.Int64)
    moves = is_new | ((step <= change.step) if change.repeats else (step < change.step))
    wins = moves & pl.lit(change.success) & (pl.col("old_success").fill_null(0) == 0)
    checked = joined.with_columns(moves.alias("moves"), wins.alias("wins"), is_new.alias("is_new_member"))
    checked = _note_past_status(checked, plan, change)
    acquired = pl.col("key").is_in(unacquired).cast(pl.Int64)
    always = pl.lit(True)
    assigned = (  # field, its value, and which rows write it
        ("leadId", pl.col("key"), always),
        ("statusName", pl.lit(change.name), pl.col("moves")),
        ("reachedSuccess", pl.lit(1), pl.col("wins")),
        ("reachedSuccessDate", pl.lit(now), pl.col("wins")),
        ("acquiredBy", acquired, pl.col("is_new_member")),
    )
    for name, value, writes in assigned:
        field = _field(plan.object_type, name)
        checked = checked.with_columns(
            value.cast(DTYPES[field.type.storage]).alias(field.column), writes.alias(set_column(field))
        )
    return decide(checked, stored, plan, MergeContext(next_id), bands)


def _note_past_status(checked: pl.DataFrame, plan: MergePlan, change: StatusChange) -> pl.DataFrame:
    """Fail or warn of the rows of members that have the status or a later one, as the caller wants it."""
    stays = ~pl.col("moves")
    if not change.repeats:  # the first row of a lead brings it there, so a later one finds it there
        stays |= ~pl.col("key").is_first_distinct()
    if plan.wording.past_status is not None:
        past = fault(stays, plan.wording.past_status)
        return checked.with_columns(reason_columns([known_fault(plan), past], plan))
    if change.warns:
        warning = pl.when(stays).then(text_of(PAST_STATUS))
        return checked.with_columns(pl.coalesce("warning", warning).alias("warning"))
    return checked
