"""The time of a subscription."""

from datetime import UTC, datetime, timedelta
from typing import Any

from leadline.testing.control import Control
from leadline.testing.faults import duration


class Clock:
    """The clock of one subscription: tokens, windows, quotas and the days of batches follow it."""

    def __init__(self, control: Control, path: str) -> None:
        self._control = control
        self._path = f"{path}/clock"

    def now(self) -> datetime:
        """Return the instant that it shows."""
        return _instant(self._control.call("GET", self._path))

    def freeze(self, at: datetime | str) -> datetime:
        """Let it stand at an instant, such as `"2026-03-01T12:00:00Z"`; return what it shows."""
        if isinstance(at, datetime):
            if at.tzinfo is None:
                raise ValueError("Give the instant a time zone, such as datetime.UTC.")
            at = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return self.change("freeze", at)

    def advance(self, length: timedelta | None = None, **parts: float) -> datetime:
        """Go forward, by a timedelta or its parts (`days=8`); return what it shows when all due is done."""
        whole = (length or timedelta()) + timedelta(**parts)
        return self.change("advance", duration(whole))

    def rate(self, times: float) -> datetime:
        """Let it flow so many times as fast, from the instant that it shows."""
        return self.change("rate", times)

    def run(self) -> datetime:
        """Let it flow as usual, from the instant that it shows."""
        return self.change("run", True)

    def change(self, what: str, value: Any) -> datetime:
        """Make a change by the name and value that the control call has for it; return what it shows."""
        return _instant(self._control.call("POST", self._path, {what: value}))


def _instant(answer: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(answer["now"])
