"""The two forms of the suite: `make test` strikes a few times, `make crash` as often as is ever worth it.

Each proof has a short form. What only repeats it, such as the same proof on a second database
whose part in it is none of ours, or more of the same dice, is left to the long form:
`CRASH_LONG=1`.
"""

import os

import pytest

LONG = os.environ.get("CRASH_LONG", "0") not in ("", "0")


def times(short: int, long: int) -> int:
    """Return how often something is tried: in the default suite, and in the long form."""
    return long if LONG else short


repeats = pytest.mark.repeats
"""Marks a test, or one of its parameters, that proves what others do: only the long form takes it.

With names of databases it is one on these alone.
"""


def leave_out_repetitions(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the long form takes."""
    if LONG:
        return
    repeated = [item for item in items if _repeats(item)]
    config.hook.pytest_deselected(items=repeated)
    items[:] = [item for item in items if item not in set(repeated)]


def _repeats(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    its_own = {each for each in callspec.params.values() if isinstance(each, str)} if callspec else set()
    return any(not mark.args or its_own.intersection(mark.args) for mark in item.iter_markers("repeats"))
