"""Use case: custom fields of leads and program members, described and changed (contract §9.4)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from leadline.errors import FIELD_NOT_FOUND, ServiceError
from leadline.model import Caller
from leadline.people.paging import Window, page_of
from leadline.schema.catalog import Field, custom_field
from leadline.schema.leads import LEAD
from leadline.schema.members import CUSTOM_FIELDS_MAX as MEMBER_FIELDS_MAX
from leadline.schema.members import PROGRAM_MEMBER
from leadline.store import records, settings
from leadline.store.base import Session
from leadline.store.connect import Stores
from leadline.store.reading import Record

LEAD_FIELDS_BY_API_MAX = 100
LEAD_TYPES = (
    *("boolean", "currency", "date", "datetime", "email", "float"),
    *("integer", "percent", "phone", "score", "string", "url"),
)
_SHOWN_MAX = 100
_MAX = {LEAD: LEAD_FIELDS_BY_API_MAX, PROGRAM_MEMBER: MEMBER_FIELDS_MAX}


@dataclass(frozen=True, slots=True)
class FieldResult:
    """What became of a field: its name, and what is wrong when nothing was done."""

    name: str
    status: str
    code: str | None = None
    message: str | None = None


class Fields:
    """The fields of leads and program members; `object_type` is the name of one of the two."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def browse(self, caller: Caller, object_type: str, window: Window) -> tuple[list[Field], str | None]:
        """Return a page of fields, standard ones first, and the token of the next."""
        found = self._all(caller, object_type)

        def read(after: int, limit: int) -> list[Record]:
            return [
                Record(after + number, {"": each}) for number, each in enumerate(found[after:][:limit], 1)
            ]

        page, token = page_of(window, (caller.munchkin_id, "fields", object_type), read)
        return [record.values[""] for record in page], token

    def one(self, caller: Caller, object_type: str, name: str) -> Field:
        """Return a field; raises `ServiceError` 1006."""
        folded = name.lower()
        found = next((each for each in self._all(caller, object_type) if each.name.lower() == folded), None)
        if found is None:
            raise ServiceError(FIELD_NOT_FOUND, name=name)
        return found

    def _all(self, caller: Caller, object_type: str) -> tuple[Field, ...]:
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return _fields(session, object_type)

    def create(self, caller: Caller, object_type: str, items: Sequence[dict[str, Any]]) -> list[FieldResult]:
        """Create custom fields; each is created or told what is wrong with it."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            return [_create(session, object_type, item) for item in items]

    def change(self, caller: Caller, object_type: str, name: str, item: dict[str, Any]) -> FieldResult:
        """Change how a custom field is shown; raises `ServiceError` 1006."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            custom = settings.custom_fields(session, object_type)
            known = next((each for each in custom if each.name.lower() == name.lower()), None)
            if known is None:
                if any(each.name.lower() == name.lower() for each in _fields(session, object_type)):
                    return FieldResult(name, "skipped", "1011", f"Field '{name}' not supported")
                raise ServiceError(FIELD_NOT_FOUND, name=name)
            if fault := _fault_of(known.name, item):
                return fault
            changed = replace(
                known,
                display_name=item.get("displayName") or known.display_name,
                description=known.description if item.get("description") is None else item["description"],
                hidden=known.hidden if item.get("isHidden") is None else item["isHidden"],
            )
            settings.change_field(session, object_type, known.name, changed)
        return FieldResult(known.name, "updated")


def _fields(session: Session, object_type: str) -> tuple[Field, ...]:
    load = {LEAD: settings.load_lead_type, PROGRAM_MEMBER: settings.load_member_type}[object_type]
    return load(session).fields


def _fault_of(name: str, item: dict[str, Any]) -> FieldResult | None:
    """Say which member of a field cannot be kept, if one cannot."""
    for member, wanted in (("displayName", str), ("description", str), ("isHidden", bool)):
        value = item.get(member)
        if value is not None and not isinstance(value, wanted):
            kind = "Boolean" if wanted is bool else "String"
            shown = json.dumps(value)[:_SHOWN_MAX]
            return FieldResult(name, "skipped", "1001", f"Invalid value '{shown}'. Required of type '{kind}'")
        if isinstance(value, str) and "\0" in value:
            return FieldResult(name, "skipped", "1003", f"Invalid data, {member} has a NUL character")
    return None


def _create(session: Session, object_type: str, item: dict[str, Any]) -> FieldResult:
    name = str(item.get("name") or "")
    for required in ("name", "displayName", "dataType"):
        if not isinstance(item.get(required), str) or not item[required]:
            return FieldResult(
                name, "skipped", "1002", f"Missing value for the required parameter '{required}'"
            )
    if fault := _fault_of(name, item):
        return fault
    known = _fields(session, object_type)
    if any(each.name.lower() == name.lower() for each in known):
        return FieldResult(name, "skipped", "1017", "Object already exists")
    if sum(each.by_api or (each.custom and object_type != LEAD) for each in known) >= _MAX[object_type]:
        return FieldResult(name, "skipped", "1003", f"No more than {_MAX[object_type]} fields can be created")
    if item["dataType"].lower() not in LEAD_TYPES:
        types = ", ".join(LEAD_TYPES)
        return FieldResult(
            name, "skipped", "1001", f"Invalid value '{item['dataType']}'. Required of type '{types}'"
        )
    try:
        field = custom_field(
            name,
            item["displayName"][:255],
            item["dataType"],
            description=item.get("description"),
            hidden=bool(item.get("isHidden")),
            by_api=True,
        )
    except ValueError as error:
        return FieldResult(name, "skipped", "1003", f"Invalid data, {error}")
    settings.add_field(session, object_type, field)
    return FieldResult(field.name, "created")
