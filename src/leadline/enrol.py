"""Bringing leads into a program, for imports and calls alike (contract §5.2, §9.8)."""

from collections.abc import Sequence

import polars as pl

from leadline import clock
from leadline.config import Rules
from leadline.engine.decide import Decision
from leadline.engine.members import Advance, plan_members
from leadline.engine.wording import MEMBER_CALL
from leadline.merge import Enrolment, merge_members
from leadline.store import programs, settings
from leadline.store.base import Row, Session
from leadline.store.programs import Channel, ProgramStatus


def advance_to(status: ProgramStatus, channel: Channel, *, repeats: bool, warns: bool) -> Advance:
    """Return what bringing members to a status of their program's channel means."""
    steps = {each.name.lower(): each.step for each in channel.statuses}
    return Advance(status.name, status.step, status.success, steps, repeats, warns)


def enrol(
    session: Session,
    program: Row,
    status: ProgramStatus,
    lead_ids: Sequence[int],
    known: set[int],
    rules: Rules,
    now: int,
) -> Decision:
    """Bring the known ones of some leads to a status; one row of the decision for each id."""
    advance = advance_to(status, programs.channel_of(session, program), repeats=False, warns=False)
    today = clock.local_day(now, rules.time_zone)
    plan = plan_members(settings.load_member_type(session), (), rules, today, MEMBER_CALL)
    unknown = [None if lead_id in known else "1004 Lead not found" for lead_id in lead_ids]
    rows = pl.DataFrame(
        {
            "row": range(1, len(lead_ids) + 1),
            "key": lead_ids,
            "reason": unknown,
            "warning": [None] * len(lead_ids),
        },
        schema={"row": pl.Int64, "key": pl.Int64, "reason": pl.String, "warning": pl.String},
    )
    return merge_members(session, Enrolment(program["id"], plan, advance), rows, now)
