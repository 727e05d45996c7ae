"""Fields and object types: what the rest of the house asks about columns."""

import re
from dataclasses import dataclass
from functools import cached_property

from leadline.schema.types import FIELD_TYPES, Cell, FieldType, Storage

NAME_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,49}")
KEY_LENGTH_MAX = 255


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute of an object type.

    `column` is where it is stored, `computed` marks one that is made when read.
    `default` is the value of a new record. `company` marks an attribute that a linked
    company hides, `link` the object a key points to.
    """

    name: str
    display_name: str
    type: FieldType
    length: int | None = None
    read_only: bool = False
    searchable: bool = False
    custom: bool = False
    system_column: str | None = None
    computed: bool = False
    default: object = None
    company: bool = False
    link: str | None = None

    @property
    def column(self) -> str:
        """The column that stores the field."""
        return self.system_column or f"f_{self.name.lower()}"

    @property
    def key_column(self) -> str:
        """The column by which a record is found: the folded key of a text, else the value itself."""
        folds = self.type.storage is Storage.TEXT and self.system_column is None
        return f"k_{self.name.lower()}" if folds else self.column

    @property
    def has_key(self) -> bool:
        """Whether the field keeps a folded key beside its value."""
        return self.searchable and self.key_column != self.column

    @property
    def system(self) -> bool:
        """Whether the product itself writes the field."""
        return self.system_column is not None or self.computed

    @property
    def is_boolean(self) -> bool:
        """Whether the field is true or false and never null."""
        return self.type.cell is Cell.BOOLEAN


@dataclass(frozen=True)
class ObjectType:
    """A kind of record and its fields, in the order in which describe prints them."""

    name: str
    fields: tuple[Field, ...]
    lookup_aliases: tuple[tuple[str, str], ...] = ()
    not_for_lookup: frozenset[str] = frozenset()

    @cached_property
    def _by_folded_name(self) -> dict[str, Field]:
        return {field.name.lower(): field for field in self.fields}

    def field(self, name: str) -> Field | None:
        """Return the field of that API name in any case, or None."""
        return self._by_folded_name.get(name.lower())

    def lookup_field(self, name: str) -> Field | None:
        """Return the field that a lookup parameter names, alias included, or None."""
        return self.field(dict(self.lookup_aliases).get(name.lower(), name))

    def may_look_up(self, field: Field) -> bool:
        """Tell whether imports may find records by the field (contract §4.3)."""
        return field.searchable and field.name not in self.not_for_lookup

    @property
    def searchable(self) -> tuple[Field, ...]:
        """The fields by which records can be filtered."""
        return tuple(field for field in self.fields if field.searchable)


def custom_field(
    name: str, display_name: str, data_type: str, length: int | None = None, searchable: bool | None = None
) -> Field:
    """Build a custom field.

    `searchable` defaults to true for keys of up to 255 characters. Raises ValueError
    with a sentence when the definition cannot be.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise ValueError(f"'{name}' is no field name: a letter, then letters, digits or _, 50 at most")
    field_type = FIELD_TYPES.get(data_type.lower())
    if field_type is None:
        raise ValueError(f"'{data_type}' is no data type: use one of {', '.join(FIELD_TYPES)}")
    if length is not None and field_type.storage is not Storage.TEXT:
        raise ValueError(f"a field of type {field_type.name} has no length")
    length = length if length is not None else field_type.length
    can_be_key = field_type.key and (length or 0) <= KEY_LENGTH_MAX
    if searchable and not can_be_key:
        raise ValueError("only string, email and integer fields of up to 255 characters are searchable")
    return Field(
        name=name,
        display_name=display_name,
        type=field_type,
        length=length,
        searchable=can_be_key if searchable is None else searchable,
        custom=True,
        default=False if field_type.cell is Cell.BOOLEAN else None,
    )
