"""How many calls may be made: in any 20 seconds, at once, and in a day.

A server counts a call at some instant between its start and its end here, so a call keeps its place in the
window until 20 seconds after its end: no window of the server's then holds more, wherever it begins.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

WINDOW_SECONDS = 20.0
AT_ONCE = 5
_DAYS_BEGIN_IN = "America/Chicago"


@dataclass(slots=True)
class CallWindow:
    """The calls of the last 20 seconds; times are monotonic seconds."""

    calls_max: int
    at_once: int = AT_ONCE
    in_flight: int = 0
    paused_until: float = 0.0
    _kept_until: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float | None:
        """Return in how many seconds a call may begin: 0 at once, None when one in flight has ended."""
        while self._kept_until and now >= self._kept_until[0]:
            self._kept_until.popleft()
        if now < self.paused_until:
            return self.paused_until - now
        if self.in_flight >= self.at_once or self.in_flight >= self.calls_max:
            return None
        if self.in_flight + len(self._kept_until) < self.calls_max:
            return 0.0
        return self._kept_until[0] - now

    def begin(self) -> None:
        """Note that a call begins."""
        self.in_flight += 1

    def end(self, now: float) -> None:
        """Note that a call has ended, with whatever answer."""
        self.in_flight -= 1
        self._kept_until.append(now + WINDOW_SECONDS)

    def pause(self, until: float) -> None:
        """Let no call begin before an instant."""
        self.paused_until = max(self.paused_until, until)


@dataclass(slots=True)
class DailyCalls:
    """The calls of a day, which begins and ends where the server's does; `used` ones were made by others."""

    calls_max: int
    reserved: int
    made: int = 0
    used: int = 0
    _day: str = ""
    _of_day: int = 0

    def left(self, now: float) -> int:
        """Return how many calls may still be made today."""
        self._turn(now)
        return max(self.calls_max - self.reserved - self.used - self._of_day, 0)

    def note(self, now: float) -> None:
        """Count a call."""
        self._turn(now)
        self._of_day += 1
        self.made += 1

    def used_up(self, now: float, used: int) -> None:
        """Take from the server how many calls of today were made, those of this push among them."""
        self._turn(now)
        self.used = max(used - self._of_day, 0)

    def _turn(self, now: float) -> None:
        day = _local(now).date().isoformat()
        if day != self._day:
            if self._day:
                self.used = 0
            self._day, self._of_day = day, 0


def next_day(now: float) -> float:
    """Return when the calls of the next day begin, in seconds since 1970."""
    tomorrow = _local(now).date() + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=_local(now).tzinfo)
    return midnight.timestamp()


def _local(now: float) -> datetime:
    from zoneinfo import ZoneInfo  # it reads a file that most commands do not need

    return datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(_DAYS_BEGIN_IN))
