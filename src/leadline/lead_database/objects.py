"""Use case: records of custom objects, companies and sales persons (contract §9.9, §9.10).

They differ by their object types only: what makes a record unique, what clients know it by.
"""

from collections.abc import Sequence
from typing import Any

from leadline.errors import (
    FIELD_NOT_FOUND,
    FIELD_NOT_SUPPORTED,
    INVALID_DATA,
    OBJECT_NOT_FOUND,
    ServiceError,
)
from leadline.lead_database.paging import Page, Window, numbered, read_page
from leadline.lead_database.queries import (
    DateContext,
    check_count,
    choose_fields,
    fold_record,
    fold_value,
    fold_values,
)
from leadline.lead_database.sync import Synced, load_engine, sync_records
from leadline.lead_database.writing import writing_for
from leadline.model.callers import Caller
from leadline.model.changes import ChangeKind
from leadline.model.dataclass import dataclass
from leadline.model.records import Action, Values
from leadline.model.subscription_time import SubscriptionTime
from leadline.schema import record_errors
from leadline.schema.accounts import ACCOUNTS
from leadline.schema.catalog import DEDUPE_FIELDS, ID_FIELD, Key, ObjectType
from leadline.schema.leads import lead_type
from leadline.schema.objects import StoredObject, folded_name
from leadline.schema.record_errors import (
    IN_USE,
    MISSING_DEDUPE_FIELDS,
    RECORD_NOT_FOUND,
    TWO_RECORDS,
    Reason,
)
from leadline.store import objects, reading, records
from leadline.store.base import Session
from leadline.store.directory import Stores
from leadline.store.reading import Record

_DATES = ("createdAt", "updatedAt")
_SPECIAL_FILTERS = {"dedupefields": DEDUPE_FIELDS, "idfield": ID_FIELD, "idfields": ID_FIELD}


@dataclass(frozen=True, slots=True)
class Query:
    """What a query asks: values of one field, or records that name a whole key."""

    filter_type: str
    values: Sequence[str]
    keys: Sequence[dict[str, Any]] | None
    names: Sequence[str]
    window: Window


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of a record that was to be deleted: the id it was known by, or why it was not."""

    id: int | str | None
    reason: Reason | None = None


class Objects:
    """The records of a subscription that are not leads; `name` is an object type's."""

    def __init__(self, stores: Stores, time: SubscriptionTime) -> None:
        self._stores = stores
        self._time = time

    def object_type(self, caller: Caller, name: str) -> ObjectType:
        """Return an object type; raises `ServiceError` 1013."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return load_type(session, name)

    def custom_type(self, caller: Caller, name: str) -> tuple[StoredObject, ObjectType]:
        """Return an approved custom object and its type; raises `ServiceError` 1013."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            found = objects.load_object_type(session, name)
        if found is None:
            raise ServiceError(OBJECT_NOT_FOUND)
        return found

    def custom_types(self, caller: Caller, names: Sequence[str]) -> list[tuple[StoredObject, ObjectType]]:
        """Return the approved custom objects and their types, all of them when there are no names."""
        wanted = {folded_name(name) for name in names}
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return [
                (each, objects.type_of(session, each, each.approved))
                for each in objects.custom_objects(session)
                if each.approved is not None and (not wanted or folded_name(each.approved.api_name) in wanted)
            ]

    def query(self, caller: Caller, name: str, query: Query) -> Page[Values]:
        """Return a page of the records that match; raises `ServiceError` 1001, 1003, 1006, 1011 or 1013."""
        check_count(query.values, "filterValues")
        check_count(query.keys or (), "input")
        with self._stores.subscription(caller.munchkin_id).read() as session:
            object_type = load_type(session, name)
            key = _filter_key(object_type, query.filter_type)
            names = query.names or _default_fields(object_type)
            also = () if query.keys is None else _DATES
            fields = choose_fields(object_type, [*names, *also], [object_type.id_name])
            folded = _folded(key, query, self._dates(caller))
            scope = reading.having(key.column, folded)
            bound = (caller.munchkin_id, object_type.name, key.name, *folded, "")
            return numbered(read_page(session, object_type, fields, scope, query.window, bound))

    def sync(
        self, caller: Caller, name: str, action: Action, by: str, items: Sequence[dict[str, Any]]
    ) -> list[Synced]:
        """Create or update records; raises `ServiceError` 718, 1003 or 1013."""
        if by == ID_FIELD and action is not Action.UPDATE_ONLY:
            raise ServiceError(INVALID_DATA)
        load_engine()
        with writing_for(self._stores, self._time, caller) as writer:
            object_type = load_type(writer.session, name)
            key = object_type.key(by)
            assert key is not None, "every object has both keys"
            return sync_records(writer, object_type, key, action, items, caller.rules, {})

    def delete(self, caller: Caller, name: str, by: str, items: Sequence[dict[str, Any]]) -> list[Deleted]:
        """Delete records; raises `ServiceError` 1001 or 1013. What others refer to stays."""
        with writing_for(self._stores, self._time, caller, ChangeKind.DELETE) as writer:
            session = writer.session
            object_type = load_type(session, name)
            key = object_type.key(by)
            assert key is not None, "every object has both keys"
            dates = self._dates(caller)
            folded = [fold_record(key, item, dates) for item in items]
            known = _known(session, object_type, key, [each for each in folded if each is not None], dates)
            in_use = _in_use(session, object_type, [record.id for record in known.values()])
            unknown = RECORD_NOT_FOUND if name in ACCOUNTS else record_errors.OBJECT_NOT_FOUND
            results, to_delete = [], []
            for item, each in zip(items, folded, strict=True):
                record = None if each is None else known.get(each)
                if each is None:
                    results.append(Deleted(None, MISSING_DEDUPE_FIELDS.reason()))
                elif record is None:
                    results.append(Deleted(None, unknown.reason()))
                elif _is_another(record, object_type, key, item, dates):
                    results.append(Deleted(None, TWO_RECORDS.reason()))
                elif record.id in in_use:
                    results.append(Deleted(record.values[object_type.id_name], IN_USE.reason()))
                else:
                    to_delete.append(record.id)
                    results.append(Deleted(record.values[object_type.id_name]))
                    del known[each]
            writer.delete(object_type, to_delete)
        return results

    def _dates(self, caller: Caller) -> DateContext:
        zone = caller.rules.time_zone
        return DateContext(zone, self._time.today(caller.munchkin_id, zone))


def load_type(session: Session, name: str) -> ObjectType:
    """Return an object type by its name in any case; raises `ServiceError` 1013."""
    if name in ACCOUNTS:
        return ACCOUNTS[name]()
    found = objects.load_object_type(session, name)
    if found is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    return found[1]


def _default_fields(object_type: ObjectType) -> list[str]:
    dates = reversed(_DATES) if object_type.name in ACCOUNTS else _DATES
    return [object_type.id_name, *object_type.dedupe, *dates]


def _filter_key(object_type: ObjectType, name: str) -> Key:
    """Return what a filter finds records by; raises `ServiceError` 1006 or 1011."""
    special = _SPECIAL_FILTERS.get(name.lower())
    if special is not None:
        key = object_type.key(special)
        assert key is not None, "every object has both keys"
        return key
    field = object_type.field(name)
    if field is None:
        raise ServiceError(FIELD_NOT_FOUND, name=name)
    if not field.searchable:
        raise ServiceError(FIELD_NOT_SUPPORTED, name=name)
    return Key(field.name, (field,), field.key_column)


def _folded(key: Key, query: Query, dates: DateContext) -> list[str | int]:
    """Return the folded keys a query names; raises `ServiceError` 1001 or 1003."""
    if query.keys is None:
        if key.compound:
            raise ServiceError(INVALID_DATA)
        return fold_values(key.fields[0], query.values, dates)
    folded = [fold_record(key, item, dates) for item in query.keys]
    if None in folded:
        raise ServiceError(INVALID_DATA)
    return [each for each in folded if each is not None]


def _known(
    session: Session, object_type: ObjectType, key: Key, folded: list[str | int], dates: DateContext
) -> dict[str | int, Record]:
    """Return the records that the folded keys find."""
    fields = list({each.name: each for each in (*object_type.identity, *key.fields)}.values())
    found = reading.read(session, object_type, fields, reading.having(key.column, folded), 0, len(folded) + 1)
    names = [field.name for field in key.fields]
    by_key = {
        fold_record(key, {name: record.values[name] for name in names}, dates): record for record in found
    }
    return {each: record for each, record in by_key.items() if each is not None}


def _is_another(
    record: Record, object_type: ObjectType, key: Key, item: dict[str, Any], dates: DateContext
) -> bool:
    """Return whether an item's id, or the fields that make its record unique, are another record's."""
    members = {name.lower(): value for name, value in item.items()}
    for field in object_type.identity:
        value = members.get(field.name.lower())
        if field in key.fields or value is None or value == "":
            continue
        if fold_value(field, str(value), dates) != fold_value(field, str(record.values[field.name]), dates):
            return True
    return False


def _in_use(session: Session, object_type: ObjectType, ids: list[int]) -> set[int]:
    """Return which of these records leads or accounts refer to."""
    in_use: set[int] = set()
    for referring in (lead_type(), *(account() for account in ACCOUNTS.values())):
        for field in referring.fields:
            if field.link and field.link.table == object_type.table:
                in_use |= records.linked_from(session, referring, field, ids)
    return in_use
