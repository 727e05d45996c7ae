"""Use case: leads, read and changed one call at a time (contract §9.3)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from leadline.errors import (
    COOKIE_INVALID,
    INVALID_ID_LOOKUP,
    LEAD_NOT_FOUND,
    OBJECT_NOT_FOUND,
    TOO_MANY_MATCHES,
    ServiceError,
)
from leadline.lead_database.paging import Page, Window, read_page
from leadline.lead_database.queries import DateContext, check_count, choose_fields, filter_field, fold_values
from leadline.lead_database.sync import Synced, load_engine, sync_records
from leadline.lead_database.writing import writing_for
from leadline.merging.targets import choose_partition, lookup_key, open_partitions
from leadline.model.callers import Caller, Partition
from leadline.model.changes import ChangeKind
from leadline.model.dataclass import dataclass
from leadline.model.records import Action, Values
from leadline.model.subscription_time import SubscriptionTime
from leadline.schema import record_errors
from leadline.schema.catalog import ObjectType
from leadline.schema.leads import COOKIES, DEFAULT_FIELDS, DEFAULT_FIELDS_OF_LISTED, new_lead
from leadline.schema.record_errors import PARTITION_CLOSED, Reason
from leadline.store import catalog, lists, reading
from leadline.store.base import Session
from leadline.store.directory import Stores
from leadline.store.reading import Scope

FILTER_MATCHES_MAX = 1000
_COOKIE = re.compile(r"(id:[^&]+(&|%26))?token:.+", re.IGNORECASE | re.DOTALL)
_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class LeadSync:
    """What a sync call asks for, beside its records."""

    action: Action
    lookup_field: str | None = None
    partition_name: str | None = None


class Leads:
    """The leads of a subscription; those of closed partitions do not exist for a caller who reads."""

    def __init__(self, stores: Stores, time: SubscriptionTime) -> None:
        self._stores = stores
        self._time = time

    def object_type(self, caller: Caller) -> ObjectType:
        """Return the lead object type of the caller's subscription."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return catalog.load_lead_type(session)

    def partitions(self, caller: Caller) -> list[Partition]:
        """Return the partitions that are open to the caller, by id."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            found = catalog.partitions(session)
        open_ids = open_partitions(caller, found)
        return [each for each in found if open_ids is None or each.id in open_ids]

    def one(self, caller: Caller, lead_id: int, names: Sequence[str]) -> Values:
        """Return one lead; raises `ServiceError` 1004 or 1006."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            object_type = catalog.load_lead_type(session)
            fields = choose_fields(object_type, names or DEFAULT_FIELDS, ["id"])
            scope = reading.having("id", [lead_id]).within(open_partition_ids(session, caller))
            found = reading.read(session, object_type, fields, scope, 0, 1)
        if not found:
            raise ServiceError(LEAD_NOT_FOUND, id=lead_id)
        return found[0].values

    def filtered(
        self, caller: Caller, filter_type: str, values: Sequence[str], names: Sequence[str], window: Window
    ) -> Page[Values]:
        """Return a page of the leads whose field has one of the values.

        Raises `ServiceError` 1001, 1003, 1006, 1011 or 1012.
        """
        check_count(values, "filterValues")
        with self._stores.subscription(caller.munchkin_id).read() as session:
            object_type = catalog.load_lead_type(session)
            by = filter_field(object_type, filter_type)
            keys = fold_values(by, values, DateContext("UTC", self._time.today(caller.munchkin_id, "UTC")))
            scope = reading.having(by.key_column, keys).within(open_partition_ids(session, caller))
            found = reading.count(session, object_type, scope, FILTER_MATCHES_MAX + 1)
            if found > FILTER_MATCHES_MAX:
                raise ServiceError(TOO_MANY_MATCHES)
            if by.name == COOKIES and not found:  # imports take any text for one
                _check_cookies(values)
            return leads_page(session, caller, scope, ("leads", by.name, *keys, ""), names, window)

    def in_list(self, caller: Caller, list_id: int, names: Sequence[str], window: Window) -> Page[Values]:
        """Return a page of a static list's members; raises `ServiceError` 1013 or 1006."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            if lists.find_list(session, list_id) is None:
                raise ServiceError(OBJECT_NOT_FOUND)
            scope, bound = reading.in_list(list_id), ("list", list_id)
            return leads_page(session, caller, scope, bound, names or DEFAULT_FIELDS_OF_LISTED, window)

    def sync(self, caller: Caller, wanted: LeadSync, items: Sequence[dict[str, Any]]) -> list[Synced]:
        """Create or update leads; raises `ServiceError` 718, 1003, 1006, 1008, 1009 or 1011."""
        load_engine()
        with writing_for(self._stores, self._time, caller) as writer:
            session = writer.session
            object_type = catalog.load_lead_type(session)
            key = lookup_key(object_type, wanted.lookup_field or "email")
            if key.column == "id" and wanted.action is not Action.UPDATE_ONLY:
                raise ServiceError(INVALID_ID_LOOKUP)
            creates = wanted.action is not Action.UPDATE_ONLY
            scope = choose_partition(session, caller, wanted.partition_name, creates=creates)
            constants = new_lead(scope.home, "Web service API", None)
            return sync_records(
                writer, object_type, key, wanted.action, items, caller.rules, constants, scope
            )

    def delete(self, caller: Caller, lead_ids: Sequence[int]) -> list[bool]:
        """Delete leads, their memberships and their lines in files; return for each whether it was there."""
        from leadline.merging.erasure import delete_leads, leads_to_delete  # loaded before the turn is taken

        with writing_for(self._stores, self._time, caller, ChangeKind.DELETE) as writer:
            session = writer.session
            object_type = catalog.load_lead_type(session)
            known = known_leads(session, caller, lead_ids)
            delete_leads(writer, object_type, leads_to_delete(writer, object_type, sorted(known)))
        return each_once(lead_ids, known)

    def move(self, caller: Caller, moves: Sequence[tuple[int, str]]) -> list[Reason | None]:
        """Bring leads into other partitions; returns for each the reason why it was not, or None."""
        with writing_for(self._stores, self._time, caller) as writer:
            session = writer.session
            known = known_leads(session, caller, [lead_id for lead_id, _ in moves])
            found = catalog.partitions(session)
            ids = open_partitions(caller, found)
            open_names = {each.name.lower(): each.id for each in found if ids is None or each.id in ids}
            reasons = [_reason_not_to_move(move, known, open_names) for move in moves]
            wanted = {
                lead_id: open_names[name.lower()]
                for (lead_id, name), reason in zip(moves, reasons, strict=True)
                if reason is None
            }
            writer.move_leads(catalog.load_lead_type(session), wanted)
        return reasons


def _reason_not_to_move(
    move: tuple[int, str], known: set[int], open_names: Mapping[str, int]
) -> Reason | None:
    lead_id, name = move
    if lead_id not in known:
        return record_errors.LEAD_NOT_FOUND.reason()
    return None if name.lower() in open_names else PARTITION_CLOSED.reason(name=name)


def _check_cookies(values: Sequence[str]) -> None:
    """Refuse what is no cookie of the tracking script; raises `ServiceError` 1012."""
    for value in values:
        if not _COOKIE.fullmatch(value):
            raise ServiceError(COOKIE_INVALID, value=value[:_SHOWN_MAX])


def leads_page(
    session: Session,
    caller: Caller,
    scope: Scope,
    binding: tuple[object, ...],
    names: Sequence[str],
    window: Window,
) -> Page[Values]:
    """Return a page of a scope's leads that are open to the caller; raises `ServiceError` 1003 or 1006."""
    object_type = catalog.load_lead_type(session)
    fields = choose_fields(object_type, names or DEFAULT_FIELDS, ["id"])
    visible = scope.within(open_partition_ids(session, caller))
    return read_page(session, object_type, fields, visible, window, (caller.munchkin_id, *binding))


def open_partition_ids(session: Session, caller: Caller) -> frozenset[int] | None:
    """Return the ids of the partitions that are open to the caller, None for all."""
    return open_partitions(caller, catalog.partitions(session))


def known_leads(session: Session, caller: Caller, lead_ids: Sequence[int]) -> set[int]:
    """Return which of the leads exist, in partitions that are open to the caller."""
    object_type = catalog.load_lead_type(session)
    scope = reading.having("id", list(set(lead_ids))).within(open_partition_ids(session, caller))
    found = reading.read(session, object_type, [object_type.id_field], scope, 0, len(lead_ids) + 1)
    return {record.id for record in found}


def each_once(lead_ids: Sequence[int], known: set[int]) -> list[bool]:
    """Return for each id whether it was found, the first time it is named."""
    left = set(known)
    results = []
    for lead_id in lead_ids:
        results.append(lead_id in left)
        left.discard(lead_id)
    return results
