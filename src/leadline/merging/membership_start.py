"""Where the chains of a person's memberships in programs begin: those of today, and those that have ended."""

from collections.abc import Mapping
from typing import Any

from leadline.merging.record_chain import ChainStart, chain_of
from leadline.model.dataclass import dataclass
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.members import PROGRAM_MEMBER
from leadline.store import lists, reading
from leadline.store.base import Session

_PROGRAMS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class MembershipStart:
    """A program, the chain of a person's memberships in it, and the values of today's if there is one."""

    program_id: int
    start: ChainStart
    now: Mapping[str, Any]


def memberships_of(session: Session, member_type: ObjectType, lead_id: int) -> list[MembershipStart]:
    """Return a person's memberships in programs; one that came back is one with what it was before."""
    scope = reading.of_lead(lead_id, None, None)
    present = [
        MembershipStart(
            each.values["programId"],
            ChainStart(
                PROGRAM_MEMBER,
                each.id,
                each.changed,
                each.updated_at,
                _names(lead_id, each.values["programId"]),
            ),
            each.values,
        )
        for each in reading.read_stored(session, member_type, _fields(member_type), scope, _PROGRAMS_MAX)
    ]
    ended = [
        MembershipStart(
            each.within,
            ChainStart(PROGRAM_MEMBER, each.record_id, each.changed, None, _names(lead_id, each.within)),
            {},
        )
        for each in lists.ended_memberships(session, lead_id)
        if each.kind == PROGRAM_MEMBER
    ]
    return [*ended, *present]


def given_to_former(
    session: Session, member_type: ObjectType, lead_id: int, record_id: int, set_number: int
) -> Mapping[str, Any] | None:
    """Return what a change set gave a membership that it made and that is no more, None where unknown."""
    for each in memberships_of(session, member_type, lead_id):
        values = dict(each.now)
        for link in chain_of(session, each.start):
            if link.change_set.number == set_number and link.change.id == record_id:
                return values
            values |= {name: cell.old for name, cell in link.change.cells.items()}
    return None


def _names(lead_id: int, program_id: int) -> dict[str, int]:
    return {"leadId": lead_id, "programId": program_id}


def _fields(member_type: ObjectType) -> list[Field]:
    own = [each for each in member_type.fields if each.name == "programId"]
    return [*own, *member_type.logged]
