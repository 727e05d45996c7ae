"""Tables that have one line for each member of an enum."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

K = TypeVar("K", bound=Enum)
V = TypeVar("V")


def line_for_each(kinds: type[K], table: Mapping[K, V]) -> Mapping[K, V]:
    """Return a table as it is; raises TypeError, so at import, that names the members without a line."""
    missing = [str(each) for each in kinds if each not in table]
    if missing:
        raise TypeError(f"the table has no line for {kinds.__name__} {', '.join(missing)}: add one")
    return table
