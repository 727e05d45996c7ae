"""The merge: checked rows against the stored records, inside a transaction that the caller opened.

The one place where engine and store meet; imports come here chunk by chunk, sync calls
with their records. The caller holds the writer row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from leadline.engine.decide import Decision, decide
from leadline.engine.match_rules import MergeContext
from leadline.engine.members import StatusChange, decide_members
from leadline.engine.pipeline import keys_of, links_of
from leadline.engine.plan import MergePlan
from leadline.model.callers import PartitionScope
from leadline.model.records import Action, Outcome
from leadline.schema.leads import LEAD
from leadline.store import catalog, records
from leadline.store.base import Constants, Session


def find_records(
    session: Session, plan: MergePlan, rows: pl.DataFrame, within: Mapping[str, int] | None = None
) -> pa.Table:
    """Return the stored records that the rows' keys find; `within` are columns that they must have."""
    keys = keys_of(rows)
    wanted = keys[:0] if plan.action is Action.CREATE_DUPLICATE else keys
    return records.match(session, plan.object_type, plan.key, plan.wanted, wanted, within)


def decide_rows(
    session: Session, plan: MergePlan, rows: pl.DataFrame, stored: pa.Table, scope: PartitionScope
) -> Decision:
    """Judge rows against the records they found; nothing is written yet."""
    return decide(rows, stored, plan, merge_context(session, plan, rows, scope))


def merge_context(
    session: Session, plan: MergePlan, rows: pl.DataFrame, scope: PartitionScope
) -> MergeContext:
    """Return what the store holds beside the records that the rows find."""
    partitioned = plan.object_type.partitioned
    links = links_of(rows, plan)
    return MergeContext(
        next_id=records.next_id(session, plan.object_type.table),
        partition_names={each.id: each.name for each in catalog.partitions(session)} if partitioned else {},
        scope=scope,
        links={
            each.column: records.link_targets(session, each.link, links[each.column])
            for each in plan.links
            if each.link is not None
        },
    )


def write(session: Session, table: str, decision: Decision, constants: Constants, now: int) -> None:
    """Write new and changed records, and note which id comes next; `constants` are columns of new ones."""
    records.insert(session, table, decision.inserts, {**constants, "created_at": now, "updated_at": now})
    records.update(session, table, decision.updates, now)
    if decision.inserts.num_rows:
        records.leave_next_id(session, table, decision.next_id)


_PROGRAM, _DATE = "f_acquisitionprogramid", "f_mktoacquisitiondate"
"""Where a lead keeps which program acquired it, and when."""


@dataclass(frozen=True, slots=True)
class ProgramTarget:
    """Into which program leads come, and with which status."""

    program_id: int
    plan: MergePlan
    advance: StatusChange


def merge_members(session: Session, program_target: ProgramTarget, rows: pl.DataFrame, now: int) -> Decision:
    """Bring leads into a program, or on in it; each row's `key` is its lead's id.

    A lead that no program had acquired before is acquired by this one.
    """
    plan, program_id = program_target.plan, program_target.program_id
    stored = find_records(session, plan, rows, {"program_id": program_id})
    unacquired, dated = _unacquired(session, rows)
    table = plan.object_type.table
    free = records.next_id(session, table)
    decision = decide_members(rows, stored, plan, program_target.advance, unacquired, free, now)
    write(session, table, decision, {"program_id": program_id, "membership_at": now}, now)
    _acquire(session, decision.inserts, dated, program_id, now)
    return decision


def _unacquired(session: Session, rows: pl.DataFrame) -> tuple[list[int], list[int]]:
    """Return which of the rows' leads no program has acquired, and which of these have a date for it."""
    lead_type = catalog.load_lead_type(session)
    key = lead_type.key("id")
    assert key is not None, "leads are known by id"
    fields = [each for each in lead_type.fields if each.column in (_PROGRAM, _DATE)]
    found = pl.from_arrow(records.match(session, lead_type, key, fields, keys_of(rows)))
    assert isinstance(found, pl.DataFrame)
    unacquired = found.filter(pl.col(_PROGRAM).is_null())
    return unacquired["id"].to_list(), unacquired.filter(pl.col(_DATE).is_not_null())["id"].to_list()


def _acquire(
    session: Session, new_members: pa.Table, dated: Sequence[int], program_id: int, now: int
) -> None:
    """Note on leads that this program has acquired them, and when, unless they are `dated` already."""
    acquired = new_members["lead_id"].filter(pc.equal(new_members["acquired_by"], 1))
    has_date = pc.is_in(acquired, value_set=pa.array(dated, pa.int64()))
    for ids, columns in (
        (acquired.filter(has_date), {_PROGRAM: program_id}),
        (acquired.filter(pc.invert(has_date)), {_PROGRAM: program_id, _DATE: now}),
    ):
        constants = {
            name: pa.repeat(pa.scalar(value, pa.int64()), len(ids)) for name, value in columns.items()
        }
        records.update(session, LEAD, pa.table({"id": ids, **constants}), now)


def joint_outcomes(leads: Decision, members: Decision) -> Decision:
    """Return what became of each row when leads and memberships are told as one."""
    outcome, other = pl.col("outcome"), pl.col("outcome_of_member")
    told = members.rows.select("row", outcome.alias("outcome_of_member"), pl.col("warning").alias("warned"))
    changes = other.is_in([Outcome.CREATED.value, Outcome.UPDATED.value])
    joint = pl.when((outcome == Outcome.UNCHANGED.value) & changes).then(pl.lit(Outcome.UPDATED.value))
    rows = leads.rows.join(told, on="row", how="left", maintain_order="left").select(
        "row",
        joint.otherwise(outcome).alias("outcome"),
        "id",
        "reason",
        pl.coalesce("warning", "warned").alias("warning"),
    )
    return Decision(rows, leads.inserts, leads.updates, leads.touched, leads.next_id)
