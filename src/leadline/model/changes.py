"""What the change log tells of a transaction: who changed records, in which request, and how."""

from enum import IntEnum, StrEnum

from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job

LIST_MEMBER = "list_member"
"""The object type under which the log keeps memberships in static lists; the id of a row is the lead's."""


class ChangeKind(StrEnum):
    """What made a change set."""

    IMPORT = "import"
    CALL = "call"
    DELETE = "delete"
    UNDO = "undo"
    SETUP = "setup"


class What(IntEnum):
    """What a change set did to a record."""

    UPDATED = 0
    CREATED = 1
    DELETED = 2


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a change comes from.

    An import or an undo names its job and the first row of its chunk, a call its request. `undoes` is the
    number of the change set that an undo takes back.
    """

    kind: ChangeKind
    client_id: str = ""
    credential: str = ""
    user: str = ""
    request_id: str | None = None
    batch_id: int | None = None
    first_row: int | None = None
    file_name: str | None = None
    undoes: int | None = None

    @classmethod
    def of_call(cls, caller: Caller, kind: ChangeKind = ChangeKind.CALL) -> "Origin":
        """Return the origin of what a call changes."""
        return cls(kind, caller.client_id, caller.credential, caller.user, caller.request_id or None)

    @classmethod
    def of_job(
        cls, job: Job, first_row: int, kind: ChangeKind = ChangeKind.IMPORT, undoes: int | None = None
    ) -> "Origin":
        """Return the origin of what a chunk of a job changes."""
        return cls(
            kind,
            job.origin.client_id,
            job.origin.credential,
            job.origin.user,
            batch_id=job.batch_id,
            first_row=first_row,
            undoes=undoes,
        )


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What one transaction changed: its number, which is never used twice, its instant, and its origin."""

    number: int
    at: int
    origin: Origin
