"""Progress on a terminal: a bar over all rows, a line for each open piece, and above them what has happened.

rich is loaded with this file alone: it takes longer to load than all else of a start.
"""

from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from leadline.client.counted import counted
from leadline.client.events import CallsUsed, Event, MappingShown, Waiting
from leadline.client.progress.course import Course
from leadline.client.progress.sentences import duration, sentence_of

_SPEED_SECONDS = 600.0
"""The speed is that of so long a time: rows are known to be over by polls, many at once."""


class _Speed(ProgressColumn):
    """Rows a second, of the whole push."""

    def render(self, task: Task) -> Text:
        """Return the text."""
        return Text(f"{task.speed:,.0f} rows/s" if task.speed and task.fields["is_whole"] else "")


class _Left(TimeRemainingColumn):
    """The time left of the whole push."""

    def render(self, task: Task) -> Text:
        """Return the text."""
        left = task.time_remaining
        return Text(f"{duration(left)} left" if left and task.fields["is_whole"] else "", style="cyan")


class TerminalProgress:
    """Draws progress at the bottom of a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, force_terminal=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f} rows"),
            _Speed(),
            _Left(),
            console=self._console,
            transient=True,
            speed_estimate_period=_SPEED_SECONDS,
        )
        self._course = Course()
        self._whole: TaskID | None = None
        self._open: dict[int, TaskID] = {}
        self._calls = ""
        self._waits = ""

    def tell(self, event: Event) -> None:
        """Show an event."""
        self._course.take(event)
        if isinstance(event, MappingShown):
            self._print("\n".join(event.lines))
        elif isinstance(event, CallsUsed):
            self._calls = f", {counted(event.made, 'call', 'calls')}"
        elif isinstance(event, Waiting):
            self._waits = f", waiting: {event.why}"
        else:
            self._waits = ""
        if (sentence := sentence_of(event)) and not isinstance(event, Waiting):
            self._print(sentence)
        if self._course.rows:
            self._draw()

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)

    def _draw(self) -> None:
        course, progress = self._course, self._progress
        progress.start()
        if self._whole is None:
            self._whole = progress.add_task("", total=course.rows, completed=course.rows_over, is_whole=True)
        text = escape(f"{course.pieces_ended} of {course.pieces} pieces{self._calls}{self._waits}")
        progress.update(self._whole, completed=course.rows_over, description=text)
        for number in self._open.keys() - course.open.keys():
            progress.remove_task(self._open.pop(number))
        for number, piece in course.open.items():
            if number not in self._open:
                self._open[number] = progress.add_task("", total=piece.rows, is_whole=False)
            text = escape(f"  piece {number}: {piece.state}")
            progress.update(self._open[number], completed=piece.rows_over, description=text)
