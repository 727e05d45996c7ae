"""The parts of a subscription file: what each section may say."""

import unicodedata
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from leadline.model.rules import Limits, Rules, Section
from leadline.schema.catalog import Field as SchemaField
from leadline.schema.catalog import check_name, check_type, custom_field
from leadline.schema.leads import COMPANY_FIELDS, SALES_PERSON_FIELDS, standard_fields
from leadline.schema.objects import ObjectDefinition
from leadline.schema.outer_space import is_blank, trimmed
from leadline.schema.programs import ITEMS_MAX, Cost, Tag
from leadline.schema.types import CURRENCY_SCALE, TEXT_BYTES_MAX, Cell, Storage

PERMISSIONS = tuple(
    f"{access} {group}"
    for group in (
        "Lead",
        "Custom Object",
        "Custom Object Type",
        "Company",
        "Sales Person",
        "Assets",
        "Schema Standard Field",
        "Schema Custom Field",
        "Activity",
    )
    for access in ("Read-Only", "Read-Write")
)


def _can_be_shown(name: str) -> str:
    if is_blank(name):
        raise ValueError("must not be blank")
    if any(unicodedata.category(each) == "Cc" for each in name):
        raise ValueError("must not hold control characters")
    return name


Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    AfterValidator(trimmed),
    AfterValidator(_can_be_shown),
]


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


WholeNumber = Annotated[int, BeforeValidator(_no_boolean)]
"""A number; `yes` and `on` are booleans in YAML, not 1."""

PositiveId = Annotated[WholeNumber, Field(ge=1, le=2**31 - 1)]


def _known_permission(name: str) -> str:
    if name not in PERMISSIONS:
        nearest = get_close_matches(name.title(), PERMISSIONS, 1, 0)[0]
        raise ValueError(f"{name[:80]!r} is no permission; the nearest is '{nearest}'")
    return name


def _all_is_none(permissions: object) -> object:
    if permissions == "all":
        return None
    if not isinstance(permissions, list):
        raise ValueError("must be a list of permissions, or: all")
    if not permissions:
        raise ValueError(f"give at least one of {', '.join(PERMISSIONS)}, or: all")
    return permissions


def _own_values(section: type[Section], value: object) -> dict[str, Any]:
    """Return the limits or rules that a file sets, with None for those of the server again."""
    if not isinstance(value, dict):
        raise ValueError("must be a mapping, each name with its value")
    names = [name for name, each in value.items() if each is None and name in section.model_fields]
    given = {name: each for name, each in value.items() if name not in names}
    return section.model_validate(given, strict=True).model_dump(exclude_unset=True) | dict.fromkeys(names)


OwnLimits = Annotated[dict[str, Any], BeforeValidator(partial(_own_values, Limits))]
OwnRules = Annotated[dict[str, Any], BeforeValidator(partial(_own_values, Rules))]


class Part(BaseModel):
    """A mapping of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, defer_build=True)


class CredentialPart(Part):
    """One API-only user's credential."""

    name: Name
    client_id: Name | None = None
    client_secret: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    user: Name
    permissions: Annotated[
        list[Annotated[str, AfterValidator(_known_permission)]] | None, BeforeValidator(_all_is_none)
    ]
    partitions: list[Name] | None = None


class FieldPart(Part):
    """One custom field."""

    name: Annotated[str, AfterValidator(check_name)]
    display_name: Name = Field(alias="displayName")
    data_type: Annotated[str, AfterValidator(check_type)] = Field(alias="dataType")
    length: Annotated[WholeNumber, Field(ge=1, le=30_000)] | None = None
    searchable: bool | None = None

    @model_validator(mode="after")
    def _buildable(self) -> Self:
        self.build()
        return self

    def build(self) -> SchemaField:
        """Return the field this part describes; raises ValueError when there is none."""
        return custom_field(self.name, self.display_name, self.data_type, self.length, self.searchable)


class ListPart(Part):
    """One static list."""

    id: PositiveId
    name: Name
    description: str | None = None


class StatusPart(Part):
    """One status of a channel."""

    name: Name
    step: Annotated[WholeNumber, Field(ge=1, le=10_000)]
    success: bool = False
    description: str | None = None


class ChannelPart(Part):
    """One channel; `Not in Program` need not be named."""

    name: Name
    type: Literal["Default", "Event", "Event with Webinar", "Engagement", "Email"] = "Default"
    statuses: Annotated[list[StatusPart], Field(min_length=1)]


class ProgramPart(Part):
    """One program."""

    id: PositiveId
    name: Name
    channel: Name
    description: str | None = None
    tags: Annotated[list[Tag], Field(max_length=ITEMS_MAX)] | None = None
    costs: Annotated[list[Cost], Field(max_length=ITEMS_MAX)] | None = None


class LinkTargetPart(Part):
    """A company or sales person that leads may link to; `values` by API name."""

    model_config = ConfigDict(extra="allow", frozen=True, str_strip_whitespace=True)

    @property
    def values(self) -> dict[str, Any]:
        """The attributes beside the external id."""
        return dict(self.model_extra or {})


class CompanyPart(LinkTargetPart):
    """One company."""

    external_id: Annotated[Name, StringConstraints(max_length=100)] = Field(alias="externalCompanyId")

    @model_validator(mode="after")
    def _known_attributes(self) -> Self:
        return _check_attributes(self, COMPANY_FIELDS)


class SalesPersonPart(LinkTargetPart):
    """One sales person."""

    external_id: Name = Field(alias="externalSalesPersonId")

    @model_validator(mode="after")
    def _known_attributes(self) -> Self:
        return _check_attributes(self, SALES_PERSON_FIELDS)


class CustomObjectPart(ObjectDefinition):
    """One custom object; it is approved at once, so it needs its dedupe fields."""

    @model_validator(mode="after")
    def _approvable(self) -> Self:
        if not self.dedupe_fields:
            raise ValueError("dedupeFields: name one to three fields that make a record unique")
        return self


P = TypeVar("P", bound=LinkTargetPart)


def _check_attributes(part: P, allowed: tuple[str, ...]) -> P:
    fields = {field.name: field for field in standard_fields()}
    for name, value in part.values.items():
        if name not in allowed:
            raise ValueError(f"'{name}' is no attribute; use one of {', '.join(allowed)}")
        fault = None if value is None else _attribute_fault(fields[name], value)
        if fault is not None:
            raise ValueError(f"'{name}' {fault}")
    return part


def _attribute_fault(field: SchemaField, value: object) -> str | None:
    """Return what is wrong with a value that leads are to show in the field, or None."""
    if field.type.storage is Storage.TEXT:
        if not isinstance(value, str):
            return "must be text"
        length = field.length or TEXT_BYTES_MAX
        return f"must have at most {length} characters" if len(value) > length else None
    if field.type.cell is Cell.CURRENCY:
        is_amount = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        return _range_fault(value, CURRENCY_SCALE) if is_amount else "must be a number"
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return _range_fault(value, 1) if is_whole else "must be a whole number"


def _range_fault(number: Any, scale: int) -> str | None:
    return None if abs(number) * scale < 2**63 else "must be a smaller number"
