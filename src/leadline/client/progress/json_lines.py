"""Progress for programs: each event is a line of JSON, the report is the last one."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from leadline.client.events import Event

_UNDERSCORE = re.compile(r"_([a-z])")


class JsonProgress:
    """Writes events; `now` gives the instant that each of them bears."""

    def __init__(self, write: Callable[[str], object], now: Callable[[], str]) -> None:
        self._write = write
        self._now = now

    def tell(self, event: Event) -> None:
        """Write an event."""
        self._write(line_of({"event": name_of(type(event)), "at": self._now(), **members_of(event)}))

    def close(self) -> None:
        """Write nothing more."""


def name_of(event: type[Event]) -> str:
    """Return how an event is called: `PieceDone` is `pieceDone`."""
    return event.__name__[0].lower() + event.__name__[1:]


def line_of(told: dict[str, Any]) -> str:
    """Return a line; what any program reads, though its encoding be another."""
    return json.dumps(told, separators=(",", ":"))


def members_of(event: Event) -> dict[str, Any]:
    """Return the members of an event, named as those of the API are."""
    return {
        _UNDERSCORE.sub(lambda found: found[1].upper(), name): value for name, value in asdict(event).items()
    }
