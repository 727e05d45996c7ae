"""One pass through a file: where its portions stand, what is in its columns, and which keys come again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from leadline.client.fields import Field
from leadline.client.options import Order, PushOptions
from leadline.client.reading.lookout import ColumnFindings
from leadline.client.reading.portions import Portion, is_blank
from leadline.client.reading.repeats import hashes_of, key_hashes
from leadline.client.reading.source import Source
from leadline.source_file.outer_space import OUTER_SPACE


@dataclass(frozen=True, slots=True)
class Stretch:
    """A portion as the plan needs it: its place, its rows, and how long it is in UTF-8."""

    offset: int
    length: int
    first_row: int
    rows: int
    utf8_bytes: int
    quotes: int
    checksum: int


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


def scanned(
    source: Source, fields: Sequence[Field | None], keys: Sequence[int], options: PushOptions
) -> Scan:
    """Read a file through."""
    return _Scanner(source, fields, keys, with_keys=options.order is Order.AUTO).run()


class _Scanner:
    def __init__(
        self, source: Source, fields: Sequence[Field | None], keys: Sequence[int], *, with_keys: bool
    ) -> None:
        self._source = source
        self._keys = keys
        self._dated = {place for place, each in enumerate(fields) if each and each.is_dated}
        self._sent = [place for place, each in enumerate(fields) if each is not None]
        self._nameless = [place for place, column in enumerate(source.header) if not column.strip()]
        self._header = list(source.header)
        self._with_keys = with_keys
        self._scan = Scan(findings={place: ColumnFindings() for place in self._sent})

    def run(self) -> Scan:
        with key_hashes() as hashes:
            for portion in self._source.portions():
                rows = [record for record in portion.records if not is_blank(record)]
                self._note_place(portion, len(rows))
                self._look_at(rows)
                if self._with_keys:
                    hashes.add(hashes_of(self._keys_of(rows)))
                self._scan.rows += len(rows)
            self._scan.repeated = hashes.repeated()
        return self._scan

    def _note_place(self, portion: Portion, rows: int) -> None:
        scan, first = self._scan, self._scan.rows + 1
        is_utf8 = portion.body.codec == "utf-8" or portion.raw.isascii()
        size = len(portion.raw) if is_utf8 else len("".join(portion.lines).encode())
        quotes = portion.raw.count(b'"') if portion.is_torn else 0
        if portion.is_torn and scan.torn_row is None:
            scan.torn_row = first
        place = portion.offset, len(portion.raw), first, rows, size, quotes, portion.checksum
        scan.stretches.append(Stretch(*place))

    def _look_at(self, rows: list[list[str]]) -> None:
        scan, first, width = self._scan, self._scan.rows + 1, len(self._header)
        if self._header in rows:
            scan.headers += [first + at for at, row in enumerate(rows) if row == self._header]
        scan.ragged += sum(len(row) > width for row in rows)
        columns = list(zip_longest(*rows, fillvalue=""))[:width]
        for place in self._sent:
            if place < len(columns):
                scan.findings[place].look_at(columns[place], first)
                if place in self._dated:
                    scan.findings[place].look_at_dates(columns[place], first)
        for place in self._nameless:
            if place < len(columns) and place not in scan.filled_row and any(columns[place]):
                row = next(at for at, cell in enumerate(columns[place]) if cell)
                scan.filled_row[place] = first + row

    def _keys_of(self, rows: list[list[str]]) -> list[str]:
        """Return the key of each row as servers compare them: trimmed and in one case; "" for none."""
        parts = [
            [row[place].strip(OUTER_SPACE).lower() if place < len(row) else "" for row in rows]
            for place in self._keys
        ]
        if len(parts) == 1:
            return parts[0]
        return ["\x1f".join(each) if all(each) else "" for each in zip(*parts, strict=True)]
