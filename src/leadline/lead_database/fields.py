"""Use case: the fields of leads, program members and companies, described and changed (contract §9.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from leadline.errors import FIELD_NOT_FOUND, ServiceError
from leadline.lead_database.paging import Page, Window, among, page_of
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.schema.accounts import company_fields
from leadline.schema.catalog import Field, custom_field
from leadline.schema.exact_json import shown_json
from leadline.schema.field_settings import FieldSettings, default_settings, fault_of_display_name
from leadline.schema.leads import COMPANY, COMPANY_FIELDS, LEAD
from leadline.schema.members import CUSTOM_FIELDS_MAX as MEMBER_FIELDS_MAX
from leadline.schema.members import PROGRAM_MEMBER
from leadline.schema.record_errors import (
    INVALID_DATA,
    INVALID_VALUE,
    OBJECT_EXISTS,
    PARAMETER_MISSING,
    TOO_MANY_FIELDS,
    Reason,
)
from leadline.store import catalog, records
from leadline.store.base import Session
from leadline.store.directory import Stores

LEAD_FIELDS_BY_API_MAX = 100
LEAD_TYPES = (
    *("boolean", "currency", "date", "datetime", "email", "float"),
    *("integer", "percent", "phone", "score", "string", "url"),
)
_SHOWN_MAX = 100
_MAX = {LEAD: LEAD_FIELDS_BY_API_MAX, PROGRAM_MEMBER: MEMBER_FIELDS_MAX}
_BOOLEANS = ("isHidden", "isHtmlEncodingInEmail", "isSensitive")
_CHANGEABLE = ("description", "isHtmlEncodingInEmail", "isSensitive")


@dataclass(frozen=True, slots=True)
class FieldResult:
    """What became of a field: its name, and what is wrong when nothing was done."""

    name: str
    status: Literal["created", "updated", "skipped"]
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of a schema and its settings."""

    field: Field
    settings: FieldSettings

    @property
    def attributes(self) -> dict[str, Any]:
        """What a schema says of the field, by the names that calls use."""
        field, chosen = self.field, self.settings
        return (
            {
                "displayName": field.display_name,
                "name": field.name,
                "description": chosen.description,
                "dataType": field.type.name,
            }
            | ({} if field.length is None else {"length": field.length})
            | {
                "isHidden": field.hidden,
                "isHtmlEncodingInEmail": chosen.html_in_email,
                "isSensitive": chosen.sensitive,
                "isCustom": field.custom,
                "isApiCreated": field.by_api,
            }
        )

    @property
    def changeable(self) -> tuple[str, ...]:
        """Which attributes calls may change: of standard fields few, of those made by a call the most."""
        own = ("displayName",) if self.field.custom else ()
        return (*_CHANGEABLE, *own, *(("isHidden",) if self.field.by_api else ()))


class Fields:
    """The fields of leads, program members and companies; `object_type` is the name of one of them."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def browse(self, caller: Caller, object_type: str, window: Window) -> Page[ShownField]:
        """Return a page of fields."""
        found = list(enumerate(self.all(caller, object_type), 1))
        return page_of(window, (caller.munchkin_id, "fields", object_type), among(found))

    def one(self, caller: Caller, object_type: str, name: str) -> ShownField:
        """Return a field; raises `ServiceError` 1006."""
        return _find(self.all(caller, object_type), name)

    def all(self, caller: Caller, object_type: str) -> list[ShownField]:
        """Return the fields in the order of their schema."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return _shown(session, object_type)

    def create(self, caller: Caller, object_type: str, items: Sequence[dict[str, Any]]) -> list[FieldResult]:
        """Create custom fields; returns for each what was done or what is wrong with it."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            return [_create(session, object_type, item) for item in items]

    def change(self, caller: Caller, object_type: str, name: str, item: dict[str, Any]) -> FieldResult:
        """Change what may be changed of a field; raises `ServiceError` 1006."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            shown = _shown(session, object_type)
            known = _find(shown, name)
            if fault := _fault_of(known.field.name, item, shown) or _fault_of_change(known, item):
                return fault
            if known.field.custom:
                changed = replace(
                    known.field,
                    display_name=_kept(item, "displayName", known.field.display_name),
                    hidden=_kept(item, "isHidden", known.field.hidden),
                )
                catalog.change_field(session, object_type, changed)
            chosen = _settings(item, known.settings)
            catalog.put_field_settings(session, object_type, known.field.name, chosen)
        return FieldResult(known.field.name, "updated")


def _shown(session: Session, object_type: str) -> list[ShownField]:
    """Return the fields with their settings; what leads show of a company is one field for both."""
    if object_type == COMPANY:
        fields = company_fields()
        of_leads = catalog.field_settings(session, LEAD)
        chosen = {name: of_leads[name] for name in map(str.lower, COMPANY_FIELDS) if name in of_leads}
    else:
        load = {LEAD: catalog.load_lead_type, PROGRAM_MEMBER: catalog.load_member_type}[object_type]
        fields = load(session).fields
        chosen = catalog.field_settings(session, object_type)
    return [
        ShownField(each, chosen.get(each.name.lower()) or default_settings(object_type, each))
        for each in fields
    ]


def _find(shown: list[ShownField], name: str) -> ShownField:
    found = next((each for each in shown if each.field.name.lower() == name.lower()), None)
    if found is None:
        raise ServiceError(FIELD_NOT_FOUND, name=name)
    return found


def _kept(item: Mapping[str, Any], member: str, value: Any) -> Any:
    """Return a member of what a caller sent, or the value it would replace."""
    return value if item.get(member) is None else item[member]


def _settings(item: Mapping[str, Any], before: FieldSettings) -> FieldSettings:
    """Return the settings that a caller wants; a description of null or no characters is none."""
    return FieldSettings(
        item.get("description", before.description) or None,
        _kept(item, "isHtmlEncodingInEmail", before.html_in_email),
        _kept(item, "isSensitive", before.sensitive),
    )


def _skipped(name: str, reason: Reason) -> FieldResult:
    return FieldResult(name, "skipped", reason)


def _invalid(name: str, why: object) -> FieldResult:
    return _skipped(name, INVALID_DATA.reason(why=why))


def _fault_of(name: str, item: Mapping[str, Any], others: Sequence[ShownField]) -> FieldResult | None:
    """Return which member of a field cannot be kept, if one cannot; a display name belongs to one field."""
    for member in ("displayName", "description", *_BOOLEANS):
        value = item.get(member)
        wanted, kind = (bool, "Boolean") if member in _BOOLEANS else (str, "String")
        if value is not None and not isinstance(value, wanted):
            return _skipped(name, INVALID_VALUE.reason(value=shown_json(value), type=kind))
        if isinstance(value, str) and "\0" in value:
            return _invalid(name, f"{member} has a NUL character")
    display_name = item.get("displayName")
    own = next((each.field.display_name for each in others if each.field.name == name), None)
    if display_name is None or display_name == own:
        return None
    if fault := fault_of_display_name(display_name):
        return _invalid(name, fault)
    taken = {each.field.display_name.lower(): each.field.name for each in others if each.field.name != name}
    if display_name.lower() in taken:
        holder = taken[display_name.lower()]
        return _invalid(name, f"the field '{holder}' has that displayName")
    return None


def _fault_of_change(known: ShownField, item: Mapping[str, Any]) -> FieldResult | None:
    """Return which attribute would change that may not, if one would."""
    name, attributes = known.field.name, known.attributes
    for member in attributes:
        value = item.get(member)
        if member not in known.changeable and value is not None and value != attributes[member]:
            return _invalid(name, f"{member} of the field '{name}' cannot change")
    if not any(member in item for member in attributes):
        return _invalid(name, f"nothing to change of the field '{name}'")
    return None


def _create(session: Session, object_type: str, item: dict[str, Any]) -> FieldResult:
    name = str(item.get("name") or "")
    for required in ("name", "displayName", "dataType"):
        if not isinstance(item.get(required), str) or not item[required].strip():
            return _skipped(name, PARAMETER_MISSING.reason(name=required))
    known = _shown(session, object_type)
    if any(each.field.name.lower() == name.lower() for each in known):
        return _skipped(name, OBJECT_EXISTS.reason())
    if fault := _fault_of(name, item, known):
        return fault
    made = [each.field for each in known]
    if sum(each.by_api or (each.custom and object_type != LEAD) for each in made) >= _MAX[object_type]:
        return _skipped(name, TOO_MANY_FIELDS.reason(limit=_MAX[object_type]))
    if item["dataType"].lower() not in LEAD_TYPES:
        value, types = item["dataType"][:_SHOWN_MAX], ", ".join(LEAD_TYPES)
        return _skipped(name, INVALID_VALUE.reason(value=value, type=types))
    try:
        field = custom_field(
            name, item["displayName"], item["dataType"], hidden=bool(item.get("isHidden")), by_api=True
        )
    except ValueError as error:
        return _invalid(name, error)
    catalog.add_fields(session, object_type, [field])
    catalog.put_field_settings(session, object_type, name, _settings(item, FieldSettings()))
    return FieldResult(field.name, "created")
