"""How much is allowed, and how open questions are decided: the settings that rules of rows and calls ask.

`leadline.config` fills those of the server from flags, environment and file. A subscription may have
some of its own; `Policy.of_subscription` is the one place where the two are put together.
"""

import json
from functools import lru_cache
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from leadline.errors import StoreFaultError
from leadline.model.dataclass import dataclass
from leadline.model.instants import zone

_ISSUE_BYTES = 16 * 1024 * 1024
_MOST = 2**31 - 1
"""Times and counts that are made of these numbers still are such as a store can keep."""


class Section(BaseModel):
    """One group of settings; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Limits(Section):
    """How much is allowed (contract §10)."""

    rate_calls_max: int = Field(100, ge=1, le=_MOST, description="Calls per 20 seconds and subscription")
    concurrent_calls_max: int = Field(10, ge=1, le=_MOST, description="Calls in flight per subscription")
    daily_calls_max: int = Field(50_000, ge=1, le=_MOST, description="Calls per day and subscription")
    jobs_queued_max: int = Field(10, ge=1, le=1000, description="Unfinished jobs per subscription")
    jobs_importing_max: int = Field(2, ge=1, le=100, description="Jobs importing at once per subscription")
    upload_bytes_max: int = Field(
        10_485_759, ge=1, le=_MOST, description="Largest file part that is accepted, bytes"
    )
    issue_bytes_max: int | None = Field(
        None,
        ge=0,
        le=_MOST,
        description="Most bytes of rows in a job's failure and warning files; "
        "where none is set 10 times its upload, at least 16 MB",
    )
    retention_days: int = Field(7, ge=1, le=_MOST, description="Days for which a batch id is answered")
    history_days: int = Field(
        7, ge=0, le=3650, description="Days for which changes are kept, and can be taken back; 0: none are"
    )
    token_seconds: int = Field(3600, ge=1, le=_MOST, description="Life of an access token, seconds")
    shared_queue: bool = Field(True, description="One queue for the three import kinds")

    @property
    def keeps_log(self) -> bool:
        """Whether what changes is logged."""
        return self.history_days > 0

    def issue_bytes_of(self, upload_bytes: int) -> int:
        """Return how many bytes of failed and warned rows the job of an upload may keep."""
        if self.issue_bytes_max is not None:
            return self.issue_bytes_max
        return max(10 * upload_bytes, _ISSUE_BYTES)


class Rules(Section):
    """How open questions of the wire contract are decided (contract §14)."""

    blank_cells: Literal["keep", "clear"] = Field("keep", description="What a blank cell does")
    unknown_columns: Literal["reject", "ignore"] = Field(
        "reject", description="A header name that is no field"
    )
    overlong: Literal["fail", "truncate"] = Field("fail", description="Text longer than its field")
    multiple_matches: Literal["fail", "newest"] = Field(
        "fail", description="A key that matches several leads"
    )
    long_rows: Literal["warn", "ignore", "fail"] = Field(
        "warn", description="Rows with more or fewer cells than the header and the first row"
    )
    inner_quotes: Literal["warn", "ignore"] = Field(
        "warn", description="A quote inside a value, by which two values may have become one"
    )
    ambiguous_dates: Literal["warn", "accept", "fail"] = Field(
        "warn", description="A date that fits day first too, where others of its column fit only so"
    )
    time_zone: str = Field("America/Chicago", description="Zone of a datetime without offset")
    member_backward: Literal["silent", "warn"] = Field(
        "silent", description="A member import below the present step"
    )
    same_file: Literal["allow", "refuse"] = Field(
        "allow", description="A file that a job of the same parameters has had"
    )

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, name: str) -> str:
        try:
            zone(name)
        except ValueError as error:
            raise ValueError("is not an IANA time zone such as America/Chicago") from error
        return name


DEFAULT_RULES = Rules.model_construct()


@dataclass(frozen=True, slots=True)
class OwnPolicy:
    """The limits and rules that a subscription's file sets, as JSON objects by name."""

    limits: str = "{}"
    rules: str = "{}"


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits and rules that hold: for the server, or for one subscription."""

    limits: Limits
    rules: Rules

    def of_subscription(self, own: OwnPolicy) -> "Policy":
        """Return what holds for a subscription: its own limits and rules, for the rest these.

        Raises `StoreFaultError` when what it has of its own cannot be read.
        """
        return _put_together(self, own)


@lru_cache(maxsize=4096)
def _put_together(server: Policy, own: OwnPolicy) -> Policy:
    return Policy(_with_own(server.limits, own.limits), _with_own(server.rules, own.rules))


@lru_cache(maxsize=4096)
def read_rules(text: str) -> Rules:
    """Return rules from the JSON object that a job keeps; raises `StoreFaultError`."""
    return _with_own(DEFAULT_RULES, text)


S = TypeVar("S", bound=Section)


def _with_own(section: S, own: str) -> S:
    """Return a section with some of its values changed; names of a newer program are left out."""
    try:
        values = {
            name: value for name, value in json.loads(own).items() if name in type(section).model_fields
        }
        return type(section).model_validate(section.model_dump() | values) if values else section
    except (ValueError, AttributeError) as error:
        raise StoreFaultError(f"limits or rules cannot be read: {own}") from error
