"""What is in a file that somebody wants to import: its header, and of each column what its cells look like.

One pass, in bounded memory; work is done for a portion of a column at once.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import IO, Any

from leadline.source_file.date_order import DateEvidence
from leadline.source_file.delimiters import find_delimiter
from leadline.source_file.outer_space import OUTER_SPACE
from leadline.source_file.records import Record, Records, TornQuotes
from leadline.source_file.suspects import damages_of, placeholders_of
from leadline.source_file.text_encoding import TextEncoding, find_encoding
from leadline.source_file.written_dates import HINT, are_iso

SAMPLES = 3
SAMPLE_CHARACTERS_MAX = 120
_HEAD_LINES = 400
_HEAD_BYTES = 256 * 1024
_WIDE = 3
_ABOVE_MAX = 20
"""So many records are looked at for the header; what stands above it are titles of a report."""

_BETWEEN = "\x1f"
_BLANK_CELL = re.compile(f"(?:\\A|{_BETWEEN})[{OUTER_SPACE}]+(?:{_BETWEEN}|\\Z)")


@dataclass(slots=True)
class Column:
    """A column of a file: the name in its header, and what stands below it.

    `damages` has for each kind how many rows, and the first cell.
    """

    name: str
    filled: int = 0
    samples: list[str] = field(default_factory=list)
    placeholders: Counter[str] = field(default_factory=Counter)
    damages: dict[str, tuple[int, str]] = field(default_factory=dict)
    dates: DateEvidence = field(default_factory=DateEvidence)

    def look_at(self, cells: Sequence[str]) -> None:
        """Take some cells in."""
        filled = [cell for cell in cells if cell] if "" in cells else cells
        if not filled:
            return
        joined = _BETWEEN.join(filled)
        self.filled += len(filled) - _blanks_in(filled, joined)
        if len(self.samples) < SAMPLES:
            self._sample(filled)
        self.placeholders.update(placeholders_of(filled))
        for kind, found in damages_of(filled, joined).items():
            rows, first = self.damages.get(kind, (0, found[0][:SAMPLE_CHARACTERS_MAX]))
            self.damages[kind] = rows + len(found), first
        if HINT.search(joined) and not are_iso(joined, _BETWEEN):
            self.dates.look_at(Counter(filled))

    def _sample(self, cells: Sequence[str]) -> None:
        for cell in dict.fromkeys(cells):
            shown = cell[:SAMPLE_CHARACTERS_MAX]
            if shown.strip(OUTER_SPACE) and shown not in self.samples:
                self.samples.append(shown)
            if len(self.samples) == SAMPLES:
                return


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file holds: how it is read, the record that is its header, its columns, its data rows.

    `above` are how many records stand above the header and are left out. `ragged` rows have more cells than
    the header has.
    """

    encoding: TextEncoding
    delimiter: str
    above: int
    columns: tuple[Column, ...]
    rows: int
    ragged: int
    quotes: TornQuotes

    def records(self, file: IO[bytes]) -> Records:
        """Return the records of the file, read as it was surveyed."""
        return Records(file, self.encoding.codec, self.delimiter)


def survey_of(
    file: IO[bytes],
    encoding: TextEncoding | None = None,
    delimiter: str | None = None,
    above: int | None = None,
) -> Survey:
    """Read a file through; what is None is found out."""
    encoding = encoding or find_encoding(file)
    if delimiter is None:
        delimiter = find_delimiter(_head_lines(file, encoding.codec))
    try:
        return _read_through(Records(file, encoding.codec, delimiter, is_strict=True), encoding, above)
    except csv.Error:  # few files have torn quotes; they are read again
        return _read_through(Records(file, encoding.codec, delimiter), encoding, above)


def _read_through(records: Records, encoding: TextEncoding, above: int | None) -> Survey:
    """Return what records are found; raises `csv.Error` where they are strict, and quotes are torn."""
    if above is None:
        above = records_above(next(records.portions(), []))
    behind = rows_behind(records, above)
    columns = tuple(Column(name) for name in next(behind, []))
    rows = ragged = 0
    for portion in behind:
        there = [row for row in portion if "".join(row).strip(OUTER_SPACE)]
        rows += len(there)
        if max(map(len, there), default=0) > len(columns):
            ragged += sum(1 for row in there if len(row) > len(columns))
        for column, cells in zip(columns, zip_longest(*there, fillvalue=""), strict=False):
            column.look_at(cells)
    quotes = TornQuotes() if records.is_strict else records.quotes()
    return Survey(encoding, records.delimiter, above, columns, rows, ragged, quotes)


def _blanks_in(cells: Sequence[str], joined: str) -> int:
    """Return how many cells have nothing but outer white space; `joined` is the text of all together."""
    if not _BLANK_CELL.search(joined):
        return 0
    return sum(1 for cell in cells if not cell.strip(OUTER_SPACE))


def rows_behind(records: Records, above: int) -> Iterator[Any]:
    """Yield the header, which has so many records above it, then portions of the records below it."""
    is_first = True
    for portion in records.portions():
        skipped = min(above, len(portion))
        above -= skipped
        rest = portion[skipped:]
        if rest and is_first:
            is_first = False
            yield rest.pop(0)
        if rest:
            yield rest


def _head_lines(file: IO[bytes], codec: str) -> list[str]:
    """Return the first lines of a file, that which names its delimiter among them."""
    head = io.BytesIO(file.read(_HEAD_BYTES) if file.seek(0) == 0 else b"")
    text = io.TextIOWrapper(head, codec, "replace", newline="")
    return list(islice(text, _HEAD_LINES))


def records_above(records: list[Record]) -> int:
    """Return how many records stand above the header: blank ones, and titles above a wide table."""
    filled = [sum(1 for cell in row if cell.strip(OUTER_SPACE)) for row in records]
    usual = Counter(count for count in filled if count).most_common(1)
    width = usual[0][0] if usual else 0
    for place, count in enumerate(filled[:_ABOVE_MAX]):
        if count > 1 or (count == 1 and width < _WIDE):
            return place
    return next((place for place, count in enumerate(filled) if count), 0)
