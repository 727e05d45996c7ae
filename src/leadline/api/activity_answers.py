"""What activities of leads look like in answers."""

from typing import Annotated, TypedDict

from leadline.api.schemas import Instant


class ActivityAttribute(TypedDict):
    """What more is known of an activity."""

    name: str
    value: str | int


class ChangedField(TypedDict):
    """A field that was changed; values are texts."""

    id: Annotated[int, "The number of the field in describe"]
    name: str
    newValue: str | None
    oldValue: str | None


class LeadChange(TypedDict):
    """A new lead, or changes of its fields."""

    id: int
    marketoGUID: str
    leadId: int
    activityDate: Instant
    activityTypeId: Annotated[int, "12 for a new lead, 13 for changes"]
    fields: list[ChangedField]
    attributes: list[ActivityAttribute]


class DeletedLead(TypedDict):
    """A lead that was deleted; no more is known of it than its id."""

    id: int
    marketoGUID: str
    leadId: int
    activityDate: Instant
    activityTypeId: Annotated[int, "37"]
    primaryAttributeValueId: int
    primaryAttributeValue: Annotated[str, "The lead's id: its name is gone"]
    attributes: list[ActivityAttribute]
