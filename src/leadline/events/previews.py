"""The life of a preview, from the queue to its end."""

from typing import Annotated

from leadline.events.event import Event, Level
from leadline.model.dataclass import dataclass


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
    """A worker dropped a preview: it was given to another worker, has expired, or its store is taken away."""


@dataclass(frozen=True, slots=True)
class PreviewRescued(PreviewEvent):
    """A dead worker's preview waits for the next worker, or has failed after the last attempt: an `error`."""

    level = "warning"
    status: Annotated[str, "the status of the preview now"]

    @property
    def actual_level(self) -> Level:
        """See `Event.actual_level`."""
        return "error" if self.status == "Failed" else self.level
