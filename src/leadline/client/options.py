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


def target_faults(target: Target) -> list[str]:
    """Return what is wrong with a target, a sentence each: what its kind lacks, and what is another's."""
    of_leads, of_members = target.kind is Kind.LEADS, target.kind is Kind.MEMBERS
    of_object = target.kind is Kind.OBJECT
    has_program, has_status = target.program_id is not None, target.status is not None
    faults = [
        (of_members and not (has_program and target.status), "Members need a program and a status."),
        (of_object and not target.object_name, "Records of a custom object need the object's name."),
        (not of_members and has_program, "A program is for members alone."),
        (not of_members and has_status, "A status is for members alone."),
        (not of_object and target.object_name is not None, "An object's name is for custom objects alone."),
        (not of_leads and target.list_id is not None, "A list is for leads alone."),
        (not of_leads and target.partition is not None, "A partition is for leads alone."),
        (not of_leads and target.lookup_field is not None, "A lookup field is for leads alone."),
    ]
    return [sentence for is_so, sentence in faults if is_so]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the file is read and its columns are named; what is None or `auto` is found out.

    `renamed` maps a column's header to a field's API name, or to "" for a column that is left out; blanks
    around a header need not be given. `dates` is the order of day, month and year in all columns but those
    that `dates_of` names.
    """

    format: str = "auto"
    encoding: str = "auto"
    renamed: Mapping[str, str] = field(default_factory=dict)
    dates: str | None = None
    dates_of: Mapping[str, str] = field(default_factory=dict)

    def said_of(self, column: str) -> str | None:
        """Return the field named for a column, "" where it is left out, None where nothing was said."""
        return self.renamed.get(column, self.renamed.get(column.strip()))


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

    @property
    def manifest_path(self) -> Path:
        """Where the manifest is: beside the file, unless said otherwise."""
        return self.manifest or self.file.with_name(f"{self.file.name}.push.jsonl")

    @property
    def out_folder(self) -> Path:
        """Where result files go: beside the manifest, unless said otherwise."""
        return self.out or out_beside(self.manifest_path)


def out_beside(manifest: Path) -> Path:
    """Return the folder of a manifest's result files: `leads.csv.push` for `leads.csv.push.jsonl`."""
    name = manifest.name.removesuffix(".jsonl")
    return manifest.with_name(name if name != manifest.name else f"{name}.results")
