"""Fields, keys and object types: what all other rooms ask about columns."""

import re
from functools import cached_property
from typing import Any

from leadline.model.dataclass import dataclass
from leadline.schema.record_errors import MISSING_DEDUPE_FIELDS, MISSING_LOOKUP_VALUE, RecordError
from leadline.schema.types import FIELD_TYPES, Cell, FieldType, Storage

NAME_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,49}")
KEY_LENGTH_MAX = 255


@dataclass(frozen=True, slots=True)
class Link:
    """What a field points to: records of another object, found by one of their keys.

    `column` holds the key there as it was written, `key_column` in the form in which it
    compares. `missing` is the error of a row whose link finds nothing. A link that is not
    `removable` may be changed, never cleared.
    """

    object_name: str
    field_name: str
    table: str
    column: str
    key_column: str
    storage: Storage
    missing: RecordError
    removable: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute of an object type.

    `column` is where it is stored, `computed` marks one that is made when read.
    `default` is the value of a new record. What is `fixed` is given when a record is made and
    never changed after. `company` marks an attribute that a linked company hides. `side_table` is
    where it is stored when that is not its type's main table.
    """

    name: str
    display_name: str
    type: FieldType
    length: int | None = None
    read_only: bool = False
    fixed: bool = False
    searchable: bool = False
    custom: bool = False
    system_column: str | None = None
    computed: bool = False
    default: object = None
    company: bool = False
    link: Link | None = None
    description: str | None = None
    hidden: bool = False
    by_api: bool = False
    side_table: str | None = None

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
        """Whether the field is true or false: false until it is set, null only where it was set to that."""
        return self.type.cell is Cell.BOOLEAN


@dataclass(frozen=True, slots=True)
class Key:
    """What finds a record: one field, or several together, and the column that holds them folded.

    `missing` is the error of a row without it.
    """

    name: str
    fields: tuple[Field, ...]
    column: str
    missing: RecordError = MISSING_LOOKUP_VALUE

    @property
    def storage(self) -> Storage:
        """The storage class of the column."""
        return self.fields[0].type.storage if len(self.fields) == 1 else Storage.TEXT

    @property
    def compound(self) -> bool:
        """Whether several fields make the key."""
        return len(self.fields) > 1


DEDUPE_FIELDS, ID_FIELD = "dedupeFields", "idField"
COMPOUND_COLUMN = "k_dedupe"


@dataclass(frozen=True)
class ObjectType:
    """A kind of record and its fields, in the order in which describe prints them.

    `table` is what is read. Where that is a view of several tables, `main_table` has a row for each record,
    and `side_tables` have one of the same id where a record holds something else there than the defaults.
    `id_name` is the field that clients know a record by; `dedupe` names the fields that
    make it unique, none for leads, which choose a lookup field. A record that `keeps_key`
    stays as it was spelled first, for leads point to it by that. `partitioned` records live
    in a partition. `aliases` are older names of fields.
    """

    name: str
    table: str
    fields: tuple[Field, ...]
    display_name: str = ""
    id_name: str = "id"
    dedupe: tuple[str, ...] = ()
    keeps_key: bool = False
    partitioned: bool = False
    main_table: str = ""
    side_tables: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    not_for_lookup: frozenset[str] = frozenset()

    @cached_property
    def written_tables(self) -> tuple[str, ...]:
        """The tables that hold the records, the main one first."""
        return (self.main_table or self.table, *self.side_tables)

    @cached_property
    def side_columns(self) -> dict[str, dict[str, Any]]:
        """The columns of each side table, and what a record without a row there has instead."""
        found: dict[str, dict[str, Any]] = {name: {} for name in self.side_tables}
        for each in self.fields:
            if each.side_table is not None:
                default = int(each.default) if isinstance(each.default, bool) else each.default
                found[each.side_table] |= {each.column: default}
                found[each.side_table] |= {each.key_column: None} if each.has_key else {}
        return found

    @cached_property
    def _by_folded_name(self) -> dict[str, Field]:
        return {field.name.lower(): field for field in self.fields}

    def field(self, name: str) -> Field | None:
        """Return the field of that API name in any case, or of an older name (contract §4.3), or None."""
        folded = name.lower()
        return self._by_folded_name.get(folded) or self._by_folded_name.get(
            dict(self.aliases).get(folded, "")
        )

    def may_look_up(self, field: Field) -> bool:
        """Tell whether imports may find records by the field (contract §4.3)."""
        return field.searchable and field.name not in self.not_for_lookup

    def key(self, name: str) -> Key | None:
        """Return the key of that name: `dedupeFields`, `idField` or a lookup field; None if there is none."""
        if self.dedupe and name == DEDUPE_FIELDS:
            fields = tuple(self._by_folded_name[each.lower()] for each in self.dedupe)
            column = COMPOUND_COLUMN if len(fields) > 1 else fields[0].key_column
            return Key(name, fields, column, MISSING_DEDUPE_FIELDS)
        field = self.id_field if name == ID_FIELD else self.field(name)
        if field is None:
            return None
        return Key(field.name, (field,), field.key_column)

    @property
    def id_field(self) -> Field:
        """The field that clients know a record by."""
        return self._by_folded_name[self.id_name.lower()]

    @property
    def identity(self) -> tuple[Field, ...]:
        """The fields that say which record is meant: the id, and those that make it unique."""
        return (self.id_field, *(self._by_folded_name[each.lower()] for each in self.dedupe))

    @property
    def logged(self) -> tuple[Field, ...]:
        """The fields whose cells the change log keeps: those that somebody sets, and the partition."""
        kept = (None, "partition_id")
        return tuple(each for each in self.fields if each.system_column in kept and not each.computed)

    def rendered(self, name: str, value: Any) -> Any:
        """Return a stored value as clients see it; one of a field that is gone stays as it was stored."""
        field = self.field(name)
        return value if value is None or field is None else field.type.render(value)

    @property
    def searchable(self) -> tuple[Field, ...]:
        """The fields by which records can be filtered."""
        return tuple(field for field in self.fields if field.searchable)


def check_name(name: str) -> str:
    """Return the name of a custom field; raises ValueError when it is none."""
    if not NAME_PATTERN.fullmatch(name):
        raise ValueError(f"'{name}' is no field name: a letter, then letters, digits or _, 50 at most")
    return name


def check_type(data_type: str) -> str:
    """Return the name of a data type as the table of types has it; raises ValueError when there is none."""
    if data_type.lower() not in FIELD_TYPES:
        raise ValueError(f"'{data_type}' is no data type: use one of {', '.join(FIELD_TYPES)}")
    return data_type.lower()


def custom_field(
    name: str,
    display_name: str,
    data_type: str,
    length: int | None = None,
    searchable: bool | None = None,
    *,
    hidden: bool = False,
    by_api: bool = False,
) -> Field:
    """Build a custom field.

    `searchable` defaults to true for keys of up to 255 characters. Raises ValueError
    with a sentence when the definition cannot be.
    """
    check_name(name)
    field_type = FIELD_TYPES[check_type(data_type)]
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
        hidden=hidden,
        by_api=by_api,
    )
