"""Going round all subscriptions in a small share of a worker's time, however many there are."""

from collections.abc import Iterable, Iterator

from leadline import clock

_SHARE = 1 / 40
_CREDIT_SECONDS = 0.25
"""So much may be spent at the beginning, and at once after a long time of other work."""


class Tour:
    """Visits each subscription every so many seconds, or as often as its share of the time allows."""

    def __init__(self, every_seconds: float) -> None:
        self._every = every_seconds
        self._visited: dict[str, float] = {}
        self._credit = _CREDIT_SECONDS
        self._credited_at = clock.monotonic()

    def visits(self, known: Iterable[str]) -> Iterator[str]:
        """Yield whom to visit now, those first whose last visit is longest ago; a visit ends at the next."""
        began = clock.monotonic()
        self._credit = min(self._credit + (began - self._credited_at) * _SHARE, _CREDIT_SECONDS)
        self._credited_at = began
        for munchkin_id in self._due(known):
            if self._credit <= 0:
                return
            self._visited.pop(munchkin_id, None)
            self._visited[munchkin_id] = began
            yield munchkin_id
            ended = clock.monotonic()
            self._credit = max(self._credit - (ended - began), -self._every * _SHARE)
            began = ended

    def _due(self, known: Iterable[str]) -> list[str]:
        latest = clock.monotonic() - self._every
        known = set(known)
        self._visited = {each: at for each, at in self._visited.items() if each in known}
        return sorted(known - self._visited.keys()) + [
            each for each, at in self._visited.items() if at <= latest
        ]
