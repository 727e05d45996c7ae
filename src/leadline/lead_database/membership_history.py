"""The static lists and programs of a person over time: those that it is in, and those that it has left."""

from collections.abc import Iterator
from typing import Any

from leadline.lead_database.cell_history import CellWrite, writes_of
from leadline.merging.record_chain import ChainStart, chain_of
from leadline.model.changes import LIST_MEMBER
from leadline.model.dataclass import dataclass
from leadline.schema.catalog import ObjectType
from leadline.schema.members import PROGRAM_MEMBER
from leadline.store import catalog, lists, reading
from leadline.store.base import Session

LIST, PROGRAM_STATUS = "list", "programStatus"
"""What memberships are called among the fields of a lead."""


@dataclass(frozen=True, slots=True)
class MembershipWrite:
    """A change of a membership, under the name that it has among the fields of a lead, as clients see it."""

    write: CellWrite
    field: str
    old: Any
    new: Any
    program_id: int | None = None


def membership_writes(session: Session, lead_id: int) -> list[Iterator[MembershipWrite]]:
    """Return for each list and program that a lead is or was in what changed, newest first."""
    member_type = catalog.load_member_type(session)
    ended = lists.ended_memberships(session, lead_id)
    found = [
        _of_list(session, ChainStart(LIST_MEMBER, lead_id, each.changed, None, {"listId": each.within}))
        for each in (*lists.listed(session, lead_id), *(each for each in ended if each.kind == LIST_MEMBER))
    ]
    known = {
        each.values["programId"]: each
        for each in reading.read_stored(
            session, member_type, _kept(member_type), reading.of_lead(lead_id, None, None), _PROGRAMS_MAX
        )
    }
    for each in ended:
        if each.kind == PROGRAM_MEMBER:
            names = {"leadId": lead_id, "programId": each.within}
            start = ChainStart(PROGRAM_MEMBER, each.record_id, each.changed, None, names)
            found.append(_of_program(session, member_type, each.within, start, {}))
    for program_id, member in known.items():
        names = {"leadId": lead_id, "programId": program_id}
        start = ChainStart(PROGRAM_MEMBER, member.id, member.changed, member.updated_at, names)
        found.append(_of_program(session, member_type, program_id, start, member.values))
    return found


_PROGRAMS_MAX = 10_000


def _kept(member_type: ObjectType) -> list[Any]:
    own = [each for each in member_type.fields if each.name == "programId"]
    return [*own, *member_type.logged]


def _of_list(session: Session, start: ChainStart) -> Iterator[MembershipWrite]:
    for write in writes_of(chain_of(session, start), start.also_known_by):
        if write.field == "listId":
            yield MembershipWrite(write, LIST, write.old, write.new)


def _of_program(
    session: Session, member_type: ObjectType, program_id: int, start: ChainStart, now: dict[str, Any]
) -> Iterator[MembershipWrite]:
    shown = {each.name for each in member_type.logged}
    for write in writes_of(chain_of(session, start), now):
        if write.field in shown:
            field = PROGRAM_STATUS if write.field == "statusName" else write.field
            old, new = (member_type.rendered(write.field, value) for value in (write.old, write.new))
            yield MembershipWrite(write, field, old, new, program_id)
