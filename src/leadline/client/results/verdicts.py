"""What a server has said of one row, whichever file it said it in."""

from enum import StrEnum
from typing import NamedTuple

from leadline.client.results.source_rows import SourceRow


class Fate(StrEnum):
    """What became of a row."""

    IMPORTED = "imported"
    FAILED = "failed"
    NOT_IMPORTED = "not imported"


class Verdict(NamedTuple):
    """What became of a row and why; one that is imported with a reason has a warning.

    `ledger` are outcome and record id where the server keeps a ledger.
    """

    row: SourceRow
    fate: Fate
    reason: str = ""
    ledger: tuple[str, str] | None = None


class Imported(NamedTuple):
    """So many rows that are imported, of which there is nothing more to say, up to some row of the file."""

    rows: int
    last_row: int
