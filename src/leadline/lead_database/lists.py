"""Use case: static lists and who is on them (contract §9.5, §9.6)."""

from collections.abc import Sequence

import pyarrow as pa

from leadline.errors import (
    FOLDER_INCOMPATIBLE,
    FOLDER_NOT_FOUND,
    LIST_NOT_FOUND,
    OBJECT_NOT_FOUND,
    RULE_VIOLATED,
    ServiceError,
)
from leadline.lead_database.leads import each_once, known_leads
from leadline.lead_database.paging import Page, Window, among, page_of
from leadline.lead_database.writing import writing_for
from leadline.model.callers import Caller
from leadline.model.changes import ChangeKind
from leadline.model.dataclass import dataclass
from leadline.model.subscription_time import SubscriptionTime
from leadline.schema.lists import Folder, ListMembership, StaticList
from leadline.store import admission, lists, programs, records
from leadline.store.base import Session
from leadline.store.directory import Stores

FOLDER_TYPES = ("Folder", "Program")


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which lists a browse wants; empty parts want all."""

    ids: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    program_names: tuple[str, ...] = ()
    workspace_names: tuple[str, ...] = ()

    def wants(self, each: StaticList) -> bool:
        """Return whether a list is among those."""
        program = (each.program_name or "").lower()
        return (
            (not self.ids or each.id in self.ids)
            and (not self.names or each.name.lower() in self.names)
            and (not self.program_names or program in self.program_names)
            and (not self.workspace_names or "default" in self.workspace_names)
        )


class Lists:
    """The static lists of a subscription."""

    def __init__(self, stores: Stores, time: SubscriptionTime) -> None:
        self._stores = stores
        self._time = time

    def one(self, caller: Caller, list_id: int) -> StaticList:
        """Return a list; raises `ServiceError` 1013."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return _find(session, list_id)

    def browse(self, caller: Caller, wanted: ListFilter, window: Window) -> Page[StaticList]:
        """Return a page of lists by id."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            found = [(each.id, each) for each in lists.lists(session) if wanted.wants(each)]
        return page_of(window, (caller.munchkin_id, "lists", wanted), among(found))

    def all(self, caller: Caller) -> list[StaticList]:
        """Return the lists by id."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return lists.lists(session)

    def named(self, caller: Caller, name: str) -> list[StaticList]:
        """Return the lists of that name; folders may each have one."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return lists.find_lists(session, name)

    def folders(self, caller: Caller) -> list[Folder]:
        """Return the folders by id."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return lists.folders(session)

    def of_lead(self, caller: Caller, lead_id: int, window: Window) -> Page[ListMembership] | None:
        """Return a page of the lists that a lead is on, the newest first; None when there is no such lead."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            if not known_leads(session, caller, [lead_id]):
                return None

            def read(after: int, limit: int) -> list[tuple[int, ListMembership]]:
                return [(each.list_id, each) for each in lists.lists_of_lead(session, lead_id, after, limit)]

            return page_of(window, (caller.munchkin_id, "lists of", lead_id), read)

    def memberships(
        self, caller: Caller, list_id: int, lead_ids: Sequence[int]
    ) -> list[tuple[int, bool | None]]:
        """Return whether each lead is on the list, None for a lead that does not exist."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            _find(session, list_id)
            known = known_leads(session, caller, lead_ids)
            members = lists.members_among(session, list_id, list(known))
        return [(lead_id, lead_id in members if lead_id in known else None) for lead_id in lead_ids]

    def add(self, caller: Caller, list_id: int, lead_ids: Sequence[int]) -> list[tuple[int, bool | None]]:
        """Put leads on the list; returns for each true, or None for a lead that does not exist."""
        with writing_for(self._stores, self._time, caller) as writer:
            _find(writer.session, list_id)
            known = known_leads(writer.session, caller, lead_ids)
            leads = {"id": pa.array(sorted(known), pa.int64()), "row": pa.nulls(len(known), pa.int64())}
            writer.join_list(list_id, pa.table(leads))
        return [(lead_id, True if lead_id in known else None) for lead_id in lead_ids]

    def remove(self, caller: Caller, list_id: int, lead_ids: Sequence[int]) -> list[tuple[int, bool | None]]:
        """Take leads off the list; returns whether each was on it, None for a lead that does not exist."""
        with writing_for(self._stores, self._time, caller) as writer:
            _find(writer.session, list_id)
            known = known_leads(writer.session, caller, lead_ids)
            members = writer.leave_list(list_id, sorted(known))
        removed = each_once(lead_ids, set(members))
        return [
            (lead_id, was_on if lead_id in known else None)
            for lead_id, was_on in zip(lead_ids, removed, strict=True)
        ]

    def create(
        self, caller: Caller, folder: tuple[str, int], name: str, description: str | None
    ) -> StaticList:
        """Create a list; raises `ServiceError` 709, 710 or 711."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            _check_folder(session, folder)
            _check_name(session, folder, name, None)
            list_id = records.next_id(session, "list")
            lists.put_list(session, list_id, name, description, self._time.now(caller.munchkin_id), folder)
            return _find(session, list_id)

    def change(self, caller: Caller, list_id: int, name: str | None, description: str | None) -> StaticList:
        """Rename or describe a list; raises `ServiceError` 702 or 709."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            known = _find_asset(session, list_id)
            _check_name(session, known.folder, name or known.name, list_id)
            changed = known.description if description is None else description
            lists.put_list(session, list_id, name or known.name, changed, self._time.now(caller.munchkin_id))
            return _find_asset(session, list_id)

    def delete(self, caller: Caller, list_id: int) -> None:
        """Delete a list, never its leads; raises `ServiceError` 702 or 709."""
        with writing_for(self._stores, self._time, caller, ChangeKind.DELETE) as writer:
            _find_asset(writer.session, list_id)
            if admission.list_is_busy(writer.session, list_id):
                raise ServiceError(RULE_VIOLATED, why="an import into the list has not finished")
            writer.delete_list(list_id)


def _find(session: Session, list_id: int) -> StaticList:
    found = lists.find_list(session, list_id)
    if found is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    return found


def _find_asset(session: Session, list_id: int) -> StaticList:
    found = lists.find_list(session, list_id)
    if found is None:
        raise ServiceError(LIST_NOT_FOUND)
    return found


def _check_folder(session: Session, folder: tuple[str, int]) -> None:
    folder_type, folder_id = folder
    if folder_type not in FOLDER_TYPES:
        raise ServiceError(FOLDER_INCOMPATIBLE)
    if folder_type == "Program":
        known = programs.find_program(session, folder_id) is not None
    else:
        known = folder_id in {each.id for each in lists.folders(session)}
    if not known:
        raise ServiceError(FOLDER_NOT_FOUND)


def _check_name(session: Session, folder: tuple[str, int], name: str, own_id: int | None) -> None:
    if lists.id_in_folder(session, folder, name) not in (None, own_id):
        raise ServiceError(RULE_VIOLATED, why="the folder has a list of that name")
