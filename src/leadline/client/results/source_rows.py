"""The user's rows beside the rows as they were sent, some thousand that stand together at a time."""

import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

from leadline.client.added_columns import SOURCE_ROW, added_places
from leadline.client.plan import Piece, Span
from leadline.client.reading import Mapping, rows_of_span, span_content
from leadline.client.reading.portions import is_blank
from leadline.client.results.part_files import csv_rows

NO_VALUES = "no value in the columns that are imported"


@dataclass(frozen=True, slots=True)
class SentColumn:
    """A column that is sent: where it stands in the user's file, its field's two names and its type."""

    place: int
    name: str
    display_name: str
    data_type: str = "string"


class SourceRow(NamedTuple):
    """A row of the user's file: its number in it, and its cells."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class SourceRows:
    """Reads the rows of a span again.

    `rows` gives them as they stand in the file, `content` the bytes as sent. `keys` are the names of the
    fields that records are looked up by.
    """

    header: Sequence[str]
    columns: Sequence[SentColumn]
    keys: Sequence[str]
    delimiter: str
    rows: Callable[[Span], Iterator[tuple[int, list[str]]]]
    content: Callable[[Span], bytes]

    def of(self, span: Span) -> Iterator[SourceRow]:
        """Yield the rows of a span in file order."""
        return itertools.starmap(SourceRow, self.rows(span))

    def has_values(self, row: SourceRow) -> bool:
        """Tell whether anything of a row is imported: to a server a row without is a blank line."""
        cells, width = row.cells, len(self.header)
        sent = [cells[column.place] for column in self.columns if column.place < len(cells)]
        return not is_blank(sent + cells[width:])

    def sent(self, piece: Piece) -> Iterator[list[str]]:
        """Yield the rows of a piece as they were sent, without blank ones, as wide as the header."""
        width = len(self.columns)
        for span in piece.spans:
            text = io.TextIOWrapper(io.BytesIO(self.content(span)), "utf-8", newline="")
            for cells in csv_rows(text, self.delimiter):
                if span.is_filled or not is_blank(cells):
                    yield cells if len(cells) == width else [*cells[:width], *[""] * (width - len(cells))]

    @cached_property
    def _added(self) -> dict[str, int]:
        return added_places(self.header)

    @cached_property
    def own_places(self) -> tuple[int, ...]:
        """Where the user's own columns stand: all but those that a push has added to a result file."""
        added = set(self._added.values())
        return tuple(place for place in range(len(self.header)) if place not in added)

    @cached_property
    def own_header(self) -> list[str]:
        """The names of the user's own columns."""
        return [self.header[place] for place in self.own_places]

    def own_cells(self, cells: Sequence[str]) -> list[str]:
        """Return a row's cells in the user's own columns."""
        width = len(cells)
        return [cells[place] if place < width else "" for place in self.own_places]

    def shown_number(self, row: SourceRow) -> str:
        """Return a row's number, in a mended result file the one that the row brings along."""
        place = self._added.get(SOURCE_ROW)
        brought = row.cells[place].strip() if place is not None and place < len(row.cells) else ""
        return brought or str(row.number)


def source_rows(mapping: Mapping) -> SourceRows:
    """Return the rows of a file whose columns are mapped."""
    source = mapping.source
    return SourceRows(
        source.header,
        [SentColumn(place, field.name, field.display_name, field.data_type) for place, field in mapping.sent],
        [field.name for place, field in mapping.sent if place in mapping.keys],
        source.sent_delimiter,
        partial(rows_of_span, source),
        partial(span_content, source, mapping),
    )
