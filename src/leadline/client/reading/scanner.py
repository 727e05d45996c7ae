"""One pass through a file: where its portions stand, what is in its columns, and which keys come again.

It loads PyArrow, so it is imported when there is a file to read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from zlib import crc32

from leadline.client.fields import Field
from leadline.client.options import Order, PushOptions
from leadline.client.reading.instants import days_of
from leadline.client.reading.keys import keys_of_columns, keys_of_rows
from leadline.client.reading.lookout import ColumnFindings
from leadline.client.reading.portions import Body, Portion, as_utf8, checked_utf8, is_blank, portion_of
from leadline.client.reading.regular import RegularPortion, RegularReader
from leadline.client.reading.repeats import key_hashes
from leadline.client.reading.scan import Scan, Stretch, growth_of
from leadline.client.reading.source import Source
from leadline.client.reading.suspect_hints import Hints

_END_MARK = b"\x1a"
"""A cell of nothing else is a blank one, though it stands in a key."""

_LOOKS_FOR_TORN_QUOTES = 64
"""So many portions with quotes amid text are read row by row; where none is torn, these are inches."""


def scanned(
    source: Source, fields: Sequence[Field | None], keys: Sequence[int], options: PushOptions
) -> Scan:
    """Read a file through."""
    return _Scanner(source, fields, keys, with_keys=options.order is Order.AUTO).run()


@dataclass(frozen=True, slots=True)
class _Columns:
    """A portion as columns, the keys of its rows, and whether any cell may be suspect, or have a flaw."""

    offset: int
    raw: bytes
    portion: RegularPortion
    keys: list[bytes]
    is_suspect: bool
    is_flawed: bool


class _Scanner:
    def __init__(
        self, source: Source, fields: Sequence[Field | None], keys: Sequence[int], *, with_keys: bool
    ) -> None:
        self._source = source
        self._keys = keys
        self._with_keys = with_keys
        self._sent = [place for place, each in enumerate(fields) if each is not None]
        self._dated = [place for place, each in enumerate(fields) if each is not None and each.is_dated]
        self._header = list(source.header)
        self._nameless = [place for place, column in enumerate(self._header) if not column.strip()]
        self._is_joined_anew = source.delimiter != source.sent_delimiter
        self._sends_all = None not in fields
        self._may_be_rewritten = self._is_joined_anew or bool(self._dated) or not self._sends_all
        self._reader = RegularReader(source.body, source.header)
        self._hints = Hints(source.delimiter)
        self._looks_left = _LOOKS_FOR_TORN_QUOTES
        self._scan = Scan(findings={place: ColumnFindings() for place in self._sent})

    def run(self) -> Scan:
        with key_hashes(self._source.size) as hashes:
            for portion in self._source.portions(self._read):
                if isinstance(portion, _Columns):
                    keys = self._take_columns(portion)
                else:
                    keys = self._take_rows(portion)
                if self._with_keys:
                    hashes.add(keys)
            self._scan.repeated = hashes.repeated()
        return self._scan

    def _read(self, offset: int, raw: bytes, body: Body) -> Portion | _Columns:
        """Read lines as columns, those alone that tell something; where that is unclear, as rows."""
        text = checked_utf8(raw, body.codec)
        if not self._reader.can_read(text):
            return portion_of(offset, raw, body)
        is_suspect = self._hints.are_in(text)
        is_flawed = is_suspect and self._hints.may_be_flawed(text)
        if is_flawed and self._may_be_torn(text):
            return portion_of(offset, raw, body)
        needs_all = is_suspect or (self._may_be_rewritten and b'"' in text)
        places = range(len(self._header)) if needs_all else [*self._keys, *self._dated, *self._nameless]
        portion = self._reader.read(text, places)
        if portion is None or any(portion.text_of(place) for place in self._nameless):
            return portion_of(offset, raw, body)
        if len(portion.text) < len(text):
            if body.codec != "utf-8":
                return portion_of(offset, raw, body)
            raw = portion.text
        keys = keys_of_columns(portion, self._keys)
        if b"" in keys and self._reader.has_blank_row(portion.text):
            return portion_of(offset, raw, body)
        return _Columns(offset, raw, portion, keys, is_suspect, is_flawed)

    def _may_be_torn(self, text: bytes) -> bool:
        """Tell whether the first torn quote may stand here; Arrow reads such rows, but does not tell."""
        if self._looks_left == 0 or self._scan.torn_row is not None:
            return False
        may_be_torn = self._hints.may_be_torn(text)
        self._looks_left -= may_be_torn
        return may_be_torn

    def _take_columns(self, read: _Columns) -> list[bytes]:
        scan, first, portion = self._scan, self._scan.rows + 1, read.portion
        for place in self._sent if read.is_suspect else ():
            scan.findings[place].placeholders += self._hints.words_in(portion.columns[place])
            if read.is_flawed and self._hints.may_be_damaged(portion.columns[place]):
                scan.findings[place].look_for_damages(portion.texts(place), first)
        for place in self._dated:
            cells = portion.columns[place]
            if not self._hints.are_iso_dates(cells):
                in_rows = partial(portion.texts, place)
                scan.findings[place].look_at_dates(days_of(cells), first, in_rows)
        has_quotes = self._may_be_rewritten and b'"' in portion.text
        quotes = sum(portion.text_of(place).count(b'"') for place in portion.columns) if has_quotes else 0
        self._add(read, read.keys, len(portion.text), quotes, has_values=self._sends_all)
        return read.keys

    def _take_rows(self, portion: Portion) -> list[bytes]:
        rows = [record for record in portion.records if not is_blank(record)]
        scan, first, width = self._scan, self._scan.rows + 1, len(self._header)
        if portion.is_torn and scan.torn_row is None:
            scan.torn_row = first
        if self._header in rows:
            scan.headers += [first + at for at, row in enumerate(rows) if row == self._header]
        scan.ragged += sum(len(row) > width for row in rows)
        columns = list(zip_longest(*rows, fillvalue=""))[:width]
        for place, cells in enumerate(columns):
            if place in self._nameless:
                self._note_filled(place, cells)
            elif place in scan.findings:
                scan.findings[place].look_at(cells, first)
            if place in self._dated:
                scan.findings[place].look_at_dates(cells, first, partial(list, cells))
        quotes = sum("".join(row).count('"') for row in rows) if b'"' in portion.raw else 0
        keys = keys_of_rows(rows, self._keys)
        self._add(portion, keys, len(as_utf8(portion.raw, portion.body.codec)), quotes, has_values=False)
        return keys

    def _note_filled(self, place: int, cells: Sequence[str]) -> None:
        if place not in self._scan.filled_row and any(cells):
            row = next(at for at, cell in enumerate(cells) if cell)
            self._scan.filled_row[place] = self._scan.rows + 1 + row

    def _add(
        self, portion: Portion | _Columns, keys: list[bytes], size: int, quotes: int, *, has_values: bool
    ) -> None:
        """Note a portion with the keys of its rows; `has_values` tells that none of them can be blank."""
        growth = growth_of(quotes, portion.raw.count(b",") if self._is_joined_anew else 0)
        is_filled = has_values or (b"" not in keys and _END_MARK not in portion.raw)
        place = portion.offset, len(portion.raw), self._scan.rows + 1, len(keys), size, growth
        self._scan.stretches.append(Stretch(*place, crc32(portion.raw), is_filled))
        self._scan.rows += len(keys)
