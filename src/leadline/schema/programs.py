"""Tags and costs of programs, as calls and subscription files write them (contract §9.7)."""

import datetime
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

ITEMS_MAX = 200
"""Tags, and costs, of one program."""

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

    model_config = ConfigDict(extra="forbid", frozen=True)

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
