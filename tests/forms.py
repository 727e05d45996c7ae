"""The forms of the suite: how often a fault strikes, and whether what only repeats a proof is taken.

`make test` is the short form: each proof has a few tries, on one database where the other one
has no part of its own in it, and without the controls that show what a proof would see.
`make test REPEATS=1` takes these repetitions too, but for those that could fail only where another
test does. `.ci/run` takes the short form, so that it ends within 20 minutes.
`make crash` is the long form: all of it, and as many tries as are ever worth it.
"""

import os

import pytest


def _is_set(name: str) -> bool:
    return os.environ.get(name, "0") not in ("", "0")


LONG = _is_set("CRASH_LONG")
REPEATS = LONG or _is_set("REPEATS")

repeats = pytest.mark.repeats
"""Marks a module, a test or a parameter that repeats a proof; with names of databases, on these alone."""

only_long = pytest.mark.only_long
"""Marks in the same way what repeats a proof and has no part of its own in it: `make crash` alone takes it."""

without_store = repeats("postgres", "given")
"""Marks what is decided before a store is asked, or without regard to its database: one shows it for both."""


def times(short: int, long: int, each_change: int | None = None) -> int:
    """Return how often something is tried: in the short form, in the long one, and for `each_change`.

    Where nothing is said for each change, it is as in the short form.
    """
    if LONG:
        return long
    return each_change if REPEATS and each_change is not None else short


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest know the marks."""
    config.addinivalue_line("markers", "repeats(*databases): the short form leaves it out, or does so there")
    config.addinivalue_line(
        "markers", "only_long(*databases): the long form alone takes it, or does so there"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the form does not take."""
    marks = () if LONG else ("only_long",) if REPEATS else ("only_long", "repeats")
    repeated = {item for item in items if any(_bears(item, name) for name in marks)}
    config.hook.pytest_deselected(items=list(repeated))
    items[:] = [item for item in items if item not in repeated]


def _bears(item: pytest.Item, name: str) -> bool:
    callspec = getattr(item, "callspec", None)
    values = {each for each in callspec.params.values() if isinstance(each, str)} if callspec else set()
    return any(not mark.args or values.intersection(mark.args) for mark in item.iter_markers(name))
