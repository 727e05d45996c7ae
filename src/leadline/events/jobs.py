"""The life of a job, from the queue to its end and its deletion."""

from typing import Annotated

from leadline.events.event import Event, Level
from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class JobEvent(Event):
    """Something happened to one job."""

    munchkin_id: Annotated[str, "the subscription"]
    batch_id: Annotated[int, "the number of the job"]


@dataclass(frozen=True, slots=True)
class JobQueued(JobEvent):
    """A job was accepted and is durable."""

    file_bytes: Annotated[int, "the size of the file"]


@dataclass(frozen=True, slots=True)
class JobClaimed(JobEvent):
    """A worker took the job and begins or goes on with it."""

    attempt: Annotated[int, "which attempt it is, counted from 1"]


@dataclass(frozen=True, slots=True)
class ChunkParsed(JobEvent):
    """The next chunk is read and checked; nothing is written yet."""

    rows: Annotated[int, "data rows of the chunk"]


@dataclass(frozen=True, slots=True)
class ChunkDecided(JobEvent):
    """Each row of the chunk is decided, inside the open transaction."""

    rows: Annotated[int, "data rows of the chunk"]


@dataclass(frozen=True, slots=True)
class ChunkWritten(JobEvent):
    """All statements of the chunk have run; the commit is next."""

    rows: Annotated[int, "data rows of the chunk"]


@dataclass(frozen=True, slots=True)
class ChunkMerged(JobEvent):
    """The chunk and the job's progress are committed."""

    rows: Annotated[int, "data rows of the chunk"]
    failed: Annotated[int, "data rows that failed"]
    warned: Annotated[int, "data rows with a warning"]
    duration_ms: Annotated[float, "milliseconds that looking up, deciding, writing and committing took"]


@dataclass(frozen=True, slots=True)
class JobFinished(JobEvent):
    """The job reached Complete or Failed."""

    status: Annotated[str, "the status of the job now"]
    processed: Annotated[int, "data rows that were imported, or that an undo is about"]
    failed: Annotated[int, "data rows that failed"]
    warned: Annotated[int, "data rows with a warning"]


@dataclass(frozen=True, slots=True)
class JobReleased(JobEvent):
    """A worker that stops, or lets another subscription have its turn, handed the job back."""


@dataclass(frozen=True, slots=True)
class JobReassigned(JobEvent):
    """A worker found that its job was given to another worker, and dropped it; nothing is lost."""


@dataclass(frozen=True, slots=True)
class JobRescued(JobEvent):
    """A dead worker's job went back to the queue, or to Failed after the last attempt: an `error`."""

    level = "warning"
    status: Annotated[str, "the status of the job now"]

    @property
    def actual_level(self) -> Level:
        """See `Event.actual_level`."""
        return "error" if self.status == "Failed" else self.level


@dataclass(frozen=True, slots=True)
class JobsPurged(Event):
    """Jobs past their retention were deleted."""

    munchkin_id: Annotated[str, "the subscription"]
    jobs: Annotated[int, "how many jobs"]


@dataclass(frozen=True, slots=True)
class ChangesPurged(Event):
    """Changes past the days for which they are kept were deleted."""

    munchkin_id: Annotated[str, "the subscription"]
    sets: Annotated[int, "how many change sets"]
