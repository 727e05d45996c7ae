"""What an event is."""

from collections.abc import Callable
from typing import ClassVar, Literal

from leadline.model.dataclass import dataclass

Level = Literal["info", "warning", "error"]
"""`info` is what happens every day, `warning` what the product has mended by itself and what should stay
seldom, `error` what somebody has to look at.
"""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; the name of the class is the word in the log."""

    level: ClassVar[Level] = "info"
    repeat_seconds: ClassVar[float] = 0.0
    """So long after a line another one of the event, for the same subscription, is left out of the log."""

    @property
    def actual_level(self) -> Level:
        """The level of this event, where it depends on what the event carries."""
        return self.level


Emit = Callable[[Event], None]


def frame_of(error: Exception) -> str:
    """Return the innermost frame of an exception; its text could hold what somebody sent."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else "unknown"
