"""The nouns of the product, as plain values that every floor may name."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The four words of a job's life (contract §2.1)."""

    QUEUED = "Queued"
    IMPORTING = "Importing"
    COMPLETE = "Complete"
    FAILED = "Failed"


class Outcome(StrEnum):
    """What became of one data row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class IssueKind(StrEnum):
    """A failure's row was not imported, a warning's row was."""

    FAILURE = "failure"
    WARNING = "warning"

    @property
    def column(self) -> str:
        """The column that stands behind the upload's own in a file of such rows (contract §7.2)."""
        return f"Import {self.value.capitalize()} Reason"


class FileFormat(StrEnum):
    """The three formats of an upload (contract §3.1)."""

    CSV = "csv"
    TSV = "tsv"
    SSV = "ssv"

    @property
    def delimiter(self) -> str:
        """The one character between two cells."""
        return {"csv": ",", "tsv": "\t", "ssv": ";"}[self.value]


@dataclass(frozen=True, slots=True)
class Partition:
    """A named part of a subscription's people; the first has id 1."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a credential of one subscription, known by its token.

    `permissions` and `partitions` are None when everything is open.
    """

    munchkin_id: str
    client_id: str
    user: str
    permissions: frozenset[str] | None
    partitions: frozenset[str] | None

    def may(self, any_of: tuple[str, ...]) -> bool:
        """Tell whether one of the permissions is held; an empty tuple asks for none."""
        return not any_of or self.permissions is None or not self.permissions.isdisjoint(any_of)


@dataclass(frozen=True, slots=True)
class Reach:
    """What of the records a caller may touch.

    `partition_id` is required of matched leads when not None, `open_partitions` are the ids
    that may be touched, None for all; `only` are columns that must have one value.
    """

    partition_id: int | None = None
    open_partitions: frozenset[int] | None = None
    only: Mapping[str, int] | None = None


class Action(StrEnum):
    """What a sync call may do (contract §9.3); imports create or update."""

    CREATE_OR_UPDATE = "createOrUpdate"
    CREATE_ONLY = "createOnly"
    UPDATE_ONLY = "updateOnly"
    CREATE_DUPLICATE = "createDuplicate"


class JobKind(StrEnum):
    """The three kinds of import (contract §2)."""

    LEAD = "lead"
    MEMBER = "program_member"
    OBJECT = "custom_object"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a client asked for when it created a job, already checked.

    `object_type` is `lead`, `program_member` or the API name of a custom object, `key` what
    finds its records. Leads: `partition_id` is where new ones go, `partition_fixed` is true
    when the client named it, `open_partitions` are the ids the credential may touch, None
    for all. Members: the program and the status they are brought to.
    """

    object_type: str
    file_format: FileFormat
    key: str
    list_id: int | None = None
    partition_id: int = 1
    partition_fixed: bool = False
    open_partitions: frozenset[int] | None = None
    program_id: int | None = None
    program_status: str | None = None

    @property
    def kind(self) -> JobKind:
        """Which of the three kinds of import it is."""
        plain = (JobKind.LEAD.value, JobKind.MEMBER.value)
        return JobKind(self.object_type) if self.object_type in plain else JobKind.OBJECT


@dataclass(frozen=True, slots=True)
class Job:
    """One import request in the queue; counts are rows, times epoch seconds.

    `day_first` are the places of the columns whose dates are written day first, known from the
    first applied row on.
    """

    batch_id: int
    request: ImportRequest
    status: Status
    token: int
    attempt: int
    file_bytes: int
    done_bytes: int
    next_row: int
    processed: int
    failed: int
    warned: int
    created: int
    updated: int
    unchanged: int
    day_first: frozenset[int]
    created_at: int
    started_at: int | None
    finished_at: int | None
    message: str | None

    @property
    def finished(self) -> bool:
        """Whether the job has reached its last status."""
        return self.status in (Status.COMPLETE, Status.FAILED)
