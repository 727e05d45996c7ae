"""Drafts of custom objects: which changes a call may make of them (contract §9.9)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from leadline.errors import FIELD_NOT_FOUND, INVALID_DATA_BECAUSE, ServiceError
from leadline.schema.field_settings import fault_of_display_name
from leadline.schema.objects import (
    ADDED_FIELDS_MAX,
    SYSTEM_FIELDS,
    ObjectDefinition,
    StoredObject,
    faults_of_call,
    folded_name,
)
from leadline.store import objects
from leadline.store.base import Session

_SIGNS = " _"
"""What display names of custom objects and their fields may have beside letters and digits."""


def edit_draft(session: Session, stored: StoredObject, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change a type's draft, and begin one where there is none; raises `ServiceError` 1003 or 1006."""
    before = stored.newest
    document = before.model_dump(by_alias=True, exclude_none=True, mode="json")
    edit(document)
    draft = checked(document)
    if draft == before:
        return
    for fault in _faults(session, stored, before, draft):
        raise refusal(fault)
    try:
        objects.type_of(session, stored, draft)
    except ValueError as error:
        raise refusal(error) from error
    objects.keep_draft(session, stored, draft)


def _faults(
    session: Session, stored: StoredObject, before: ObjectDefinition, draft: ObjectDefinition
) -> Iterator[str]:
    """Yield a sentence for each change that the reference forbids."""
    others = [each for each in objects.custom_objects(session) if each.number != stored.number]
    if stored.approved is not None:
        yield from faults_of_call(stored.approved, draft)
        added = sum(stored.approved.field(each.name) is None for each in draft.fields)
        if added and stored.added_fields + added > ADDED_FIELDS_MAX:
            yield f"no more than {ADDED_FIELDS_MAX} fields can be added once the type is approved"
    if draft.display_name != before.display_name:
        check_shown(draft.display_name, [each.newest.display_name for each in others])
    linked = {folded_name(each.newest.api_name) for each in others if each.newest.links}
    for each in draft.fields:
        known = before.field(each.name)
        if known is None or known.display_name != each.display_name:
            beside = [other.display_name for other in draft.fields if other is not each]
            check_shown(each.display_name, [*beside, *SYSTEM_FIELDS.values()])
        if each.related_to and known != each and folded_name(each.related_to.name) in linked:
            yield f"'{each.name}' points to {each.related_to.name}, which itself has link fields"


def check_shown(display_name: str, taken: Sequence[str]) -> None:
    """Refuse a display name with special characters, or one that another has; raises `ServiceError` 1003."""
    if fault := fault_of_display_name(display_name, _SIGNS):
        raise refusal(fault)
    if display_name.lower() in {each.lower() for each in taken}:
        raise refusal(f"displayName: '{display_name}' is taken")


def refusal(why: object) -> ServiceError:
    """Return 1003 with its reason."""
    return ServiceError(INVALID_DATA_BECAUSE, why=why)


def checked(document: dict[str, Any]) -> ObjectDefinition:
    """Return the definition that a document is; raises `ServiceError` 1003."""
    try:
        return ObjectDefinition.model_validate(document)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        why = fault["msg"].removeprefix("Value error, ")
        raise refusal(f"{where}: {why}" if where else why) from error


def named(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the field of that name in any case; raises `ServiceError` 1006."""
    for field in document["fields"]:
        if field["name"].lower() == name.lower():
            found: dict[str, Any] = field
            return found
    raise ServiceError(FIELD_NOT_FOUND, name=name)
