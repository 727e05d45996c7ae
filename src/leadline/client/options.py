"""What somebody asks of a push: which file, to where, and how careful."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What the rows of a file are."""

    LEADS = "leads"
    MEMBERS = "members"
    OBJECT = "object"


class Unknown(StrEnum):
    """What to do with a piece of which nobody knows whether the server took it."""

    RESEND = "resend"
    ASK = "ask"
    STOP = "stop"


class Order(StrEnum):
    """How rows with the same key keep their order: later waves, one piece at a time, or not at all."""

    AUTO = "auto"
    STRICT = "strict"
    OFF = "off"


class FailOn(StrEnum):
    """Which rows that were not imported make a push fail: one, each of them, none."""

    ANY = "any"
    ALL = "all"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Target:
    """Where rows go: the kind of record and what its create call takes (contract §2)."""

    kind: Kind = Kind.LEADS
    lookup_field: str | None = None
    list_id: int | None = None
    partition: str | None = None
    program_id: int | None = None
    status: str | None = None
    object_name: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How the file is read and its columns are named; what is None or `auto` is found out.

    `renamed` maps a column's header to a field's API name, or to "" for a column that is left out.
    """

    format: str = "auto"
    encoding: str = "auto"
    renamed: Mapping[str, str] = field(default_factory=dict)
    dates: str | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is sent at once and how often the server is called; times in seconds."""

    piece_mb: float = 9.0
    in_flight: int = 3
    calls_per_20s: int = 50
    daily_calls: int = 50_000
    reserve_calls: int = 10_000
    poll: float | None = None
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class PushOptions:
    """All that a push is asked."""

    file: Path
    target: Target = field(default_factory=Target)
    reading: Reading = field(default_factory=Reading)
    pace: Pace = field(default_factory=Pace)
    unknown: Unknown = Unknown.ASK
    order: Order = Order.AUTO
    fail_on: FailOn = FailOn.ANY
    manifest: Path | None = None
    out: Path | None = None
    restart: bool = False
    yes: bool = False
