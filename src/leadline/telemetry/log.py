"""Where the lines of the log go; a reader that does not read stops nobody."""

import os
import select
import threading
from collections.abc import Callable
from typing import TextIO

from leadline.events import Event
from leadline.telemetry.log_lines import LogForm, line_maker

_PATIENCE_MS = 1000


class Log:
    """Writes events as lines, past any buffer; used by all threads."""

    def __init__(self, stream: TextIO, form: LogForm, *, colors: bool, on_loss: Callable[[], None]) -> None:
        """`on_loss` is called for each line that could not be written."""
        self._stream = stream
        self._line_of = line_maker(form, is_terminal=_is_terminal(stream), colors=colors)
        self._on_loss = on_loss
        self._writing = threading.Lock()
        self._is_stuck = False

    def write(self, event: Event) -> None:
        """Write the line of an event."""
        line = self._line_of(event).encode()
        with self._writing:
            is_written = self._write(line)
        if not is_written:
            self._on_loss()

    def _write(self, line: bytes) -> bool:
        try:
            if self._takes_more():
                os.write(self._stream.fileno(), line)
                return True
        except (OSError, ValueError):
            pass
        return False

    def _takes_more(self) -> bool:
        """Tell whether a line can be written now; the first time that it cannot, wait a moment."""
        try:
            stream = select.poll()
            stream.register(self._stream, select.POLLOUT)
            self._is_stuck = not stream.poll(0 if self._is_stuck else _PATIENCE_MS)
        except (OSError, ValueError):  # it has no descriptor, or is closed
            self._is_stuck = False
        return not self._is_stuck


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # it is closed
        return False
