"""Which subscriptions a worker looks at in a round, so that quiet ones cost nothing (queue §8)."""

from collections.abc import Hashable, Mapping

from leadline import clock

_REST_SECONDS = 2.0


class PollSchedule:
    """What a worker remembers of its last looks."""

    def __init__(self) -> None:
        self._hints: Mapping[str, Hashable] = {}
        self._acted_on: dict[str, Hashable] = {}
        self._unfinished: set[str] = set()
        self._resting: dict[str, float] = {}
        self._had_turn: dict[str, float] = {}

    def due(self, hints: Mapping[str, Hashable]) -> list[str]:
        """Return whom to look at: new work is hinted at, or there was unfinished work at the last look.

        A hint that is None, or another one than at the last look, tells of new work.
        Who has had a turn comes behind those who have waited longer.
        """
        self._hints = hints
        moved = {each for each, hint in hints.items() if hint is None or hint != self._acted_on.get(each)}
        longest = sorted(moved | self._unfinished, key=lambda each: (self._had_turn.get(each, 0.0), each))
        return [each for each in longest if not self.rests(each)]

    def has_turn(self, munchkin_id: str) -> None:
        """Note that a job of a subscription is taken up."""
        self._had_turn[munchkin_id] = clock.monotonic()

    def rests(self, munchkin_id: str) -> bool:
        """Tell whether the last look has failed a moment ago."""
        return clock.monotonic() < self._resting.get(munchkin_id, 0.0)

    def failed(self, munchkin_id: str) -> None:
        """Note that a look has failed: the next one may wait, so that the others do not."""
        self._resting[munchkin_id] = clock.monotonic() + _REST_SECONDS

    def looked(self, munchkin_id: str, *, unfinished: bool) -> None:
        """Note what a look has shown."""
        if munchkin_id in self._hints:
            self._acted_on[munchkin_id] = self._hints[munchkin_id]
        if unfinished:
            self._unfinished.add(munchkin_id)
        else:
            self.forget(munchkin_id)

    def forget(self, munchkin_id: str) -> None:
        """Note that there is nothing to come back for."""
        self._unfinished.discard(munchkin_id)
        self._had_turn.pop(munchkin_id, None)
        self._resting.pop(munchkin_id, None)
