"""How much is allowed, and how open questions are decided: the settings that rules of rows and calls ask.

`leadline.config` fills them from flags, environment and file.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from leadline.model.instants import zone


class Section(BaseModel):
    """One group of settings; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(Section):
    """How much is allowed (contract §10)."""

    rate_calls_max: int = Field(100, ge=1, description="Calls per 20 seconds and subscription")
    concurrent_calls_max: int = Field(10, ge=1, description="Calls in flight per subscription")
    daily_calls_max: int = Field(50_000, ge=1, description="Calls per day and subscription")
    jobs_queued_max: int = Field(10, ge=1, le=1000, description="Unfinished jobs per subscription")
    jobs_importing_max: int = Field(2, ge=1, le=100, description="Jobs importing at once per subscription")
    upload_bytes_max: int = Field(10_485_759, ge=1, description="Largest file part that is accepted, bytes")
    retention_days: int = Field(7, ge=1, description="Days for which a batch id is answered")
    token_seconds: int = Field(3600, ge=1, description="Life of an access token, seconds")
    shared_queue: bool = Field(True, description="One queue for the three import kinds")


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
    ambiguous_dates: Literal["warn", "accept", "fail"] = Field(
        "warn", description="A date that fits day first too, where others of its column fit only so"
    )
    time_zone: str = Field("America/Chicago", description="Zone of a datetime without offset")
    member_backward: Literal["silent", "warn"] = Field(
        "silent", description="A member import below the present step"
    )

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, name: str) -> str:
        try:
            zone(name)
        except ValueError as error:
            raise ValueError("is not an IANA time zone such as America/Chicago") from error
        return name
