"""The vocabulary of events: what the product tells about itself.

Code emits an event where something has happened; `telemetry` alone turns events into
log lines and counters. No event carries a cell value, a secret, a token, an e-mail
address or a query string.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; the class name is its stable word."""


Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class ServerReady(Event):
    """The HTTP server takes calls."""

    address: str


@dataclass(frozen=True, slots=True)
class RequestAnswered(Event):
    """A call was answered; `code` is the error code or None."""

    request_id: str
    method: str
    route: str
    http_status: int
    code: str | None
    duration_ms: float


@dataclass(frozen=True, slots=True)
class ConnectionsEnded(Event):
    """Clients were cut off or turned away in the last second.

    `reason` is what they were too slow at (head, body, answer), or `connections`: there were too many.
    """

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class FaultCaught(Event):
    """An unforeseen exception was answered with 611; `where` is its innermost frame."""

    request_id: str
    exception: str
    where: str


@dataclass(frozen=True, slots=True)
class ProcessFailed(Event):
    """A worker process ends by an unforeseen exception; `where` is its innermost frame."""

    exception: str
    where: str


@dataclass(frozen=True, slots=True)
class TokenIssued(Event):
    """A credential got a new token."""

    munchkin_id: str
    client_id: str


@dataclass(frozen=True, slots=True)
class AccessRefused(Event):
    """A call had no, a wrong or an expired token, a wrong secret, or no permission."""

    reason: str
    client_id: str | None


@dataclass(frozen=True, slots=True)
class JobEvent(Event):
    """Something happened to one job."""

    munchkin_id: str
    batch_id: int


@dataclass(frozen=True, slots=True)
class JobQueued(JobEvent):
    """A job was accepted and is durable."""

    file_bytes: int


@dataclass(frozen=True, slots=True)
class JobClaimed(JobEvent):
    """A worker took the job; `attempt` counts from 1."""

    attempt: int


@dataclass(frozen=True, slots=True)
class ChunkParsed(JobEvent):
    """The next chunk is read and checked; nothing is written yet."""

    rows: int


@dataclass(frozen=True, slots=True)
class ChunkDecided(JobEvent):
    """Each row of the chunk is judged, inside the open transaction."""

    rows: int


@dataclass(frozen=True, slots=True)
class ChunkWritten(JobEvent):
    """All statements of the chunk have run; the commit is next."""

    rows: int


@dataclass(frozen=True, slots=True)
class ChunkMerged(JobEvent):
    """The chunk and the job's progress are committed."""

    rows: int
    failed: int
    warned: int
    duration_ms: float


@dataclass(frozen=True, slots=True)
class JobFinished(JobEvent):
    """The job reached Complete or Failed."""

    status: str
    processed: int
    failed: int
    warned: int


@dataclass(frozen=True, slots=True)
class JobReleased(JobEvent):
    """A stopping worker handed the job back."""


@dataclass(frozen=True, slots=True)
class JobLost(JobEvent):
    """A worker found that its job had been given to another."""


@dataclass(frozen=True, slots=True)
class JobRescued(JobEvent):
    """A dead worker's job went back to the queue, or to Failed after the last attempt."""

    status: str


@dataclass(frozen=True, slots=True)
class JobsPurged(Event):
    """Jobs past their retention were deleted."""

    munchkin_id: str
    jobs: int


@dataclass(frozen=True, slots=True)
class StoreBusy(Event):
    """A transaction could not get its lock and is tried again."""

    munchkin_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class StoreFull(Event):
    """The disk of a store is full; what was to be written waits until there is space."""

    munchkin_id: str


@dataclass(frozen=True, slots=True)
class StoreFailed(Event):
    """A subscription's store cannot be used: damaged, missing, closed to this user. The others go on."""

    munchkin_id: str
    why: str


@dataclass(frozen=True, slots=True)
class WorkerStarted(Event):
    """A worker process is up."""

    pid: int


@dataclass(frozen=True, slots=True)
class WorkerSilent(Event):
    """A worker gave no sign of life, as one that is frozen does; it is killed and replaced."""

    pid: int


@dataclass(frozen=True, slots=True)
class WorkerStopped(Event):
    """A worker process ended; it is restarted when the server is not stopping."""

    pid: int
    exit_code: int


def frame_of(error: Exception) -> str:
    """Return the innermost frame of an exception; its text could hold what somebody sent."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else "unknown"
