"""How long a worker stays with one subscription's file while others wait for a worker (queue §8)."""

from collections.abc import Callable
from contextlib import suppress

from leadline import clock
from leadline.errors import StoreBusyError, StoreFaultError
from leadline.model.jobs import Job

TURN_SECONDS = 0.5
"""A job that has just begun goes on so long: each change of jobs costs the chunks that were read ahead."""

_LOOK_SECONDS, _LOOK_SECONDS_MAX = 0.1, 2.0
_LOOK_SHARE = 10
"""A look is followed by a pause of so many times its length, within these bounds."""


def never() -> bool:
    """Let a job run to its end."""
    return False


class Turns:
    """Finds out between two chunks whether a job of another subscription is to have its turn, and claims it.

    It is claimed before the job under way is handed back: else each worker would hand back its own for one
    job that waits.
    """

    def __init__(self, due: Callable[[], list[str]], claim: Callable[[str], Job | None]) -> None:
        """`due` returns the subscriptions to look at, who has waited longest first; `claim` a job of one."""
        self._due = due
        self._claim = claim
        self._next_look = 0.0
        self._claimed: tuple[str, Job] | None = None

    def begin(self) -> None:
        """Note that the worker takes up a job."""
        self._next_look = clock.monotonic() + TURN_SECONDS

    def is_over(self, munchkin_id: str) -> bool:
        """Tell whether the job of this subscription has had its turn: another one's is claimed."""
        began = clock.monotonic()
        if self._claimed is None and began >= self._next_look:
            self._claimed = self._first_of_others(munchkin_id)
            now = clock.monotonic()
            pause = max(_LOOK_SECONDS, _LOOK_SHARE * (now - began))
            self._next_look = now + min(pause, _LOOK_SECONDS_MAX)
        return self._claimed is not None

    def take(self) -> tuple[str, Job] | None:
        """Return the job that was claimed, with its subscription, once; None where there is none."""
        claimed, self._claimed = self._claimed, None
        return claimed

    def _first_of_others(self, munchkin_id: str) -> tuple[str, Job] | None:
        with suppress(StoreBusyError, StoreFaultError):
            for each in self._due():
                if each != munchkin_id and (job := self._claim(each)) is not None:
                    return each, job
        return None
