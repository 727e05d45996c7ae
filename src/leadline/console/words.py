"""How a job is called and coloured, the same on all screens; one with failures is never green."""

from leadline.console.shown import number
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job, JobKind, Status

OUTCOMES = {
    "created": "Created",
    "updated": "Updated",
    "unchanged": "Unchanged",
    "failed": "Failed",
    "reverted": "Taken back",
    "partly": "Partly taken back",
    "deleted": "Deleted",
    "kept": "Kept",
    "gone": "Gone before",
}
"""What became of rows, in the order in which it is shown; from `reverted` on those of an undo."""

IMPORTED = ("created", "updated", "unchanged", "failed")
TAKEN_BACK = ("reverted", "partly", "deleted", "kept", "gone", "failed")
_KINDS = {JobKind.LEAD.value: "people", JobKind.MEMBER.value: "program members"}


@dataclass(frozen=True, slots=True)
class Word:
    """A status for people: its text, and the icon and tone that go with it."""

    text: str
    icon: str
    tone: str


def status_of(job: Job) -> Word:
    """Return the status of a job, with what of it did not go well."""
    if job.status is Status.QUEUED:
        return Word("Queued", "waiting", "waiting")
    if job.status is Status.IMPORTING:
        failures = f", {number(job.failed)} failed" if job.failed else ""
        return Word(f"{'Undoing' if job.purpose.undoes else 'Importing'}{failures}", "working", "working")
    if job.cancelled:
        return Word("Cancelled", "stopped", "bad")
    if job.status is Status.FAILED:
        return Word("Failed", "failed", "bad")
    if job.failed:
        return Word(f"Complete, {number(job.failed)} failed", "warning", "warn")
    if job.kept or job.partly:
        return Word(f"Complete, {number(job.kept + job.partly)} kept", "warning", "warn")
    if job.warned:
        return Word(f"Complete, {number(job.warned)} warned", "warning", "warn")
    return Word("Complete", "done", "good")


def kind_of(object_type: str) -> str:
    """Return what the records of an import are called: `people`, or the name of a custom object."""
    return _KINDS.get(object_type, object_type)


def outcomes_of(job: Job) -> list[tuple[str, int]]:
    """Return the rows of a job by outcome; those of an undo are other ones."""
    names = IMPORTED if job.purpose.undoes is None else TAKEN_BACK
    return [(name, getattr(job, name)) for name in names]
