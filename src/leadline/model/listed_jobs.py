"""Jobs as lists and pages show them, and what is asked of a list."""

from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job, Status

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job with what others say of it.

    `same_file_as` is the newest job before it that has had the same bytes, into the same kind of record;
    `undone_by` the newest job that has taken it back. `changed_records` says that the log of changes has
    what it did.
    """

    job: Job
    same_file_as: int | None
    undone_by: int | None
    changed_records: bool

    def undo_until(self, history_days: int) -> int | None:
        """Return until when the log holds all that a finished job changed, None where it holds nothing."""
        if not (self.job.finished and history_days and self.changed_records):
            return None
        return (self.job.started_at or self.job.created_at) + history_days * _DAY_SECONDS


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs are wanted: of a status, into an object type, of a user, into a list; None for any.

    `with_failures` are those with failed rows alone, `undone` those alone that were taken back.
    """

    status: Status | None = None
    object_type: str | None = None
    user: str | None = None
    list_id: int | None = None
    with_failures: bool = False
    undone: bool = False

    def takes(self, group: "JobGroup") -> bool:
        """Tell whether the jobs of a group are wanted."""
        return (
            self.status in (None, group.status)
            and (self.object_type is None or self.object_type.lower() == group.object_type.lower())
            and self.user in (None, group.user)
            and self.list_id in (None, group.list_id)
            and group.with_failures >= self.with_failures
            and group.undone >= self.undone
        )


@dataclass(frozen=True, slots=True)
class JobGroup:
    """How many jobs have what a `JobFilter` asks for in common."""

    object_type: str
    user: str
    list_id: int | None
    status: Status
    with_failures: bool
    undone: bool
    jobs: int
