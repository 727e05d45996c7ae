"""How often a job is asked about: soon at first, then less and less (contract §2.4)."""

from collections.abc import Iterator

_ORIGINAL = (5.0, 30.0)
_LEADLINE = (0.5, 5.0)
_SLOWER = 1.3


def poll_waits(every: float | None, *, is_leadline: bool) -> Iterator[float]:
    """Yield the seconds before each poll; `every` is what the user wants."""
    if every is not None:
        while True:
            yield every
    wait, longest = _LEADLINE if is_leadline else _ORIGINAL
    while True:
        yield wait
        wait = min(wait * _SLOWER, longest)
