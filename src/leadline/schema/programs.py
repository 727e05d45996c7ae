"""Programs, their channels and statuses, their tags and costs (contract §9.7)."""

import datetime
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from leadline.model.dataclass import dataclass

ITEMS_MAX = 200
"""Tags, and costs, of one program."""


@dataclass(frozen=True, slots=True)
class ProgramStatus:
    """A status of a channel: members only advance to statuses of a higher step."""

    name: str
    step: int
    success: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel with its statuses by step; `Not in Program` is always the first. Times are epoch seconds."""

    id: int
    name: str
    program_type: str
    statuses: tuple[ProgramStatus, ...]
    created_at: int
    updated_at: int

    def status(self, name: str) -> ProgramStatus | None:
        """Return the status of that name in any case, or None."""
        return next((each for each in self.statuses if each.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class ProgramDetails:
    """What of a program may change; tags and costs as answers show them, None where there are none."""

    name: str
    description: str | None
    tags: list[dict[str, Any]] | None
    costs: list[dict[str, Any]] | None


@dataclass(frozen=True, slots=True)
class Program(ProgramDetails):
    """A program; `channel` is the name of its channel, times are epoch seconds."""

    id: int
    program_type: str
    channel_id: int
    channel: str
    folder_id: int
    created_at: int
    updated_at: int

    @property
    def details(self) -> ProgramDetails:
        """What of the program may change."""
        return ProgramDetails(self.name, self.description, self.tags, self.costs)


_DAY_FIRST = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].+)?")


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("has a NUL character")
    return text


def _day(value: object) -> object:
    """Return the text of a day or an instant as it was written; YAML has read days already."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if not isinstance(value, str):
        return value
    try:
        datetime.datetime.fromisoformat(value if _DAY_FIRST.fullmatch(value) else "")
    except ValueError:
        raise ValueError("is no date") from None
    return value


Text = Annotated[str, AfterValidator(_no_nul)]
Short = Annotated[Text, StringConstraints(min_length=1, max_length=255)]


class Item(BaseModel):
    """A tag or a cost; what it does not know is refused, since it would be lost."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    def shown(self) -> dict[str, Any]:
        """Return it as answers show it."""
        return self.model_dump(by_alias=True, exclude_none=True)


class Tag(Item):
    """A tag of a program: the type of tag and its value."""

    tag_type: Short = Field(alias="tagType")
    tag_value: Short = Field(alias="tagValue")


class Cost(Item):
    """What a program costs from a day on."""

    start_date: Annotated[str, BeforeValidator(_day)] = Field(alias="startDate")
    cost: Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)]
    note: Annotated[Text, StringConstraints(max_length=2000)] | None = None


def merged_tags(known: list[dict[str, Any]] | None, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return tags with others set; of a type, in any case, there is one value."""
    by_type = {tag["tagType"].lower(): tag for tag in [*(known or []), *given]}
    return list(by_type.values())
