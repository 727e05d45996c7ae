"""What custom objects and their types look like in answers."""

from typing import Literal, NotRequired, TypedDict

from leadline.api.schemas import DataType, Instant


class LinkTarget(TypedDict):
    """What a link field points to."""

    name: str
    field: str


class Relationship(TypedDict):
    """A link field: its target is called `object` by describe, else `relatedTo`."""

    field: str
    type: Literal["parent", "child"]
    object: NotRequired[LinkTarget]
    relatedTo: NotRequired[LinkTarget]


class FieldWords(TypedDict, total=False):
    """The description of a field that has one."""

    description: str


class ObjectField(TypedDict):
    """A field of a custom object."""

    name: str
    displayName: str
    description: NotRequired[str]
    dataType: DataType
    length: NotRequired[int]
    updateable: bool


class TypeField(TypedDict):
    """A field of a type of custom object, in a draft or approved."""

    name: str
    displayName: str
    dataType: DataType
    length: NotRequired[int]
    updateable: bool
    crmManaged: bool


class ObjectDescription(TypedDict):
    """An approved custom object; the list of all has no fields."""

    name: str
    displayName: str
    description: str | None
    createdAt: Instant
    updatedAt: Instant
    idField: str
    dedupeFields: list[str]
    searchableFields: list[list[str]]
    relationships: NotRequired[list[Relationship]]
    fields: NotRequired[list[ObjectField]]


class Version(TypedDict, total=False):
    """Which of its versions a type shows, once one was approved."""

    version: Literal["draft", "approved"]


class CustomObjectType(TypedDict):
    """A type of custom object, approved or not; one that was never approved has no version, id and dates."""

    state: Literal["draft", "approved", "approvedWithDraft"]
    version: NotRequired[Literal["draft", "approved"]]
    displayName: str
    description: str | None
    apiName: str
    idField: str | None
    createdAt: Instant | None
    updatedAt: Instant | None
    dedupeFields: list[str]
    searchableFields: list[list[str]]
    relationships: list[Relationship]
    fields: list[TypeField]


class LinkableField(TypedDict):
    """A field by which records of a linkable object are found."""

    name: str
    displayName: str
    dataType: DataType


class LinkableObject(TypedDict):
    """An object that link fields may point to."""

    name: str
    displayName: str
    fields: list[LinkableField]


class Dependent(TypedDict):
    """A custom object that links to another."""

    assetType: Literal["Custom Object"]
    assetId: int
    assetName: str
    usedFields: list[str]
