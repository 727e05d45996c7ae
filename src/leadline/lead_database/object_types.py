"""Use case: the types of custom objects, drafted, changed and approved (contract §9.9)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leadline.errors import (
    DISCARD_FAILED,
    OBJECT_EXISTS,
    OBJECT_IN_USE,
    OBJECT_NOT_FOUND,
    PARAMETER_MISSING,
    ServiceError,
)
from leadline.lead_database.object_drafts import check_shown, checked, edit_draft, named, refusal
from leadline.model.callers import Caller
from leadline.model.records import Action
from leadline.model.subscription_time import SubscriptionTime
from leadline.schema.catalog import ObjectType
from leadline.schema.object_links import Offer
from leadline.schema.objects import (
    DATA_TYPES,
    OBJECTS_MAX,
    ObjectDefinition,
    StoredObject,
    folded_name,
)
from leadline.store import admission, objects, records
from leadline.store.base import Session
from leadline.store.directory import Stores

__all__ = ["DATA_TYPES", "ObjectTypes"]

Described = tuple[StoredObject, ObjectDefinition, ObjectType]
"""A custom object, one of its two definitions, and the object type that follows from that."""


class ObjectTypes:
    """The custom objects of a subscription, approved or not."""

    def __init__(self, stores: Stores, time: SubscriptionTime) -> None:
        self._stores = stores
        self._time = time

    def all(self, caller: Caller, names: Sequence[str], state: str | None) -> list[Described]:
        """Return the custom objects, those of some names or in a state, as they were made one by one."""
        wanted = {folded_name(name) for name in names}
        with self._stores.subscription(caller.munchkin_id).read() as session:
            found = [
                each
                for each in objects.custom_objects(session)
                if not wanted or folded_name(each.newest.api_name) in wanted
            ]
            return [known for each in found if (known := _described(session, each, state)) is not None]

    def one(self, caller: Caller, name: str, state: str | None) -> Described:
        """Return a custom object in a state; raises `ServiceError` 1013."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            found = _described(session, _find(session, name), state)
        if found is None:
            raise ServiceError(OBJECT_NOT_FOUND)
        return found

    def sync(self, caller: Caller, action: Action, name: str, values: Mapping[str, Any]) -> None:
        """Create a draft, or change how a type is shown; what `values` do not name stays.

        Raises `ServiceError` 1002, 1003, 1013 or 1017.
        """
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            stored = objects.find_stored(session, name)
            if stored is None and action is Action.UPDATE_ONLY:
                raise ServiceError(OBJECT_NOT_FOUND)
            if stored is not None and action is Action.CREATE_ONLY:
                raise ServiceError(OBJECT_EXISTS)
            if action is not Action.UPDATE_ONLY and values.get("displayName") is None:
                raise ServiceError(PARAMETER_MISSING, name="displayName")
            if stored is None:
                others = objects.custom_objects(session)
                if len(others) >= OBJECTS_MAX:
                    raise refusal(f"a subscription has {OBJECTS_MAX} custom objects at most")
                draft = checked({"apiName": name, **values})
                check_shown(draft.display_name, [each.newest.display_name for each in others])
                objects.add_draft(session, draft, self._time.now(caller.munchkin_id))
            else:
                edit_draft(session, stored, lambda document: document.update(values))

    def add_fields(self, caller: Caller, name: str, items: Sequence[dict[str, Any]]) -> None:
        """Add fields to a type's draft; raises `ServiceError` 1003 or 1013."""

        def add(document: dict[str, Any]) -> None:
            for item in items:
                is_key = item.pop("isDedupeField", False)
                document["fields"].append(item)
                if is_key:
                    document["dedupeFields"].append(item["name"])

        self._edit(caller, name, add)

    def change_fields(self, caller: Caller, name: str, changes: Mapping[str, dict[str, Any]]) -> None:
        """Change fields of a type's draft, each by its name; raises `ServiceError` 1003, 1006 or 1013."""

        def change(document: dict[str, Any]) -> None:
            for each, item in changes.items():
                field, dedupe = named(document, each), document["dedupeFields"]
                old, is_key = field["name"], field["name"] in dedupe
                becomes_key = item.pop("isDedupeField", is_key)
                if item.get("dataType", field["dataType"]) != field["dataType"]:
                    field.pop("relatedTo", None)
                    field.pop("length", None)
                field.update(item)
                if field["name"].lower() == old.lower():
                    field["name"] = old
                if is_key and becomes_key:
                    dedupe[dedupe.index(old)] = field["name"]
                elif becomes_key:
                    dedupe.append(field["name"])
                elif is_key:
                    dedupe.remove(old)

        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            stored = _find(session, name)
            for each, item in changes.items():
                is_other = item.get("name", each).lower() != each.lower()
                if is_other and stored.approved is not None and stored.approved.field(each):
                    raise refusal(f"the name of '{each}' cannot change once the type is approved")
            edit_draft(session, stored, change)

    def delete_fields(self, caller: Caller, name: str, field_names: Sequence[str]) -> None:
        """Take fields out of a type's draft; raises `ServiceError` 1003, 1006 or 1013."""

        def delete(document: dict[str, Any]) -> None:
            for each in field_names:
                field = named(document, each)
                document["fields"].remove(field)
                document["dedupeFields"] = [key for key in document["dedupeFields"] if key != field["name"]]

        self._edit(caller, name, delete)

    def _edit(self, caller: Caller, name: str, edit: Callable[[dict[str, Any]], None]) -> None:
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            edit_draft(session, _find(session, name), edit)

    def approve(self, caller: Caller, name: str) -> None:
        """Approve a type's draft, so that it has records; raises `ServiceError` 1003, 1013 or 1022."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            stored = _find(session, name)
            if stored.draft is None:
                raise refusal("the type has no draft to approve")
            if not stored.draft.dedupe_fields:
                raise refusal("a custom object needs a dedupe field")
            if admission.object_is_busy(session, stored.draft.api_name):
                raise ServiceError(OBJECT_IN_USE)
            try:
                objects.approve(session, stored, stored.draft, self._time.now(caller.munchkin_id))
            except ValueError as error:
                raise refusal(error) from error

    def discard(self, caller: Caller, name: str) -> None:
        """Discard a type's draft, and the type when it was never approved.

        Raises `ServiceError` 1013, or 1048 when there is no draft.
        """
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            stored = _find(session, name)
            if stored.draft is None:
                raise ServiceError(DISCARD_FAILED)
            if stored.approved is None:
                objects.delete(session, stored)
            else:
                objects.keep_draft(session, stored, None)

    def delete(self, caller: Caller, name: str) -> None:
        """Delete a type with its records; raises `ServiceError` 1013 or 1022."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            stored = _find(session, name)
            if admission.object_is_busy(session, stored.newest.api_name) or _dependents(session, stored):
                raise ServiceError(OBJECT_IN_USE)
            objects.delete(session, stored)

    def dependents(self, caller: Caller, name: str) -> list[tuple[StoredObject, list[str]]]:
        """Return the custom objects that link to this one, each with the fields of it that they use.

        Raises `ServiceError` 1013.
        """
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return _dependents(session, _find(session, name))

    def offers(self, caller: Caller) -> list[Offer]:
        """Return what a link field may point to."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return list(objects.linkable(session, objects.custom_objects(session)).offers())


def _described(session: Session, stored: StoredObject, state: str | None) -> Described | None:
    """Return a custom object in a state, None when it is in another; without one, what was approved first."""
    if state == "approvedWithDraft" and stored.state != state:
        return None
    by_state = {"approved": stored.approved, None: stored.approved or stored.draft}
    definition = by_state.get(state, stored.draft)
    if definition is None:
        return None
    return stored, definition, objects.type_of(session, stored, definition)


def _dependents(session: Session, stored: StoredObject) -> list[tuple[StoredObject, list[str]]]:
    own = folded_name(stored.newest.api_name)
    found = []
    for each in objects.custom_objects(session):
        forms = [form for form in (each.approved, each.draft) if form is not None]
        targets = [field.related_to for form in forms for field in form.links.values()]
        used = {target.field for target in targets if target and folded_name(target.name) == own}
        if used and each.number != stored.number:
            found.append((each, sorted(used)))
    return found


def _find(session: Session, name: str) -> StoredObject:
    stored = objects.find_stored(session, name)
    if stored is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    return stored
