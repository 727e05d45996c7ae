"""Use case: the members of programs, one call at a time (contract §9.8)."""

from collections.abc import Sequence
from typing import Any

from leadline.errors import (
    PROGRAM_NOT_FOUND,
    TOO_MANY_MEMBERS,
    ServiceError,
)
from leadline.lead_database.leads import known_leads, leads_page, open_partition_ids
from leadline.lead_database.paging import Page, Window, among, numbered, page_of, read_page
from leadline.lead_database.queries import DateContext, check_count, choose_fields, filter_field, fold_values
from leadline.lead_database.sync import Synced, load_engine, sync_records, synced
from leadline.lead_database.writing import writing_for
from leadline.merging.targets import find_status
from leadline.model.callers import Caller
from leadline.model.changes import ChangeKind
from leadline.model.records import Action, Outcome, Values
from leadline.model.subscription_time import SubscriptionTime
from leadline.schema.catalog import DEDUPE_FIELDS, ObjectType
from leadline.schema.members import DEFAULT_FIELDS
from leadline.schema.programs import Program
from leadline.schema.record_errors import ANOTHER_PROGRAM, MEMBERSHIP_NOT_FOUND
from leadline.store import catalog, programs, reading
from leadline.store.base import Session
from leadline.store.directory import Stores
from leadline.store.reading import Scope

FILTER_MATCHES_MAX = 100_000
_ALL = 2**31
_OF_LEADS = ("firstName", "lastName", "email", "updatedAt", "createdAt")
"""The fields of a program's leads that are returned when the caller names none."""

_SHOWN = ("isExhausted", "acquiredBy", "reachedSuccess", "membershipDate", "updatedAt")
_MEMBERSHIP = ("statusName", *_SHOWN)
_NURTURED = {"trackName": "stream", "nurtureCadence": "nurtureCadence"}
"""What memberships in engagement programs show beside the rest, and under which name."""


class Members:
    """The members of programs, and their statuses."""

    def __init__(self, stores: Stores, time: SubscriptionTime) -> None:
        self._stores = stores
        self._time = time

    def object_type(self, caller: Caller) -> ObjectType:
        """Return the program-member object type of the caller's subscription."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return catalog.load_member_type(session)

    def filtered(
        self,
        caller: Caller,
        program_id: int,
        filter_type: str,
        values: Sequence[str],
        names: Sequence[str],
        window: Window,
    ) -> Page[Values]:
        """Return a page of the members whose field has one of the values.

        Raises `ServiceError` 1001, 1003, 1006, 1011 or 1013.
        """
        check_count(values, "filterValues")
        with self._stores.subscription(caller.munchkin_id).read() as session:
            by = filter_field(catalog.load_member_type(session), filter_type)
            keys = fold_values(by, values, DateContext("UTC", self._time.today(caller.munchkin_id, "UTC")))
            scope = reading.members_having(program_id, by.key_column, keys)
            return self._page(session, caller, scope, (program_id, by.name, *keys, ""), names, window)

    def updated(
        self, caller: Caller, program_id: int, start: int, end: int, names: Sequence[str], window: Window
    ) -> Page[Values]:
        """Return a page of the members updated between two instants.

        Raises `ServiceError` 1003, 1006 or 1013.
        """
        with self._stores.subscription(caller.munchkin_id).read() as session:
            scope = reading.members_updated(program_id, start, end)
            return self._page(session, caller, scope, (program_id, "updatedAt", start, end), names, window)

    def _page(
        self,
        session: Session,
        caller: Caller,
        scope: Scope,
        binding: tuple[object, ...],
        names: Sequence[str],
        window: Window,
    ) -> Page[Values]:
        _find_program(session, binding[0])
        object_type = catalog.load_member_type(session)
        fields = choose_fields(object_type, names or DEFAULT_FIELDS, ["leadId"])
        visible = scope.of_leads_within(open_partition_ids(session, caller))
        if reading.count(session, object_type, visible, FILTER_MATCHES_MAX + 1) > FILTER_MATCHES_MAX:
            found = reading.count(session, object_type, visible, _ALL)
            raise ServiceError(TOO_MANY_MEMBERS, count=found, limit=FILTER_MATCHES_MAX)
        bound = (caller.munchkin_id, "members", *binding)
        return numbered(read_page(session, object_type, fields, visible, window, bound))

    def leads_of(self, caller: Caller, program_id: int, names: Sequence[str], window: Window) -> Page[Values]:
        """Return a page of a program's leads with their memberships; raises `ServiceError` 1006 or 1013."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            program = _find_program(session, program_id)
            scope, bound = reading.in_program(program_id), ("program", program_id)
            page = leads_page(session, caller, scope, bound, names or _OF_LEADS, window)
            ids = [lead["id"] for lead in page.items]
            scope = reading.members_having(program_id, "lead_id", ids)
            more = list(_NURTURED) if program.program_type == "Engagement" else []
            beside = {
                row["leadId"]: _beside_lead(program_id, row, more)
                for row in _memberships(session, scope, ["leadId", *more], len(ids) + 1)
            }
        return Page([lead | {"membership": beside[lead["id"]]} for lead in page.items], page.next_page_token)

    def programs_of(
        self,
        caller: Caller,
        lead_id: int,
        program_ids: Sequence[int],
        since: int | None,
        until: int | None,
        window: Window,
    ) -> Page[Values] | None:
        """Return a page of a lead's memberships by program, or None when there is no such lead.

        `program_ids` empty means all; `since` and `until` bound the last change, both included.
        """
        with self._stores.subscription(caller.munchkin_id).read() as session:
            if not known_leads(session, caller, [lead_id]):
                return None
            scope = reading.of_lead(lead_id, since, until)
            found = _memberships(session, scope, ["programId"], len(programs.programs(session)) + 1)
        by_program = {row.pop("programId"): row for row in found}
        wanted = sorted(by_program if not program_ids else set(program_ids) & set(by_program))
        everything = [(each, by_program[each] | {"id": each}) for each in wanted]
        bound = (caller.munchkin_id, "programs of", lead_id, *program_ids, "", since, until)
        return page_of(window, bound, among(everything))

    def advance(
        self, caller: Caller, program_id: int, status_name: str, lead_ids: Sequence[int]
    ) -> list[Synced]:
        """Bring leads to a status of a program; raises `ServiceError` 1013 or 1025."""
        from leadline.merging.memberships import bring_to_status  # loaded before the writer's turn is taken

        with writing_for(self._stores, self._time, caller) as writer:
            program = _find_program(writer.session, program_id)
            status = find_status(writer.session, program, status_name)
            known = known_leads(writer.session, caller, lead_ids)
            decision = bring_to_status(writer, program, status, lead_ids, known, caller.rules)
        return [synced(row) for row in decision.rows.iter_rows(named=True)]

    def sync(self, caller: Caller, program_id: int, items: Sequence[dict[str, Any]]) -> list[Synced]:
        """Change custom fields of members, each named by its `leadId`; raises `ServiceError` 1013."""
        load_engine()
        with writing_for(self._stores, self._time, caller) as writer:
            session = writer.session
            _find_program(session, program_id)
            object_type = catalog.load_member_type(session)
            key = object_type.key(DEDUPE_FIELDS)
            assert key is not None, "members are known by their lead"
            known = known_leads(session, caller, [item["leadId"] for item in items])
            action, within = Action.UPDATE_ONLY, {"program_id": program_id}
            visible = [item for item in items if item["leadId"] in known and _is_of(item, program_id)]
            done = iter(
                sync_records(writer, object_type, key, action, visible, caller.rules, {}, within=within)
            )
        not_found = Synced(None, Outcome.FAILED, MEMBERSHIP_NOT_FOUND.reason())
        of_another = Synced(None, Outcome.FAILED, ANOTHER_PROGRAM.reason())
        return [
            (next(done) if item["leadId"] in known else not_found) if _is_of(item, program_id) else of_another
            for item in items
        ]

    def delete(self, caller: Caller, program_id: int, lead_ids: Sequence[int]) -> list[bool]:
        """Take leads out of a program; return for each whether it was in it. Raises `ServiceError` 1013."""
        with writing_for(self._stores, self._time, caller, ChangeKind.DELETE) as writer:
            session = writer.session
            _find_program(session, program_id)
            known = known_leads(session, caller, lead_ids)
            scope = reading.members_having(program_id, "lead_id", sorted(known))
            found = {
                row["leadId"]: row["id"] for row in _memberships(session, scope, ["leadId"], len(known) + 1)
            }
            writer.delete_members(catalog.load_member_type(session), sorted(found.values()))
        return [found.pop(lead_id, None) is not None for lead_id in lead_ids]


def _beside_lead(program_id: int, member: Values, more: Sequence[str]) -> Values:
    """Return a membership as it stands beside its lead: its id is the program's."""
    status = member["progressionStatus"]
    shown = {"id": program_id, "progressionStatus": status, "progressionStatusType": status}
    nurtured = {_NURTURED[name]: member[name] for name in more}
    return shown | {name: member[name] for name in _SHOWN} | nurtured


def _is_of(item: dict[str, Any], program_id: int) -> bool:
    """Return whether an item names no other program than its call does."""
    named = {name.lower(): value for name, value in item.items()}.get("programid")
    return named is None or str(named).strip() in ("", str(program_id))


def _memberships(session: Session, scope: Scope, more: list[str], limit: int) -> list[Values]:
    """Return memberships in the form in which they stand beside a lead or a program."""
    object_type = catalog.load_member_type(session)
    fields = choose_fields(object_type, _MEMBERSHIP, more)
    found = reading.read(session, object_type, fields, scope, 0, limit)
    return [
        {"id": record.id}
        | {
            "progressionStatus" if name == "statusName" else name: value
            for name, value in record.values.items()
        }
        for record in found
    ]


def _find_program(session: Session, program_id: object) -> Program:
    assert isinstance(program_id, int)
    program = programs.find_program(session, program_id)
    if program is None:
        raise ServiceError(PROGRAM_NOT_FOUND)
    return program
