"""What the link fields of custom objects may point to, and the object type that follows from a definition."""

from collections.abc import Iterator, Mapping

from leadline.model.dataclass import dataclass
from leadline.schema.catalog import Field, Link, ObjectType
from leadline.schema.leads import COMPANY
from leadline.schema.objects import (
    GUID,
    SYSTEM_FIELDS,
    FieldDefinition,
    ObjectDefinition,
    Target,
    find_object,
    table_of,
)
from leadline.schema.record_errors import MISSING_LOOKUP_VALUE
from leadline.schema.types import FIELD_TYPES, FieldType, Storage


@dataclass(frozen=True, slots=True)
class Offer:
    """An object that a link field may name, and the fields there by which its records are found."""

    name: str
    display_name: str
    fields: tuple[Field, ...]
    custom: bool = False


class Linkable:
    """The objects that a link field may point to, by name in any case."""

    def __init__(self, plain: tuple[ObjectType, ...], objects: Mapping[int, ObjectDefinition]) -> None:
        """`plain` are leads and companies; `objects` are the custom objects by number."""
        self._plain = {each.name: each for each in plain}
        self._objects = objects

    def find(self, target: Target) -> tuple[Link, FieldType, int | None] | None:
        """Return the link, type and length of the key over there, or None when there is no such key.

        A key of leads and companies goes by its API name or by its display name.
        """
        plain = self._plain.get(target.name.lower())
        if plain is not None:
            found = plain.field(target.field) or _shown_as(plain, target.field)
            if found is None or not plain.may_look_up(found):
                return None
            return _link(plain.display_name, plain.table, found), found.type, found.length
        named = find_object(self._objects, target.name)
        keys = _keys(named[1]) if named else ()
        key = next((each for each in keys if each.name.lower() == target.field.lower()), None)
        if named is None or key is None:
            return None
        return _link(named[1].api_name, table_of(named[0]), key), key.type, key.length

    def offers(self) -> Iterator[Offer]:
        """Yield the objects to choose from; no custom object that itself links to another (contract §9.9)."""
        for each in self._plain.values():
            keys = [field for field in each.searchable if each.may_look_up(field)]
            if each.name == COMPANY:
                keys = [each.id_field]
            yield Offer(each.name, each.display_name, tuple(sorted(keys, key=_by_display_name)))
        for definition in self._objects.values():
            if not definition.links:
                yield Offer(definition.api_name, definition.display_name, _keys(definition), custom=True)


def _by_display_name(field: Field) -> str:
    return field.display_name.lower()


def _shown_as(object_type: ObjectType, name: str) -> Field | None:
    folded = name.lower()
    return next((each for each in object_type.searchable if each.display_name.lower() == folded), None)


def _keys(definition: ObjectDefinition) -> tuple[Field, ...]:
    """Return what finds one record of a custom object: its GUID, and its dedupe field if it has one only."""
    dedupe = [definition.field(name) for name in definition.dedupe_fields]
    alone = dedupe[0] if len(dedupe) == 1 else None
    if alone is None or alone.related_to is not None:
        return (_GUID_FIELD,)
    return (_GUID_FIELD, _field(definition, alone, FIELD_TYPES[alone.data_type], None))


def _link(object_name: str, table: str, field: Field) -> Link:
    storage = field.type.storage
    return Link(object_name, field.name, table, field.column, field.key_column, storage, MISSING_LOOKUP_VALUE)


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
                "use a searchable field of Lead or Company, or marketoGUID or the one dedupe field of an "
                "approved custom object"
            )
        link, field_type, length = found
        fields.append(_field(definition, each, field_type, link, length))
    return ObjectType(
        name=definition.api_name,
        table=table_of(number),
        fields=(
            _GUID_FIELD,
            _instant("createdAt", "created_at"),
            _instant("updatedAt", "updated_at"),
            *fields,
        ),
        display_name=definition.display_name,
        id_name=GUID,
        dedupe=definition.dedupe_fields,
    )


_GUID_FIELD = Field(
    GUID,
    SYSTEM_FIELDS[GUID],
    FIELD_TYPES["string"],
    36,
    read_only=True,
    searchable=True,
    system_column="guid",
)


def _instant(name: str, column: str) -> Field:
    shown = SYSTEM_FIELDS[name]
    return Field(name, shown, FIELD_TYPES["datetime"], read_only=True, system_column=column)


def _field(
    definition: ObjectDefinition,
    each: FieldDefinition,
    field_type: FieldType,
    link: Link | None,
    length: int | None = None,
) -> Field:
    is_text = field_type.storage is Storage.TEXT
    return Field(
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
