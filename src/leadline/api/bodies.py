"""What the JSON bodies of calls look like; handlers read them leniently (contract §9.1)."""

from typing import Annotated, Literal, NotRequired, TypedDict

from leadline.api.object_type_answers import LinkTarget
from leadline.api.schemas import DataType, Keywords, with_other_members
from leadline.model.records import Action

RECORDS_MAX = 300
UP_TO_300 = Keywords(minItems=1, maxItems=RECORDS_MAX)
RecordAction = Literal[Action.CREATE_OR_UPDATE, Action.CREATE_ONLY, Action.UPDATE_ONLY]
KeyChoice = Literal["dedupeFields", "idField"]


@with_other_members
class Record(TypedDict):
    """A record: values by the API names of its fields."""


class Id(TypedDict):
    """A lead by its id."""

    id: int


class LeadId(TypedDict):
    """A lead by its id."""

    leadId: int


class Ids(TypedDict):
    """Up to 300 leads."""

    input: Annotated[list[Id], UP_TO_300]


class LeadIds(TypedDict):
    """Up to 300 leads."""

    input: Annotated[list[LeadId], UP_TO_300]


class LeadSyncBody(TypedDict):
    """Up to 300 leads that are to be created or updated."""

    input: Annotated[list[Record], UP_TO_300]
    action: NotRequired[Action]
    lookupField: NotRequired[Annotated[str, "The field that finds a lead; email when absent"]]
    partitionName: NotRequired[Annotated[str, "Partition of new leads"]]


class PartitionMove(TypedDict):
    """A lead and the partition that it is brought into."""

    id: int
    partitionName: str


class PartitionMoves(TypedDict):
    """Up to 300 leads with their new partitions."""

    input: Annotated[list[PartitionMove], UP_TO_300]


class MemberStatus(TypedDict):
    """Up to 300 leads, and the status of the program that they are brought to."""

    input: Annotated[list[LeadId], UP_TO_300]
    statusName: NotRequired[str]


class LeadStatus(TypedDict):
    """Up to 300 leads, and the status of the program that they are brought to."""

    input: Annotated[list[Id], UP_TO_300]
    status: NotRequired[str]


class ObjectSync(TypedDict):
    """Up to 300 records that are to be created or updated."""

    input: Annotated[list[Record], UP_TO_300]
    action: NotRequired[RecordAction]
    dedupeBy: NotRequired[KeyChoice]


class ObjectDelete(TypedDict):
    """Up to 300 records that are to be deleted."""

    input: Annotated[list[Record], UP_TO_300]
    deleteBy: NotRequired[KeyChoice]


class FieldSettings(TypedDict, total=False):
    """How a field is shown; all of it may be left out."""

    displayName: str
    description: str
    isHidden: bool
    isHtmlEncodingInEmail: bool
    isSensitive: bool


class NewField(TypedDict):
    """A field that is to be created."""

    name: str
    displayName: str
    dataType: DataType
    description: NotRequired[str]
    isHidden: NotRequired[bool]
    isHtmlEncodingInEmail: NotRequired[bool]
    isSensitive: NotRequired[bool]


class NewFields(TypedDict):
    """Up to 300 fields that are to be created."""

    input: Annotated[list[NewField], UP_TO_300]


class FieldChange(TypedDict):
    """What is to change of one field."""

    input: Annotated[list[FieldSettings], Keywords(minItems=1, maxItems=1)]


class NewObjectField(TypedDict):
    """A field that is to be added to a draft."""

    name: str
    displayName: str
    dataType: str
    description: NotRequired[str]
    isDedupeField: NotRequired[bool]
    relatedTo: NotRequired[LinkTarget]


class NewObjectFields(TypedDict):
    """Up to 300 fields that are to be added to a draft."""

    input: Annotated[list[NewObjectField], UP_TO_300]


@with_other_members
class Name(TypedDict):
    """A field of a draft by its API name, and what is to change of it."""

    name: str


class Names(TypedDict):
    """Up to 300 fields of a draft by their API names."""

    input: Annotated[list[Name], UP_TO_300]


class ObjectTypeSync(TypedDict):
    """How a type of custom object is to be shown."""

    apiName: str
    action: NotRequired[RecordAction]
    displayName: NotRequired[str]
    pluralName: NotRequired[str]
    description: NotRequired[str]
    showInLeadDetail: NotRequired[bool]


class ObjectFieldChange(TypedDict):
    """What is to change of a field of a draft."""

    displayName: NotRequired[str]
    dataType: NotRequired[str]
    description: NotRequired[str]
    isDedupeField: NotRequired[bool]
    relatedTo: NotRequired[LinkTarget]
