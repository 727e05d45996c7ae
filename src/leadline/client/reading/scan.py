"""What one pass through a file has found: `scanner.py` makes it."""

from dataclasses import dataclass, field

from leadline.client.reading.lookout import ColumnFindings


@dataclass(frozen=True, slots=True)
class Stretch:
    """A portion as the plan needs it: its place, its rows, and how long it is in UTF-8.

    `growth` is how many bytes quotes may add at most where its rows are written anew. `is_filled` tells that
    each row is known to have a value that is sent.
    """

    offset: int
    length: int
    first_row: int
    rows: int
    utf8_bytes: int
    growth: int
    checksum: int
    is_filled: bool = False


@dataclass(slots=True)
class Scan:
    """What a pass has found; `repeated` has a byte for each row, not 0 where an earlier row has its key.

    `filled_row` has the first row with a value for each column that has no name. `headers` are rows that
    have the header once more.
    """

    stretches: list[Stretch] = field(default_factory=list)
    findings: dict[int, ColumnFindings] = field(default_factory=dict)
    filled_row: dict[int, int] = field(default_factory=dict)
    headers: list[int] = field(default_factory=list)
    rows: int = 0
    ragged: int = 0
    torn_row: int | None = None
    repeated: bytearray = field(default_factory=bytearray)


def growth_of(quotes: int, commas: int) -> int:
    """Return how many bytes more cells need where their quotes and commas stand within quotes."""
    return 3 * quotes + 2 * commas
