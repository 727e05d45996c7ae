"""Bringing leads into a program, for imports and calls alike (contract §5.2, §9.8).

Deciding and writing are two steps, so that memberships can be foreseen as records can.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pyarrow as pa

from leadline.engine.bands import Band
from leadline.engine.decide import Decision
from leadline.engine.members import StatusChange, decide_members, plan_members
from leadline.engine.pipeline import keys_of
from leadline.engine.plan import MergePlan
from leadline.engine.wording import wording_of_call
from leadline.merging.merge import find_records, write
from leadline.model import instants
from leadline.model.dataclass import dataclass
from leadline.model.records import Outcome
from leadline.model.rules import Rules
from leadline.model.tables import line_for_each
from leadline.schema.leads import LEAD
from leadline.schema.programs import Channel, Program, ProgramStatus
from leadline.schema.record_errors import LEAD_NOT_FOUND
from leadline.store import catalog, programs, records
from leadline.store.base import Session

_PROGRAM, _DATE = "f_acquisitionprogramid", "f_mktoacquisitiondate"
"""Where a lead keeps which program acquired it, and when."""


@dataclass(frozen=True, slots=True)
class ProgramTarget:
    """Into which program leads come, and with which status."""

    program_id: int
    plan: MergePlan
    status_change: StatusChange


@dataclass(frozen=True, slots=True)
class MembershipDecision:
    """What rows do to the members of one program.

    `acquired` are the leads that the program acquires by it: `id`, and `is_dated`, which is true
    where the lead has a date of acquisition already.
    """

    members: Decision
    acquired: pl.DataFrame


def status_change(status: ProgramStatus, channel: Channel, *, repeats: bool, warns: bool) -> StatusChange:
    """Return what bringing members to a status of their program's channel means."""
    steps = {each.name.lower(): each.step for each in channel.statuses}
    return StatusChange(status.name, status.step, status.success, steps, repeats, warns)


def decide_memberships(
    session: Session,
    target: ProgramTarget,
    rows: pl.DataFrame,
    now: int,
    leads: Decision | None = None,
    bands: Sequence[Band] = (),
) -> MembershipDecision:
    """Decide which leads come into a program, or further on in it; nothing is written.

    `rows` have `row`, `key`, which is the id of a lead, `reason`, `warning`, and the columns of member
    fields, but for those in `bands`. `leads` is what was decided of these leads before and may not be
    written yet. A lead that no
    program has acquired is acquired by this one.
    """
    plan, within = target.plan, {"program_id": target.program_id}
    stored = find_records(session, plan, rows, within)
    wide = [(each, find_records(session, each.plan, each.keyed(rows), within)) for each in bands]
    leads_now = _acquisitions(session, rows, leads)
    unacquired = leads_now.filter(pl.col(_PROGRAM).is_null())
    next_id = records.next_id(session, plan.object_type.table)
    ids = unacquired["id"].to_list()
    members = decide_members(rows, stored, plan, target.status_change, ids, next_id, now, wide)
    new = pl.DataFrame(members.inserts.select(["lead_id", "acquired_by"]))
    acquired = new.filter(pl.col("acquired_by") == 1).join(
        unacquired.select(pl.col("id").alias("lead_id"), pl.col(_DATE).is_not_null().alias("is_dated")),
        on="lead_id",
        maintain_order="left",
    )
    return MembershipDecision(members, acquired.select(pl.col("lead_id").alias("id"), "is_dated"))


def write_memberships(session: Session, target: ProgramTarget, decided: MembershipDecision, now: int) -> None:
    """Write new and changed members, and note on leads that this program has acquired them, and when."""
    constants = {"program_id": target.program_id, "membership_at": now}
    write(session, target.plan.object_type.table, decided.members, constants, now)
    for is_dated, columns in (
        (True, {_PROGRAM: target.program_id}),
        (False, {_PROGRAM: target.program_id, _DATE: now}),
    ):
        ids = decided.acquired.filter(pl.col("is_dated") == is_dated)["id"].to_arrow()
        values = {name: pa.repeat(pa.scalar(each, pa.int64()), len(ids)) for name, each in columns.items()}
        records.update(session, LEAD, pa.table({"id": ids, **values}), now)


def _acquisitions(session: Session, rows: pl.DataFrame, leads: Decision | None) -> pl.DataFrame:
    """Return `id`, program and date of acquisition of the rows' leads, as they will be once written."""
    lead_type = catalog.load_lead_type(session)
    key = lead_type.key("id")
    assert key is not None, "leads are known by id"
    fields = [each for each in lead_type.fields if each.column in (_PROGRAM, _DATE)]
    stored = _acquisition_columns(records.match(session, lead_type, key, fields, keys_of(rows)))
    if leads is None:
        return stored
    now = pl.concat([stored, _acquisition_columns(leads.inserts)])
    for updates in leads.updates:
        assigned = [name for name in (_PROGRAM, _DATE) if name in updates.column_names]
        if assigned:
            changed = _acquisition_columns(updates).select("id", *assigned)
            now = now.update(changed, on="id", how="left", include_nulls=True)
    return now


def _acquisition_columns(table: pa.Table) -> pl.DataFrame:
    """Return `id`, program and date of acquisition of a table of leads, null where it has no such column."""
    frame = pl.DataFrame(table)
    names = ("id", _PROGRAM, _DATE)
    columns = [pl.col(name) if name in frame.columns else pl.lit(None).alias(name) for name in names]
    return frame.select(each.cast(pl.Int64) for each in columns)


def bring_to_status(
    session: Session,
    program: Program,
    status: ProgramStatus,
    lead_ids: Sequence[int],
    known: set[int],
    rules: Rules,
    now: int,
) -> Decision:
    """Bring the known ones of some leads to a status, and write it; one row of the decision for each id."""
    change = status_change(status, programs.channel_of(session, program), repeats=False, warns=False)
    today = instants.local_day(now, rules.time_zone)
    member_type, missing = catalog.load_member_type(session), LEAD_NOT_FOUND.reason()
    plan = plan_members(member_type, (), rules, today, wording_of_call(member_type))
    is_known = [lead_id in known for lead_id in lead_ids]
    rows = pl.DataFrame(
        {
            "row": range(1, len(lead_ids) + 1),
            "key": lead_ids,
            "reason": [None if each else missing.message for each in is_known],
            "code": [None if each else missing.code for each in is_known],
            "warning": [None] * len(lead_ids),
        },
        schema={
            "row": pl.Int64,
            "key": pl.Int64,
            "reason": pl.String,
            "code": pl.String,
            "warning": pl.String,
        },
    )
    target = ProgramTarget(program.id, plan, change)
    decided = decide_memberships(session, target, rows, now)
    write_memberships(session, target, decided, now)
    return decided.members


_IS_CHANGE = line_for_each(
    Outcome,
    {
        Outcome.CREATED: True,
        Outcome.UPDATED: True,
        Outcome.UNCHANGED: False,
        Outcome.FAILED: False,
    },
)
"""Whether a membership of that outcome makes an update of a row whose lead stays as it is."""


def joint_outcomes(leads: Decision, members: Decision) -> Decision:
    """Return what became of each row when its lead and its membership are reported as one."""
    outcome, other = pl.col("outcome"), pl.col("outcome_of_member")
    of_members = members.rows.select(
        "row", outcome.alias("outcome_of_member"), pl.col("warning").alias("warning_of_member")
    )
    changes = other.is_in([each.value for each, changed in _IS_CHANGE.items() if changed])
    joint = pl.when((outcome == Outcome.UNCHANGED.value) & changes).then(pl.lit(Outcome.UPDATED.value))
    rows = leads.rows.join(of_members, on="row", how="left", maintain_order="left").select(
        "row",
        joint.otherwise(outcome).alias("outcome"),
        "id",
        "reason",
        pl.coalesce("warning", "warning_of_member").alias("warning"),
    )
    return replace(leads, rows=rows)
