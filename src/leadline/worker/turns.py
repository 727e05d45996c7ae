"""How long a worker stays with one subscription's file while others wait for a worker (queue §8)."""

from collections.abc import Callable
from contextlib import suppress

from leadline import clock
from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.model.rules import Limits
from leadline.store import jobs
from leadline.store.credentials import DirectoryEntry
from leadline.store.directory import Stores
from leadline.worker.polling import PollSchedule

TURN_SECONDS = 1.0
"""A job that has just begun goes on so long: each change of jobs costs the chunks that were read ahead."""

_LOOK_SECONDS, _LOOK_SECONDS_MAX = 0.25, 2.0
_LOOK_SHARE = 10
"""A look is followed by a pause of so many times its length, within these bounds."""


def never() -> bool:
    """Let a job run to its end."""
    return False


class Turns:
    """Tells a worker behind each chunk whether a job of another subscription should have its turn."""

    def __init__(
        self, stores: Stores, schedule: PollSchedule, limits_of: Callable[[DirectoryEntry], Limits]
    ) -> None:
        self._stores = stores
        self._schedule = schedule
        self._limits_of = limits_of
        self._next_look = 0.0

    def begin(self) -> None:
        """Note that the worker takes up a job."""
        self._next_look = clock.monotonic() + TURN_SECONDS

    def is_over(self, munchkin_id: str) -> bool:
        """Tell whether the job of this subscription has had its turn and another one's waits."""
        began = clock.monotonic()
        if began < self._next_look:
            return False
        waits = any(self._waits(each) for each in self._due() if each != munchkin_id)
        now = clock.monotonic()
        pause = max(_LOOK_SECONDS, _LOOK_SHARE * (now - began))
        self._next_look = now + min(pause, _LOOK_SECONDS_MAX)
        return waits

    def _due(self) -> list[str]:
        with suppress(StoreBusyError, StoreFaultError):
            return self._schedule.due(self._stores.hints())
        return []

    def _waits(self, munchkin_id: str) -> bool:
        """Tell whether a job of a subscription could be taken up now."""
        with suppress(StoreBusyError, StoreFaultError, OperatorError):
            listing = self._stores.find(munchkin_id)
            if listing is not None:
                with self._stores.subscription(munchkin_id).read_once() as session:
                    return jobs.may_claim(session, self._limits_of(listing).jobs_importing_max)
        return False
