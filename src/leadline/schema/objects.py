"""Custom objects as their owners define them, and what of it may change (contract §6, §9.9)."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from leadline.model.dataclass import dataclass
from leadline.schema.accounts import ACCOUNTS
from leadline.schema.catalog import KEY_LENGTH_MAX, NAME_PATTERN
from leadline.schema.leads import LEAD
from leadline.schema.members import PROGRAM_MEMBER

OBJECTS_MAX, FIELDS_MAX, DEDUPE_MAX = 10, 50, 3
ADDED_FIELDS_MAX = 20
"""How many fields a custom object gets by calls after its first approval."""

DATA_TYPES = (
    *("string", "boolean", "integer", "float", "link", "email"),
    *("currency", "date", "datetime", "phone", "text"),
)
_SHORT_TEXTS = ("string", "email", "phone")
_KEY_TYPES = ("string", "integer", "email", "phone", "date", "datetime", "link")
_RESERVED = frozenset({LEAD, PROGRAM_MEMBER, *ACCOUNTS, "opportunity", "schema"})
GUID = "marketoGUID"
SYSTEM_FIELDS = {GUID: "Marketo GUID", "createdAt": "Created At", "updatedAt": "Updated At"}
"""The fields of every custom object, with their display names."""

_SYSTEM_NAMES = frozenset({"seq", "id", *(name.lower() for name in SYSTEM_FIELDS)})

DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class Part(BaseModel):
    """A mapping of a definition; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


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
        if self.length is not None and self.data_type not in _SHORT_TEXTS:
            raise ValueError(f"a field of type {self.data_type} has no length")
        return self

    def may_become(self, other: Self) -> bool:
        """Tell whether stored values of this field are good as they are when it becomes the other one.

        A short text that is no key may become a `text`; nothing else changes its type.
        """
        if (self.data_type, self.length, self.related_to) == (
            other.data_type,
            other.length,
            other.related_to,
        ):
            return True
        return self.data_type in _SHORT_TEXTS and other.data_type == "text"


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

    @property
    def links(self) -> dict[str, FieldDefinition]:
        """The link fields by folded name."""
        return {each.name.lower(): each for each in self.fields if each.related_to is not None}


def faults_of_change(approved: ObjectDefinition, wanted: ObjectDefinition) -> Iterator[str]:
    """Yield a sentence for each change that stored records could not follow."""
    if approved.dedupe_fields != wanted.dedupe_fields:
        yield f"the dedupe fields are {', '.join(approved.dedupe_fields)} and cannot change"
    for each in wanted.fields:
        stored = approved.field(each.name)
        if stored and not stored.may_become(each):
            yield f"the field '{each.name}' is stored as {stored.data_type} and cannot change its type"


def faults_of_call(approved: ObjectDefinition, wanted: ObjectDefinition) -> Iterator[str]:
    """Yield a sentence for each change of an approved type that no call may make (contract §9.9)."""
    yield from faults_of_change(approved, wanted)
    if approved.display_name != wanted.display_name:
        yield f"displayName is '{approved.display_name}' and cannot change once the type is approved"
    for name in sorted(approved.links.keys() ^ wanted.links.keys()):
        yield f"the link field '{name}' can be neither added nor removed once the type is approved"


State = Literal["draft", "approved", "approvedWithDraft"]


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A custom object as the store has it: the approved definition, the draft, or both.

    `number` names its table and is never used again. It is `created_at` its first approval, and
    has got `added_fields` fields since.
    """

    number: int
    approved: ObjectDefinition | None
    draft: ObjectDefinition | None
    created_at: int
    updated_at: int
    added_fields: int = 0

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


def folded_name(api_name: str) -> str:
    """Return what the two spellings of an API name, with `_c` at its end and without, have in common."""
    return api_name.lower().removesuffix("_c")


def find_object(objects: Mapping[int, ObjectDefinition], name: str) -> tuple[int, ObjectDefinition] | None:
    """Return the object of that API name in either spelling, with its number."""
    wanted = folded_name(name)
    return next(
        ((number, each) for number, each in objects.items() if folded_name(each.api_name) == wanted), None
    )


def to_json(definition: ObjectDefinition) -> str:
    """Return a definition as it is stored."""
    return definition.model_dump_json(by_alias=True, exclude_none=True)


def from_json(text: str | None) -> ObjectDefinition | None:
    """Return a stored definition."""
    return None if text is None else ObjectDefinition.model_validate_json(text)
