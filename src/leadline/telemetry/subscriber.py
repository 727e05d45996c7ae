"""The subscriber: each event becomes a line of the log, and counts in the metrics."""

import logging
import threading
from collections.abc import Hashable
from typing import TextIO

from leadline import clock
from leadline.events import Event
from leadline.telemetry.log import Log
from leadline.telemetry.log_lines import LogForm
from leadline.telemetry.metrics import Metrics


class Telemetry:
    """Takes notice of all events of a server and of its workers.

    No event carries personal data, secrets or query strings, so no line and no metric can.
    """

    def __init__(self, log: TextIO, form: LogForm = "auto", *, colors: bool = False) -> None:
        """`log` takes the lines; `colors` are used where the form is for a terminal."""
        self.metrics = Metrics()
        self._log = Log(log, form, colors=colors, on_loss=self.metrics.count_lost_line)
        self._lock = threading.Lock()
        self._written_at: dict[Hashable, float] = {}

    def emit(self, event: Event) -> None:
        """Take notice of an event."""
        if not self._is_repeat(event):
            self._log.write(event)
        self.metrics.count(event)

    def _is_repeat(self, event: Event) -> bool:
        """Tell whether the same was written so short a time ago that another line would say nothing new."""
        if not event.repeat_seconds:
            return False
        key, now = (type(event), getattr(event, "munchkin_id", None)), clock.monotonic()
        with self._lock:
            self._written_at = {
                each: at for each, at in self._written_at.items() if now - at < event.repeat_seconds
            }
            is_repeat = key in self._written_at
            self._written_at.setdefault(key, now)
        return is_repeat


def quiet_libraries() -> None:
    """Silence the libraries' own logs: they print query strings, and events say the rest."""
    logging.basicConfig(level=logging.CRITICAL)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
