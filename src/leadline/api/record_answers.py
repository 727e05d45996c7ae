"""What leads, members, lists, accounts and records of custom objects look like in answers."""

from typing import Annotated, Literal, NotRequired, TypedDict

from leadline.api.answers import Skipped
from leadline.api.schemas import DataType, Instant, with_other_members

Synced = Literal["created", "updated"]
Changed = Literal["created", "updated", "deleted"]
Seq = Annotated[int, "The place of the record in the call or on the page, from 0"]


@with_other_members
class Lead(TypedDict):
    """A lead: its id, and by their API names the fields that were asked for."""

    id: int


class SyncedLead(TypedDict):
    """A lead that a sync call created or updated."""

    id: int
    status: Synced


ListVerdict = Literal["added", "removed", "memberof", "notmemberof"]


class LeadDone(TypedDict):
    """What was done with a lead, or what it is to a list."""

    id: int
    status: Changed | ListVerdict


class LeadSkipped(Skipped):
    """A lead with which nothing was done, and why."""

    id: int


IdStatus = LeadDone | LeadSkipped


class NamePart(TypedDict):
    """The name of a field in one of the interfaces."""

    name: str
    readOnly: bool


class DescribedField(TypedDict):
    """A lead field in the older description."""

    id: int
    displayName: str
    dataType: DataType
    length: NotRequired[int]
    rest: NamePart
    soap: NamePart


class Attribute(TypedDict):
    """A field of companies or sales persons."""

    name: str
    displayName: str
    dataType: DataType
    length: NotRequired[Annotated[int, "Characters; absent where the type has no length"]]
    updateable: bool


class CrmAttribute(Attribute):
    """A field of leads or program members."""

    crmManaged: bool


class Length(TypedDict, total=False):
    """The length of a field whose type has one."""

    length: int


class Described(TypedDict, total=False):
    """The description of what has one."""

    description: str


class AccountDescription(TypedDict):
    """Companies or sales persons: their fields, and by which of them they are found."""

    name: str
    description: NotRequired[str]
    createdAt: Instant
    updatedAt: Instant
    idField: str
    dedupeFields: list[str]
    searchableFields: list[list[str]]
    fields: list[Attribute]


class Description(TypedDict):
    """Leads or program members: their fields, and by which of them they are found."""

    name: str
    description: NotRequired[str]
    createdAt: NotRequired[Instant]
    updatedAt: NotRequired[Instant]
    dedupeFields: NotRequired[list[str]]
    searchableFields: list[list[str]]
    fields: list[CrmAttribute]


class Partition(TypedDict):
    """A partition that is open to the caller."""

    id: int
    name: str
    description: str


class ListOfLead(TypedDict):
    """A static list that a lead is on, and since when."""

    listId: int
    createdAt: Instant
    updatedAt: Instant


class Membership(TypedDict):
    """A program that a lead is in."""

    id: int
    progressionStatus: str
    isExhausted: bool
    acquiredBy: bool
    reachedSuccess: bool
    membershipDate: Instant
    updatedAt: Instant


class ListWords(TypedDict, total=False):
    """What a static list has besides its name, or not."""

    description: str
    programName: str


class StaticList(TypedDict):
    """A static list as the lead database shows it."""

    id: int
    name: str
    description: NotRequired[str]
    programName: NotRequired[str]
    workspaceName: str
    createdAt: Instant
    updatedAt: Instant


@with_other_members
class Member(TypedDict):
    """A member of a program: by their API names the fields that were asked for."""

    seq: Seq
    leadId: int


class MemberDone(TypedDict):
    """What was done with a member of a program."""

    seq: Seq
    status: Changed
    leadId: int


class MemberSkipped(Skipped):
    """A member with which nothing was done, and why."""

    seq: Seq


SyncedMember = MemberDone | MemberSkipped


@with_other_members
class ObjectRecord(TypedDict):
    """A record of a custom object: by their API names the fields that were asked for."""

    seq: Seq
    marketoGUID: NotRequired[str]


@with_other_members
class AccountRecord(TypedDict):
    """A company or sales person: by their API names the fields that were asked for."""

    seq: Seq
    id: NotRequired[int]


class RecordId(TypedDict, total=False):
    """The id of a record, by the name that clients know it by."""

    marketoGUID: str
    id: int


class RecordDone(TypedDict):
    """What was done with a record of a custom object, a company or a sales person."""

    seq: Seq
    marketoGUID: NotRequired[Annotated[str, "The id of a custom object's record"]]
    id: NotRequired[Annotated[int, "The id of a company or sales person"]]
    status: Changed


class RecordSkipped(Skipped):
    """A record with which nothing was done, and why; its id where it is known."""

    seq: Seq
    marketoGUID: NotRequired[str]
    id: NotRequired[int]


SyncedRecord = RecordDone | RecordSkipped


class FieldDone(TypedDict):
    """A field that was created or updated."""

    name: str
    status: Synced


class FieldSkipped(Skipped):
    """A field with which nothing was done, and why."""

    name: str


NameStatus = FieldDone | FieldSkipped


class SchemaField(TypedDict):
    """A field with the settings of its schema."""

    displayName: str
    name: str
    description: str | None
    dataType: DataType
    length: NotRequired[int]
    isHidden: bool
    isHtmlEncodingInEmail: bool
    isSensitive: bool
    isCustom: bool
    isApiCreated: bool
