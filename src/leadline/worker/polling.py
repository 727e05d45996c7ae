"""Which subscriptions a worker looks at in a round, so that a thousand quiet ones cost nothing (queue §8)."""

from leadline import clock
from leadline.store.credentials import DirectoryEntry

_REST_SECONDS = 2.0


class PollSchedule:
    """What a worker remembers of its last looks."""

    def __init__(self, sweep_seconds: float, *, hinted: bool) -> None:
        """`hinted` says that the directory's hints rise with new work; else each round looks at all.

        A hint may get lost, so each subscription is looked at every `sweep_seconds`.
        """
        self._sweep_seconds = sweep_seconds
        self._hinted = hinted
        self._looks: dict[str, tuple[int, bool, float]] = {}
        self._resting: dict[str, float] = {}

    def is_due(self, listing: DirectoryEntry) -> bool:
        """Tell whether to look: new work, unfinished work at the last look, or a long time since."""
        if clock.monotonic() < self._resting.get(listing.munchkin_id, 0.0):
            return False
        if not self._hinted or listing.munchkin_id not in self._looks:
            return True
        hint, unfinished, at = self._looks[listing.munchkin_id]
        return unfinished or hint != listing.work_hint or clock.monotonic() - at >= self._sweep_seconds

    def failed(self, listing: DirectoryEntry) -> None:
        """Note that a look has failed: the next one may wait, so that the others do not."""
        self._resting[listing.munchkin_id] = clock.monotonic() + _REST_SECONDS

    def looked(self, listing: DirectoryEntry, *, unfinished: bool) -> None:
        """Note what a look has shown."""
        self._looks[listing.munchkin_id] = (listing.work_hint, unfinished, clock.monotonic())
