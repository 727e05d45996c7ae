"""The two forms of a line: JSON for programs, and a short one for people at a terminal."""

import json
import re
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from leadline import clock
from leadline.events import Event
from leadline.events.event import Level

LogForm = Literal["auto", "json", "text"]
"""`auto` is text on a terminal, and JSON elsewhere."""

_NEEDS_NO_QUOTES = re.compile(r"[\w./:@%+-]+", re.ASCII)
_LEVEL_WIDTH = len("warning")
_COLORS: dict[Level, str] = {"info": "\x1b[2m", "warning": "\x1b[33m", "error": "\x1b[1;31m"}
_END_OF_COLOR = "\x1b[0m"


def line_maker(form: LogForm, *, is_terminal: bool, colors: bool) -> Callable[[Event], str]:
    """Return the function that makes a line of an event, its end included."""
    if form == "text" or (form == "auto" and is_terminal):
        return partial(text_line, colors=colors and is_terminal)
    return json_line


def json_line(event: Event) -> str:
    """Return an event as JSON; its time is RFC 3339, UTC, with milliseconds. What is not ASCII is escaped."""
    time = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).isoformat(timespec="milliseconds")
    line = {
        "time": time.replace("+00:00", "Z"),
        "level": event.actual_level,
        "event": type(event).__name__,
        **_carried(event),
    }
    return json.dumps(line, separators=(",", ":")) + "\n"


def text_line(event: Event, *, colors: bool) -> str:
    """Return an event as a line for people: local time, level, name, and what it carries as name=value."""
    level = event.actual_level
    shown = f"{level:{_LEVEL_WIDTH}} {type(event).__name__}"
    if colors:
        shown = f"{_COLORS[level]}{shown}{_END_OF_COLOR}"
    time = datetime.fromtimestamp(clock.now_ms() / 1000).strftime("%H:%M:%S")
    carried = (f"{name}={_shown(value)}" for name, value in _carried(event).items() if value is not None)
    return " ".join((time, shown, *carried)) + "\n"


def _carried(event: Event) -> dict[str, Any]:
    return {each.name: getattr(event, each.name) for each in fields(event)}


def _shown(value: object) -> str:
    """Return a value as one word, or quoted: nothing in it can end the line or command the terminal."""
    text = str(value)
    return text if _NEEDS_NO_QUOTES.fullmatch(text) else json.dumps(text)
