"""Progress where there is no terminal: a line a change of state and a quarter, else one a minute."""

from collections.abc import Callable

from leadline.client.counted import rows
from leadline.client.events import Event, MappingShown
from leadline.client.progress.course import Course
from leadline.client.progress.sentences import sentence_of

_QUARTERS = 4
_EVERY_SECONDS = 60.0


class LineProgress:
    """Writes lines; `monotonic` tells it the time."""

    def __init__(self, write: Callable[[str], object], monotonic: Callable[[], float]) -> None:
        self._write = write
        self._monotonic = monotonic
        self._course = Course()
        self._quarter = 0
        self._told_at = monotonic()

    def tell(self, event: Event) -> None:
        """Tell of an event what there is to tell."""
        self._course.take(event)
        for line in event.lines if isinstance(event, MappingShown) else filter(None, [sentence_of(event)]):
            self._say(line)
        course = self._course
        quarter = course.rows_over * _QUARTERS // course.rows if course.rows else 0
        is_due = self._monotonic() - self._told_at >= _EVERY_SECONDS
        if course.rows and (quarter > self._quarter or is_due):
            self._quarter = quarter
            percent = course.rows_over * 100 // course.rows
            self._say(f"{course.rows_over:,} of {rows(course.rows)} ({percent} %).")

    def _say(self, line: str) -> None:
        self._write(line)
        self._told_at = self._monotonic()

    def close(self) -> None:
        """Write nothing more."""
