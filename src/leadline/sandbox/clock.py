"""The clock of a sandbox's subscription: it flows like the machine's until a test takes it in hand."""

import threading

from leadline.model.dataclass import dataclass
from leadline.model.subscription_time import SubscriptionTime
from leadline.sandbox.durations import LATEST_MS


@dataclass(frozen=True, slots=True)
class _Setting:
    """What the clock showed at a moment of the machine, and how it flows from there.

    `rate` is how many of its seconds pass in one of the machine's, 0 for one that stands.
    """

    at: float
    now_ms: float
    elapsed: float
    rate: float


class Clock:
    """Tells a subscription's time. Who reads it sees one setting whole, whoever changes it meanwhile."""

    def __init__(self, machine: SubscriptionTime, munchkin_id: str) -> None:
        self._machine = machine
        self._munchkin_id = munchkin_id
        self._setting: _Setting | None = None
        self._setting_it = threading.Lock()

    def now_ms(self) -> int:
        """Return milliseconds since 1970, UTC."""
        setting = self._setting
        if setting is None:
            return self._machine.now_ms(self._munchkin_id)
        return self._read(setting)[0]

    def elapsed(self) -> float:
        """Return seconds that never fall: a clock that is set back goes on from what they were."""
        setting = self._setting
        return self._machine.elapsed(self._munchkin_id) if setting is None else self._read(setting)[1]

    @property
    def rate(self) -> float:
        """How many seconds pass here in one of the machine's; 0 while the clock stands."""
        return 1.0 if self._setting is None else self._setting.rate

    def freeze(self, now_ms: int) -> None:
        """Let the clock stand at an instant, be it earlier or later than the one that it shows."""
        self._set(now_ms, 0.0)

    def advance(self, seconds: float) -> None:
        """Set the clock forward; it flows on, or stands, as before. Raises ValueError beyond 9998."""
        with self._setting_it:
            now_ms = self.now_ms() + seconds * 1000
            if now_ms > LATEST_MS:
                raise ValueError("the clock would go beyond the year 9998")
            self._set_locked(now_ms, self.rate)

    def flow(self, rate: float) -> None:
        """Let time flow from the instant that the clock shows."""
        self._set(None, rate)

    def reset(self) -> None:
        """Show the machine's time again."""
        with self._setting_it:
            if self._setting is not None:
                self._set_locked(self._machine.now_ms(self._munchkin_id), 1.0)

    def _set(self, now_ms: float | None, rate: float) -> None:
        with self._setting_it:
            self._set_locked(now_ms, rate)

    def _set_locked(self, now_ms: float | None, rate: float) -> None:
        at, shown, elapsed = self._machine.elapsed(self._munchkin_id), self.now_ms(), self.elapsed()
        now_ms = shown if now_ms is None else now_ms
        self._setting = _Setting(at, now_ms, elapsed + max(0.0, now_ms - shown) / 1000, rate)

    def _read(self, setting: _Setting) -> tuple[int, float]:
        passed = max(0.0, self._machine.elapsed(self._munchkin_id) - setting.at) * setting.rate
        return min(int(setting.now_ms + passed * 1000), LATEST_MS), setting.elapsed + passed
