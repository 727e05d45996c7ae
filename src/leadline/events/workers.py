"""The processes of workers."""

from typing import Annotated

from leadline.events.event import Event
from leadline.model.dataclass import dataclass


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


@dataclass(frozen=True, slots=True)
class ProcessFailed(Event):
    """A worker process ends because of an unforeseen exception."""

    level = "warning"
    exception: Annotated[str, "the name of its class; its text is not logged"]
    where: Annotated[str, "function and line where it was raised"]
