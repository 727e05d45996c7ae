"""Custom objects: their definition, and the object type that follows from it (contract §6, §9.9)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from leadline.schema.catalog import KEY_LENGTH_MAX, NAME_PATTERN, Link, ObjectType
from leadline.schema.catalog import Field as SchemaField
from leadline.schema.types import FIELD_TYPES, FieldType, Storage, link_to

OBJECTS_MAX, FIELDS_MAX, DEDUPE_MAX = 10, 50, 3
DATA_TYPES = (
    *("string", "boolean", "integer", "float", "link", "email"),
    *("currency", "date", "datetime", "phone", "text"),
)
_KEY_TYPES = ("string", "integer", "email", "phone", "date", "datetime", "link")
_RESERVED = frozenset({"lead", "program_member", "company", "sales_person", "opportunity", "schema"})
_SYSTEM_NAMES = frozenset({"marketoguid", "createdat", "updatedat", "seq", "id"})
GUID = "marketoGUID"

DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class Part(BaseModel):
    """A mapping of a definition; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Target(Part):
    """The object and the field there that a link field names."""

    name: DisplayName
    field: DisplayName


class FieldDefinition(Part):
    """One field of a custom object."""

    name: str
    display_name: DisplayName = Field(alias="displayName")
    data_type: str = Field("string", alias="dataType")
    length: Annotated[int, Field(ge=1, le=2000)] | None = None
    description: str | None = None
    related_to: Target | None = Field(None, alias="relatedTo")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not NAME_PATTERN.fullmatch(self.name):
            raise ValueError(
                f"'{self.name}' is no field name: a letter, then letters, digits or _, 50 at most"
            )
        if self.name.lower() in _SYSTEM_NAMES:
            raise ValueError(f"every custom object has its own {self.name}; choose another name")
        if self.data_type not in DATA_TYPES:
            raise ValueError(f"'{self.data_type}' is no data type: use one of {', '.join(DATA_TYPES)}")
        if (self.data_type == "link") != (self.related_to is not None):
            raise ValueError("a link field, and only a link field, says with relatedTo what it points to")
        if self.length is not None and self.data_type not in ("string", "email", "phone"):
            raise ValueError(f"a field of type {self.data_type} has no length")
        return self

    @property
    def shape(self) -> tuple[str, int | None, Target | None]:
        """What decides how its values are stored."""
        return self.data_type, self.length, self.related_to


class ObjectDefinition(Part):
    """A custom object as its owner describes it."""

    api_name: str = Field(alias="apiName")
    display_name: DisplayName = Field(alias="displayName")
    plural_name: DisplayName | None = Field(None, alias="pluralName")
    description: str | None = None
    show_in_lead_detail: bool = Field(False, alias="showInLeadDetail")
    dedupe_fields: tuple[str, ...] = Field((), alias="dedupeFields")
    fields: tuple[FieldDefinition, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if not NAME_PATTERN.fullmatch(self.api_name) or self.api_name.lower() in _RESERVED:
            raise ValueError(
                f"'{self.api_name}' is no API name for a custom object: a letter, then letters, digits or _, "
                f"50 at most, and none of {', '.join(sorted(_RESERVED))}"
            )
        names = [field.name.lower() for field in self.fields]
        if len(set(names)) < len(names):
            raise ValueError(
                f"fields: '{next(each for each in names if names.count(each) > 1)}' stands twice"
            )
        if len(names) > FIELDS_MAX:
            raise ValueError(f"fields: {len(names)} are too many, {FIELDS_MAX} at most")
        if len(self.dedupe_fields) > DEDUPE_MAX:
            raise ValueError(f"dedupeFields: {DEDUPE_MAX} at most")
        types = {field.name: field.data_type for field in self.fields}
        lengths = {field.name: field.length or 0 for field in self.fields}
        for name in self.dedupe_fields:
            if name not in types:
                raise ValueError(f"dedupeFields: '{name}' is not among the fields")
            if types[name] not in _KEY_TYPES:
                raise ValueError(f"dedupeFields: '{name}' must be one of {', '.join(_KEY_TYPES)}")
            if lengths[name] > KEY_LENGTH_MAX:
                raise ValueError(f"dedupeFields: '{name}' has more than {KEY_LENGTH_MAX} characters")
        return self

    def field(self, name: str) -> FieldDefinition | None:
        """Return the field of that name in any case, or None."""
        return next((each for each in self.fields if each.name.lower() == name.lower()), None)


def faults_of_change(approved: ObjectDefinition, wanted: ObjectDefinition) -> Iterator[str]:
    """Yield a sentence for each change that stored records could not follow."""
    if approved.dedupe_fields != wanted.dedupe_fields:
        yield f"the dedupe fields are {', '.join(approved.dedupe_fields)} and cannot change"
    for each in wanted.fields:
        stored = approved.field(each.name)
        if stored and stored.shape != each.shape:
            yield f"the field '{each.name}' is stored as {stored.data_type} and cannot change its type"


State = Literal["draft", "approved", "approvedWithDraft"]


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A custom object as the store has it: the approved definition, the draft, or both.

    `number` names its table and is never used again.
    """

    number: int
    approved: ObjectDefinition | None
    draft: ObjectDefinition | None
    created_at: int
    updated_at: int

    @property
    def newest(self) -> ObjectDefinition:
        """The draft, or what was approved when there is none."""
        found = self.draft or self.approved
        assert found is not None, "an object has one of the two"
        return found

    @property
    def state(self) -> State:
        """The word that clients see."""
        if self.approved is None:
            return "draft"
        return "approvedWithDraft" if self.draft else "approved"


def table_of(number: int) -> str:
    """Return the table of a custom object's records."""
    return f"object_{number}"


def find_object(objects: Mapping[int, ObjectDefinition], name: str) -> tuple[int, ObjectDefinition] | None:
    """Return the object of that API name in any case, with its number."""
    folded = name.lower()
    return next(((number, each) for number, each in objects.items() if each.api_name.lower() == folded), None)


class Linkable:
    """The objects that a link field may point to, by name in any case."""

    def __init__(self, plain: tuple[ObjectType, ...], objects: Mapping[int, ObjectDefinition]) -> None:
        """`plain` are leads and companies."""
        self._plain = {each.display_name.lower(): each for each in plain}
        self._objects = objects

    def find(self, target: Target) -> tuple[Link, FieldType, int | None] | None:
        """Return the link, type and length of the key over there, or None when there is no such key."""
        plain = self._plain.get(target.name.lower())
        if plain is not None:
            field = plain.field(target.field)
            if field is None or not field.searchable or field.name in plain.not_for_lookup:
                return None
            return _link(plain.display_name, plain.table, field), field.type, field.length
        found = find_object(self._objects, target.name)
        field_there = found and found[1].field(target.field)
        if not found or not field_there or field_there.data_type == "link":
            return None
        if found[1].dedupe_fields != (field_there.name,):
            return None
        there = _field(found[1], field_there, FIELD_TYPES[field_there.data_type], None)
        return _link(found[1].api_name, table_of(found[0]), there), there.type, there.length


def _link(object_name: str, table: str, field: SchemaField) -> Link:
    return Link(object_name, field.name, table, field.column, field.key_column, field.type.storage, "")


def build_type(number: int, definition: ObjectDefinition, linkable: Linkable) -> ObjectType:
    """Return the object type of a definition; raises ValueError when a link leads nowhere."""
    fields = []
    for each in definition.fields:
        if each.related_to is None:
            fields.append(_field(definition, each, FIELD_TYPES[each.data_type], None))
            continue
        found = linkable.find(each.related_to)
        if found is None:
            raise ValueError(
                f"'{each.name}' points to {each.related_to.name}.{each.related_to.field}, which is no key: "
                "use a searchable field of Lead or Company, or the one dedupe field of a custom object"
            )
        link, field_type, length = found
        link = replace(link, missing=f"Value for lookup field '{each.name}' not found")
        fields.append(_field(definition, each, link_to(field_type), link, length))
    return ObjectType(
        name=definition.api_name,
        table=table_of(number),
        fields=(
            SchemaField(
                GUID,
                "Marketo GUID",
                FIELD_TYPES["string"],
                36,
                read_only=True,
                searchable=True,
                system_column="guid",
            ),
            _instant("createdAt", "Created At", "created_at"),
            _instant("updatedAt", "Updated At", "updated_at"),
            *fields,
        ),
        display_name=definition.display_name,
        id_name=GUID,
        dedupe=definition.dedupe_fields,
    )


def _instant(name: str, display_name: str, column: str) -> SchemaField:
    return SchemaField(name, display_name, FIELD_TYPES["datetime"], read_only=True, system_column=column)


def _field(
    definition: ObjectDefinition,
    each: FieldDefinition,
    field_type: FieldType,
    link: Link | None,
    length: int | None = None,
) -> SchemaField:
    is_text = field_type.storage is Storage.TEXT
    return SchemaField(
        name=each.name,
        display_name=each.display_name,
        type=field_type,
        length=(each.length or length or field_type.length) if is_text else None,
        searchable=definition.dedupe_fields == (each.name,) or link is not None,
        custom=True,
        default=False if each.data_type == "boolean" else None,
        link=link,
        description=each.description,
    )


def with_suffix(api_name: str) -> str:
    """Return the API name as the original gives it to a new type: with `_c` at its end."""
    return api_name if re.search(r"_c$", api_name, re.IGNORECASE) else f"{api_name}_c"


def to_json(definition: ObjectDefinition) -> str:
    """Return a definition as it is stored."""
    return definition.model_dump_json(by_alias=True, exclude_none=True)


def from_json(text: str | None) -> ObjectDefinition | None:
    """Return a stored definition."""
    return None if text is None else ObjectDefinition.model_validate_json(text)


def describe_definition(definition: ObjectDefinition) -> dict[str, Any]:
    """Return a definition as plain values by API name."""
    return definition.model_dump(by_alias=True, exclude_none=True)
