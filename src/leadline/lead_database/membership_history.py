"""The static lists and programs of a person over time: those that it is in, and those that it has left."""

from collections.abc import Iterator
from typing import Any

from leadline.lead_database.cell_history import CellWrite, writes_of
from leadline.merging.membership_start import MembershipStart, memberships_of
from leadline.merging.record_chain import ChainStart, chain_of
from leadline.model.changes import LIST_MEMBER
from leadline.model.dataclass import dataclass
from leadline.schema.catalog import ObjectType
from leadline.store import catalog, lists
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
    ended = [each for each in lists.ended_memberships(session, lead_id) if each.kind == LIST_MEMBER]
    return [
        *(
            _of_list(session, each.within, ChainStart(LIST_MEMBER, lead_id, each.changed, None, {}))
            for each in (*lists.listed(session, lead_id), *ended)
        ),
        *(_of_program(session, member_type, each) for each in memberships_of(session, member_type, lead_id)),
    ]


def _of_list(session: Session, list_id: int, start: ChainStart) -> Iterator[MembershipWrite]:
    for write in writes_of(chain_of(session, start), {"listId": list_id}):
        if write.field == "listId":
            yield MembershipWrite(write, LIST, write.old, write.new)


def _of_program(
    session: Session, member_type: ObjectType, membership: MembershipStart
) -> Iterator[MembershipWrite]:
    shown = {each.name for each in member_type.logged}
    for write in writes_of(chain_of(session, membership.start), membership.now):
        if write.field in shown:
            field = PROGRAM_STATUS if write.field == "statusName" else write.field
            old, new = (member_type.rendered(write.field, value) for value in (write.old, write.new))
            yield MembershipWrite(write, field, old, new, membership.program_id)
