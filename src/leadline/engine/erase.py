"""Taking people out of the lines of failure and warning files."""

import re
from collections.abc import Iterable, Iterator, Sequence

import polars as pl


def without(lines: bytes, addresses: Sequence[str]) -> bytes:
    """Return the lines without those that name one of the addresses, which are in lower case.

    `lines` are as `report.issue_lines` writes them: a record ends at the first line end
    outside quotes.
    """
    text = lines.decode()
    if not _suspect([text.lower()], addresses).any():
        return lines
    records = list(_records(text))
    lowered = [record.lower() for record in records]
    suspects = _suspect(lowered, addresses)
    kept = (
        record
        for record, low, is_suspect in zip(records, lowered, suspects, strict=True)
        if not (is_suspect and any(_names(low, each) for each in addresses))
    )
    return "".join(kept).encode()


def _suspect(texts: Iterable[str], addresses: Sequence[str]) -> pl.Series:
    """Tell of each text whether any of the addresses is in it."""
    return pl.Series(texts, dtype=pl.String).str.contains_any(list(addresses))


def _records(text: str) -> Iterator[str]:
    pending, inside = "", False
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        pending += line
        inside ^= line.count('"') % 2 == 1
        if not inside:
            yield pending
            pending = ""
    if pending:
        yield pending


def _names(record: str, address: str) -> bool:
    """Tell whether a record names an address, and not a longer one that holds it."""
    if address not in record:
        return False
    return re.search(rf"(?<![\w.%+-]){re.escape(address)}(?![\w-]|\.\w)", record) is not None
