"""Use case: the types of custom objects, drafted, changed and approved (contract §9.9)."""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from leadline import clock
from leadline.errors import (
    INVALID_DATA_BECAUSE,
    OBJECT_EXISTS,
    OBJECT_IN_USE,
    OBJECT_NOT_FOUND,
    ServiceError,
)
from leadline.model import Action, Caller
from leadline.schema.objects import (
    DATA_TYPES,
    OBJECTS_MAX,
    ObjectDefinition,
    StoredObject,
    faults_of_change,
    with_suffix,
)
from leadline.store import jobs, objects, records
from leadline.store.base import Session
from leadline.store.connect import Stores

__all__ = ["DATA_TYPES", "ObjectTypes"]

_FIELD_KEYS = ("name", "displayName", "dataType", "description", "length", "relatedTo")


class ObjectTypes:
    """The custom objects of a subscription, approved or not."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def all(self, caller: Caller) -> list[StoredObject]:
        """Return the custom objects in the order in which they were made."""
        with self._stores.subscription(caller.munchkin_id).glance() as session:
            return objects.custom_objects(session)

    def one(self, caller: Caller, name: str) -> StoredObject:
        """Return a custom object; raises `ServiceError` 1013."""
        with self._stores.subscription(caller.munchkin_id).glance() as session:
            return _find(session, name)

    def sync(self, caller: Caller, action: Action, values: dict[str, Any]) -> tuple[StoredObject, str]:
        """Create a draft, or change how a type is shown; returns it with `created` or `updated`.

        Raises `ServiceError` 1003, 1013 or 1017.
        """
        wanted = _checked(values | {"apiName": with_suffix(str(values.get("apiName") or ""))})
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            stored = objects.find_stored(session, wanted.api_name)
            if stored is None:
                if action is Action.UPDATE_ONLY:
                    raise ServiceError(OBJECT_NOT_FOUND)
                if len(objects.custom_objects(session)) >= OBJECTS_MAX:
                    why = f"a subscription has {OBJECTS_MAX} custom objects at most"
                    raise ServiceError(INVALID_DATA_BECAUSE, why=why)
                return objects.add_draft(session, wanted, clock.now()), "created"
            if action is Action.CREATE_ONLY:
                raise ServiceError(OBJECT_EXISTS)
            base = stored.newest
            kept = {"fields": base.fields, "dedupe_fields": base.dedupe_fields, "api_name": base.api_name}
            objects.change(session, stored, stored.approved, wanted.model_copy(update=kept), clock.now())
            return _find(session, base.api_name), "updated"

    def add_fields(self, caller: Caller, name: str, items: Sequence[dict[str, Any]]) -> list[str]:
        """Add fields to a type's draft; returns their names. Raises `ServiceError` 1003 or 1013."""

        def add(document: dict[str, Any]) -> None:
            for item in items:
                document["fields"].append(_field_of(item))
                if item.get("isDedupeField"):
                    document["dedupeFields"].append(str(item.get("name")))

        self._edit(caller, name, add)
        return [str(item["name"]) for item in items]

    def change_fields(self, caller: Caller, name: str, items: Sequence[dict[str, Any]]) -> list[str]:
        """Change fields of a type's draft; returns their names. Raises `ServiceError` 1003 or 1013."""

        def change(document: dict[str, Any]) -> None:
            for item in items:
                field, dedupe = _named(document, str(item.get("name"))), document["dedupeFields"]
                field.update(_field_of(item) | {"name": field["name"]})
                is_key = field["name"] in dedupe
                if item.get("isDedupeField", is_key) and not is_key:
                    dedupe.append(field["name"])
                elif is_key and not item.get("isDedupeField", is_key):
                    dedupe.remove(field["name"])

        self._edit(caller, name, change)
        return [str(item.get("name")) for item in items]

    def delete_fields(self, caller: Caller, name: str, field_names: Sequence[str]) -> None:
        """Take fields out of a type's draft; raises `ServiceError` 1003 or 1013."""

        def delete(document: dict[str, Any]) -> None:
            for each in field_names:
                field = _named(document, each)
                document["fields"].remove(field)
                document["dedupeFields"] = [key for key in document["dedupeFields"] if key != field["name"]]

        self._edit(caller, name, delete)

    def _edit(self, caller: Caller, name: str, edit: Callable[[dict[str, Any]], None]) -> None:
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            stored = _find(session, name)
            document = stored.newest.model_dump(by_alias=True, exclude_none=True, mode="json")
            edit(document)
            draft = _checked(document)
            if stored.approved is not None:
                for fault in faults_of_change(stored.approved, draft):
                    raise ServiceError(INVALID_DATA_BECAUSE, why=fault)
            objects.change(session, stored, stored.approved, draft, clock.now())

    def approve(self, caller: Caller, name: str) -> None:
        """Approve a type's draft, so that it has records; raises `ServiceError` 1003 or 1013."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            stored = _find(session, name)
            if stored.draft is None:
                return
            if not stored.draft.dedupe_fields:
                raise ServiceError(INVALID_DATA_BECAUSE, why="a custom object needs a dedupe field")
            if jobs.object_is_busy(session, stored.draft.api_name):
                raise ServiceError(OBJECT_IN_USE)
            try:
                objects.approve(session, stored, stored.draft, clock.now())
            except ValueError as error:
                raise ServiceError(INVALID_DATA_BECAUSE, why=error) from error

    def discard(self, caller: Caller, name: str) -> None:
        """Forget a type's draft, and the type when it was never approved; raises `ServiceError` 1013."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            stored = _find(session, name)
            if stored.approved is None:
                objects.delete(session, stored)
            else:
                objects.change(session, stored, stored.approved, None, clock.now())

    def delete(self, caller: Caller, name: str) -> None:
        """Delete a type with its records; raises `ServiceError` 1013 or 1022."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            stored = _find(session, name)
            if jobs.object_is_busy(session, stored.newest.api_name) or dependents(session, stored):
                raise ServiceError(OBJECT_IN_USE)
            objects.delete(session, stored)

    def dependents(self, caller: Caller, name: str) -> list[StoredObject]:
        """Return the custom objects that link to this one; raises `ServiceError` 1013."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return dependents(session, _find(session, name))


def dependents(session: Session, stored: StoredObject) -> list[StoredObject]:
    """Return the other custom objects with a link field that points to this one, approved or in a draft."""
    own = stored.newest.api_name.lower()
    return [
        each
        for each in objects.custom_objects(session)
        if each.number != stored.number and any(_links_to(own, form) for form in (each.approved, each.draft))
    ]


def _links_to(name: str, form: ObjectDefinition | None) -> bool:
    fields = form.fields if form else ()
    return any(field.related_to and field.related_to.name.lower() == name for field in fields)


def _find(session: Session, name: str) -> StoredObject:
    stored = objects.find_stored(session, name)
    if stored is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    return stored


def _checked(document: dict[str, Any]) -> ObjectDefinition:
    try:
        return ObjectDefinition.model_validate(document)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        why = fault["msg"].removeprefix("Value error, ")
        raise ServiceError(INVALID_DATA_BECAUSE, why=f"{where}: {why}" if where else why) from error


def _field_of(item: dict[str, Any]) -> dict[str, Any]:
    return {key: item[key] for key in _FIELD_KEYS if item.get(key) is not None}


def _named(document: dict[str, Any], name: str) -> dict[str, Any]:
    for field in document["fields"]:
        if field["name"].lower() == name.lower():
            found: dict[str, Any] = field
            return found
    raise ServiceError(INVALID_DATA_BECAUSE, why=f"there is no field '{name}'")
