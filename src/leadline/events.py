"""The vocabulary of events: what the product says about itself in its log.

Code emits an event where something has happened; `telemetry` alone turns events into log lines and
metrics. No event carries a cell value, a secret, a token, an e-mail address or a query string.
The reference page `events.md` is made from this file: each docstring says when the event is emitted,
and each member says what it means.
"""

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

from leadline.errors import StoreBusyError, StoreFilesError, StoreFullError, StoreHeldError
from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; the name of the class is the word in the log."""

    level: ClassVar[Literal["info", "warning"]] = "info"


Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class ServerReady(Event):
    """The HTTP server takes calls."""

    address: Annotated[str, "where clients reach the server"]


@dataclass(frozen=True, slots=True)
class RequestAnswered(Event):
    """A call was answered."""

    request_id: Annotated[str, "the `requestId` of the answer"]
    method: Annotated[str, "the HTTP method"]
    route: Annotated[str, "the path as `endpoints.md` writes it, or `unknown`"]
    http_status: Annotated[int, "the HTTP status"]
    code: Annotated[str | None, "the error code of the answer, null for a success"]
    duration_ms: Annotated[float, "milliseconds until the answer was made"]


@dataclass(frozen=True, slots=True)
class ConnectionsEnded(Event):
    """Connections were ended in the last second because clients were too slow or too many."""

    level = "warning"
    reason: Annotated[
        str,
        "what was too slow: `head`, `body`, `answer`, `leaving`; or `connections`: there were too many",
    ]
    count: Annotated[int, "how many connections"]


@dataclass(frozen=True, slots=True)
class FaultCaught(Event):
    """An unforeseen exception was answered with 611, or broke off a file that was being sent."""

    level = "warning"
    request_id: Annotated[str, "the `requestId` of the answer"]
    exception: Annotated[str, "the name of its class; its text is not logged"]
    where: Annotated[str, "function and line where it was raised"]


@dataclass(frozen=True, slots=True)
class ProcessFailed(Event):
    """A worker process ends because of an unforeseen exception."""

    level = "warning"
    exception: Annotated[str, "the name of its class; its text is not logged"]
    where: Annotated[str, "function and line where it was raised"]


@dataclass(frozen=True, slots=True)
class TokenIssued(Event):
    """A credential was given a token that it did not have before."""

    munchkin_id: Annotated[str, "the subscription"]
    client_id: Annotated[str, "the credential"]


@dataclass(frozen=True, slots=True)
class AccessRefused(Event):
    """A call had no, a wrong or an expired token, a wrong secret, or no permission."""

    level = "warning"
    reason: Annotated[str, "what was wrong, in two or three words"]
    client_id: Annotated[str | None, "the credential, null when it is unknown"]


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
    processed: Annotated[int, "data rows that were imported"]
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
    """A dead worker's job went back to the queue, or to Failed after the last attempt."""

    level = "warning"
    status: Annotated[str, "the status of the job now"]


@dataclass(frozen=True, slots=True)
class PreviewEvent(Event):
    """Something happened to one preview."""

    munchkin_id: Annotated[str, "the subscription"]
    preview_id: Annotated[str, "the id of the preview"]


@dataclass(frozen=True, slots=True)
class PreviewQueued(PreviewEvent):
    """A preview was asked for, and is durable."""


@dataclass(frozen=True, slots=True)
class PreviewClaimed(PreviewEvent):
    """A worker took the preview."""

    attempt: Annotated[int, "which attempt it is, counted from 1"]


@dataclass(frozen=True, slots=True)
class PreviewJudged(PreviewEvent):
    """What would be done is decided; its files are written next."""

    rows: Annotated[int, "data rows of the file, or of the job that is to be undone"]


@dataclass(frozen=True, slots=True)
class PreviewFinished(PreviewEvent):
    """The preview reached Ready or Failed."""

    status: Annotated[str, "the status of the preview now"]


@dataclass(frozen=True, slots=True)
class PreviewReassigned(PreviewEvent):
    """A worker found that its preview was given to another worker, or has expired, and dropped it."""


@dataclass(frozen=True, slots=True)
class PreviewRescued(PreviewEvent):
    """A dead worker's preview waits for the next worker, or has failed after the last attempt."""

    level = "warning"
    status: Annotated[str, "the status of the preview now"]


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


@dataclass(frozen=True, slots=True)
class StoreBusy(Event):
    """A transaction could not get its lock and is tried again."""

    munchkin_id: Annotated[str, "the subscription; blank where it is the directory of subscriptions"]
    attempt: Annotated[int, "which attempt failed, counted from 1; 0 where a worker looked for work"]


@dataclass(frozen=True, slots=True)
class WriteTurnHeld(Event):
    """Others hold the write turn of an embedded store for so long that it was given up; its jobs wait.

    A process that is suspended, such as `leadline setup` behind Ctrl-Z, is let go on or ended.
    """

    level = "warning"
    munchkin_id: Annotated[str, "the subscription; blank where it is the directory of subscriptions"]
    pid: Annotated[int | None, "the process that holds it, null where the system does not tell"]


_MORE_FILES = "raise LimitNOFILE of the service, or `ulimit -n`, and start it again"


@dataclass(frozen=True, slots=True)
class FilesExhausted(Event):
    """A store could not be opened: this process, or the machine, has as many files open as it may."""

    level = "warning"
    munchkin_id: Annotated[str, "the subscription; blank where it is the directory of subscriptions"]
    limit: Annotated[int, "how many files the process may have open"]
    advice: Annotated[str, "what to do"]


@dataclass(frozen=True, slots=True)
class StoreFull(Event):
    """The disk of a store is full; what was to be written waits until there is space."""

    level = "warning"
    munchkin_id: Annotated[str, "the subscription"]


@dataclass(frozen=True, slots=True)
class StoreFailed(Event):
    """A subscription's store cannot be used: damaged, missing, closed to this user. The others go on."""

    level = "warning"
    munchkin_id: Annotated[str, "the subscription"]
    why: Annotated[str, "a sentence that says what is wrong"]


@dataclass(frozen=True, slots=True)
class WorkerStarted(Event):
    """A worker process has started."""

    pid: Annotated[int, "the process id"]


@dataclass(frozen=True, slots=True)
class WorkerSilent(Event):
    """A worker sent no heartbeat for `TIMES__SILENCE_SECONDS`; the server kills and replaces it."""

    level = "warning"
    pid: Annotated[int, "the process id"]


@dataclass(frozen=True, slots=True)
class WorkerStopped(Event):
    """A worker process ended; the server starts another unless it is stopping itself."""

    pid: Annotated[int, "the process id"]
    exit_code: Annotated[int, "as the system reports it; negative is a signal"]


def tell_busy(emit: Emit, munchkin_id: str, error: StoreBusyError, attempt: int = 0) -> None:
    """Emit why a store could not be used just now, unless that was told a moment before."""
    match error:
        case StoreFullError():
            emit(StoreFull(munchkin_id))
        case StoreHeldError():
            if error.is_news:
                emit(WriteTurnHeld(munchkin_id, error.pid))
        case StoreFilesError():
            emit(FilesExhausted(munchkin_id, error.limit, _MORE_FILES))
        case _:
            emit(StoreBusy(munchkin_id, attempt))


def frame_of(error: Exception) -> str:
    """Return the innermost frame of an exception; its text could hold what somebody sent."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else "unknown"
