"""When a call is tried again: told from how its tries have ended, without any waiting of its own."""

import random
from dataclasses import dataclass, field

from leadline.client.calls.refusals import Meaning, Outcome

TRIES_MAX = 6
OFFLINE_SECONDS_MAX = 15 * 60.0
"""A network may be gone for ten minutes without a push ending."""

NOT_THERE_SECONDS_MAX = 15.0
"""A server that has never answered is soon given up: its name may be wrong."""

_BACK_OFF = 1.0
_BACK_OFF_MAX = 60.0
_LATER, _LATER_MAX = 30.0, 120.0
_WINDOW = 20.0
_SLOWER_MAX = 60.0
_AFTER_MAX = 3600.0
"""No `Retry-After` is believed beyond an hour: some gateways name an instant of another clock."""

_CONCURRENCY = "615"


@dataclass(slots=True)
class Tries:
    """The tries of one call; without `is_repeatable`, none follows one that may have been taken."""

    is_repeatable: bool
    chance: random.Random = field(default_factory=random.Random)
    offline_max: float = OFFLINE_SECONDS_MAX
    _counts: dict[Meaning, int] = field(default_factory=dict)
    _offline: float = 0.0

    def wait_after(self, outcome: Outcome) -> float | None:
        """Return in how many seconds the call is tried again, None where it is not."""
        meaning = outcome.meaning
        count = self._counts[meaning] = self._counts.get(meaning, 0) + 1
        match meaning:
            case Meaning.LATER:
                return self._about(min(_LATER * 1.4 ** (count - 1), _LATER_MAX), _LATER)
            case Meaning.SLOWER:
                asked = max(0.0, min(outcome.retry_after or 0.0, _AFTER_MAX))
                return asked or self._slower(outcome.code, count)
            case Meaning.TOKEN:
                return 0.0 if count == 1 else None
            case Meaning.OFFLINE:
                wait = self._back_off(count)
                self._offline += wait
                return wait if self._offline <= self.offline_max else None
            case Meaning.AGAIN:
                return self._six_times(outcome)
            case Meaning.LOST if self.is_repeatable:
                return self._six_times(outcome)
        return None

    def _six_times(self, outcome: Outcome) -> float | None:
        failed = self._counts.get(Meaning.AGAIN, 0) + self._counts.get(Meaning.LOST, 0)
        if failed >= TRIES_MAX:
            return None
        return max(self._back_off(failed), min(outcome.retry_after or 0.0, _LATER_MAX))

    def _back_off(self, count: int) -> float:
        return self._about(min(_BACK_OFF * 2.0 ** (count - 1), _BACK_OFF_MAX))

    def _slower(self, code: str, count: int) -> float:
        """Return a pause: of a window of calls, or a short one until another call has ended."""
        usual = _BACK_OFF if code == _CONCURRENCY else _WINDOW
        return self._about(min(usual * 1.4 ** (count - 1), _SLOWER_MAX), usual)

    def _about(self, seconds: float, least: float = 0.0) -> float:
        """Return a time of about so many seconds, so that clients that were refused at once come apart."""
        return max(least, seconds * self.chance.uniform(0.75, 1.25))
