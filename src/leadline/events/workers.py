"""The processes of workers."""

import signal
from typing import Annotated

from leadline.events.event import Event, Level
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
    """A worker process ended; the server starts another unless it is stopping itself.

    It is `info` where the worker was told to end.
    """

    level = "warning"
    pid: Annotated[int, "the process id"]
    exit_code: Annotated[int, "as the system reports it; negative is a signal"]

    @property
    def actual_level(self) -> Level:
        """See `Event.actual_level`."""
        return "info" if self.was_told else self.level

    @property
    def was_told(self) -> bool:
        """Whether it ended as it was told to; SIGTERM itself ends only one that has not begun yet."""
        return self.exit_code in (0, -signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class ProcessFailed(Event):
    """A worker process ends because of an unforeseen exception."""

    level = "error"
    exception: Annotated[str, "the name of its class; its text is not logged"]
    where: Annotated[str, "function and line where it was raised"]
