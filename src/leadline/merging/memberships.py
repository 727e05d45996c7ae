"""Bringing leads into a program, for imports and calls alike (contract §5.2, §9.8)."""

from collections.abc import Sequence

import polars as pl

from leadline.engine.decide import Decision
from leadline.engine.members import StatusChange, plan_members
from leadline.engine.wording import wording_of_call
from leadline.merging.merge import ProgramTarget, merge_members
from leadline.model import instants
from leadline.model.rules import Rules
from leadline.schema.programs import Channel, Program, ProgramStatus
from leadline.schema.record_errors import LEAD_NOT_FOUND
from leadline.store import catalog, programs
from leadline.store.base import Session


def status_change(status: ProgramStatus, channel: Channel, *, repeats: bool, warns: bool) -> StatusChange:
    """Return what bringing members to a status of their program's channel means."""
    steps = {each.name.lower(): each.step for each in channel.statuses}
    return StatusChange(status.name, status.step, status.success, steps, repeats, warns)


def bring_to_status(
    session: Session,
    program: Program,
    status: ProgramStatus,
    lead_ids: Sequence[int],
    known: set[int],
    rules: Rules,
    now: int,
) -> Decision:
    """Bring the known ones of some leads to a status; one row of the decision for each id."""
    advance = status_change(status, programs.channel_of(session, program), repeats=False, warns=False)
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
    return merge_members(session, ProgramTarget(program.id, plan, advance), rows, now)
