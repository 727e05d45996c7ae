"""Bringing leads into a program, for imports and calls alike (contract §5.2, §9.8).

Deciding and writing are two steps, so that memberships can be foreseen as records can.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pyarrow as pa

from leadline.engine.bands import Band
from leadline.engine.changes import Changes, together, written_cells
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
from leadline.schema.members import PROGRAM_MEMBER
from leadline.schema.programs import Channel, Program, ProgramStatus
from leadline.schema.record_errors import LEAD_NOT_FOUND
from leadline.store import catalog, programs, records
from leadline.store.base import Session
from leadline.store.writer import Writer

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

    `acquired` are the leads that the program acquires by it: `id`, `is_dated`, which is true where the
    lead has a date of acquisition already, `row`, and `prev` and `gap`, null for leads that are new.
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
    new = pl.DataFrame(members.inserts.select(["id", "lead_id", "acquired_by"]))
    acquired = (
        new.filter(pl.col("acquired_by") == 1)
        .join(_first_rows(members.changes.created), on="id", maintain_order="left")
        .select(pl.col("lead_id").alias("id"), "row")
        .join(unacquired, on="id", how="left", maintain_order="left")
    )
    is_dated = pl.col(_DATE).is_not_null().alias("is_dated")
    return MembershipDecision(members, acquired.select("id", is_dated, "row", "prev", "gap"))


def _first_rows(created: pl.DataFrame) -> pl.DataFrame:
    """Return `id` of new members and the row that made each, which alone writes who acquired the lead."""
    making = [name for name in ("row:acquiredBy", "row") if name in created.columns]
    return created.select("id", pl.coalesce(making).alias("row"))


def write_memberships(writer: Writer, target: ProgramTarget, decided: MembershipDecision) -> None:
    """Write new and changed members; that leads were acquired by it remains to be written."""
    constants = {"program_id": target.program_id, "membership_at": writer.now}
    members = _with_memberships(writer, target.program_id, decided.members)
    write(writer, target.plan.object_type, members, constants)


def with_acquisitions(
    leads: Decision, target: ProgramTarget, decided: MembershipDecision, now: int
) -> Decision:
    """Return what becomes of leads, with what the program that has acquired them writes on them."""
    if not decided.acquired.height:
        return leads
    made = leads.changes.created["id"]
    changes = together(leads.changes, _acquired_changes(target.program_id, decided.acquired, now, made))
    updates = (*leads.updates, *_acquired_columns(target.program_id, decided.acquired, now))
    return replace(leads, updates=updates, changes=changes)


def _acquired_columns(program_id: int, acquired: pl.DataFrame, now: int) -> list[pa.Table]:
    """Return the columns of leads that say which program has acquired them, and when."""
    updates = []
    for is_dated, columns in ((True, {_PROGRAM: program_id}), (False, {_PROGRAM: program_id, _DATE: now})):
        ids = acquired.filter(pl.col("is_dated") == is_dated)["id"].to_arrow()
        values = {name: pa.repeat(pa.scalar(each, pa.int64()), len(ids)) for name, each in columns.items()}
        updates.append(pa.table({"id": ids, **values}))
    return updates


def _with_memberships(writer: Writer, program_id: int, members: Decision) -> Decision:
    """Let the changes of new members say who is in which program, and which membership was before."""
    created, inserts = members.changes.created, pl.DataFrame(members.inserts.select(["id", "lead_id"]))
    if not created.height:
        return members
    former = writer.take_ended(PROGRAM_MEMBER, program_id, members.inserts["lead_id"])
    given = {"leadId": pl.col("lead_id"), "programId": pl.lit(program_id, pl.Int64)}
    cells = [pl.lit(value=True).alias(f"set:{name}") for name in given]
    cells += [pl.lit(None, pl.Int64).alias(f"old:{name}") for name in given]
    cells += [value.alias(f"new:{name}") for name, value in given.items()]
    told = created.join(inserts, on="id", maintain_order="left").with_columns(cells)
    if former:
        prev, id_before = ({lead: each[place] for lead, each in former.items()} for place in (0, 1))
        lead = pl.col("lead_id")
        told = told.with_columns(
            lead.replace_strict(prev, default=0, return_dtype=pl.Int64).alias("prev"),
            lead.replace_strict(id_before, default=None, return_dtype=pl.Int64).alias("former"),
        )
    return replace(members, changes=replace(members.changes, created=told.drop("lead_id")))


def _acquired_changes(program_id: int, acquired: pl.DataFrame, now: int, made: pl.Series) -> Changes:
    """Return what acquiring leads changes of them; those that were `made` just now are new."""
    is_dated, names = pl.col("is_dated"), ("acquisitionProgramId", "mktoAcquisitionDate")
    is_new = pl.col("id").is_in(made.implode())
    cells = [
        pl.lit(value=True).alias(f"set:{names[0]}"),
        (~is_dated).alias(f"set:{names[1]}"),
        *(pl.lit(None, pl.Int64).alias(f"old:{name}") for name in names),
        pl.lit(program_id, pl.Int64).alias(f"new:{names[0]}"),
        pl.when(~is_dated).then(pl.lit(now, pl.Int64)).alias(f"new:{names[1]}"),
    ]
    ordered = acquired.sort("id")
    updated = ordered.filter(~is_new).select("id", "prev", "gap", "row", *cells)
    return Changes(ordered.filter(is_new).select("id", "row"), names, written_cells(updated))


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
    """Return of a table of leads `id`, program and date of acquisition, and what wrote them before as `prev`.

    Where it has no such column there are nulls.
    """
    frame = pl.DataFrame(table)
    names = {"id": "id", _PROGRAM: _PROGRAM, _DATE: _DATE, "changed": "prev", "gap": "gap"}
    known = {alias: pl.col(name) if name in frame.columns else pl.lit(None) for name, alias in names.items()}
    gap = known.pop("gap").cast(pl.Boolean)
    return frame.select(*(each.cast(pl.Int64).alias(name) for name, each in known.items()), gap.alias("gap"))


def bring_to_status(
    writer: Writer,
    program: Program,
    status: ProgramStatus,
    lead_ids: Sequence[int],
    known: set[int],
    rules: Rules,
) -> Decision:
    """Bring the known ones of some leads to a status, and write it; one row of the decision for each id."""
    session, now = writer.session, writer.now
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
    write_memberships(writer, target, decided)
    changes = _acquired_changes(program.id, decided.acquired, now, pl.Series([], dtype=pl.Int64))
    updates = _acquired_columns(program.id, decided.acquired, now)
    writer.write(catalog.load_lead_type(session), updates[0][:0], updates, {}, changes.parts())
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
