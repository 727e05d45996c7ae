"""What an event is."""

from collections.abc import Callable
from typing import ClassVar, Literal

from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; the name of the class is the word in the log."""

    level: ClassVar[Literal["info", "warning"]] = "info"


Emit = Callable[[Event], None]


def frame_of(error: Exception) -> str:
    """Return the innermost frame of an exception; its text could hold what somebody sent."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else "unknown"
