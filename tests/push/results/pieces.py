"""Pieces of a small file made by hand, and a server that has files of jobs."""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leadline.client.ended import Ended, JobStatus, PieceEnd, State
from leadline.client.errors import Exit
from leadline.client.options import FailOn
from leadline.client.plan import Piece, Span
from leadline.client.results.report import Report
from leadline.client.results.results import Results
from leadline.client.results.source_rows import SentColumn, SourceRows

Row = list[str]


def csv_text(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    """Return rows as a server writes them."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue()


def rows_in(path: Path) -> list[Row]:
    """Return the rows of a result file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@dataclass
class Table:
    """A user's file: its columns, the fields that they go into (None: left out), its rows, the pieces' rows.

    Rows that stand together make spans of `together` at most, which are known to be filled where they are.
    """

    header: Row
    fields: list[str | None]
    rows: list[Row]
    pieces: list[list[int]]
    keys: tuple[str, ...] = ("email",)
    display: dict[str, str] = field(default_factory=dict)
    delimiter: str = ","
    together: int = 1
    rows_read: int = 0

    @property
    def columns(self) -> list[SentColumn]:
        """The columns that are sent."""
        return [
            SentColumn(place, name, self.display.get(name, name), "email" if name == "email" else "string")
            for place, name in enumerate(self.fields)
            if name
        ]

    def source(self) -> SourceRows:
        """Return its rows as results read them."""
        return SourceRows(self.header, self.columns, self.keys, self.delimiter, self._rows, self._content)

    def piece(self, number: int) -> Piece:
        """Return a piece, counted from 1."""
        spans: list[Span] = []
        for each in self.pieces[number - 1]:
            if spans and spans[-1].rows < self.together and spans[-1].last_row + 1 == each:
                spans[-1] = self._span(spans[-1].first_row, spans[-1].rows + 1)
            else:
                spans.append(self._span(each, 1))
        return Piece(number, 1, tuple(spans), sum(span.rows for span in spans), 0)

    def sent(self, number: int) -> list[Row]:
        """Return a piece as it is sent, header first."""
        return [
            [column.name for column in self.columns],
            *(self._picked(each) for each in self.pieces[number - 1]),
        ]

    def _picked(self, number: int) -> Row:
        return [self.rows[number - 1][column.place] for column in self.columns]

    def _span(self, first: int, rows: int) -> Span:
        are_filled = all("".join(self._picked(first + place)).strip() for place in range(rows))
        return Span(first, rows, first, rows, is_filled=are_filled and self.together > 1)

    def _rows(self, span: Span) -> Iterator[tuple[int, Row]]:
        self.rows_read += span.rows
        return ((number, self.rows[number - 1]) for number in self._numbers(span))

    def _content(self, span: Span) -> bytes:
        return csv_text([self._picked(number) for number in self._numbers(span)], self.delimiter).encode()

    def _numbers(self, span: Span) -> range:
        return range(span.first_row, span.first_row + span.rows)


@dataclass
class Files:
    """The files of finished jobs, by their batch id."""

    has_ledgers: bool = False
    texts: dict[tuple[str, int], str] = field(default_factory=dict)

    async def failures(self, batch_id: int) -> AsyncIterator[bytes]:
        for chunk in self._chunks("failures", batch_id):
            yield chunk

    async def warnings(self, batch_id: int) -> AsyncIterator[bytes]:
        for chunk in self._chunks("warnings", batch_id):
            yield chunk

    async def ledger(self, batch_id: int) -> AsyncIterator[bytes]:
        for chunk in self._chunks("ledger", batch_id):
            yield chunk

    def _chunks(self, file: str, batch_id: int) -> Iterator[bytes]:
        data = self.texts.get((file, batch_id), "").encode()
        return (data[at : at + 7] for at in range(0, len(data), 7))


def batch_of(piece: int) -> int:
    """Return the batch id of a piece's job."""
    return 1000 + piece


def complete(piece: int, *, imported: int, failed: int = 0, warned: int = 0) -> JobStatus:
    """Return the status of a piece's job that is complete."""
    return JobStatus(batch_of(piece), "Complete", imported, failed, warned, "Import completed")


def merge(results: Results, table: Table, fail_on: FailOn = FailOn.ANY, **states: State) -> Report:
    """Merge the results of all pieces, each of which is done where no other state is given as `p2=...`."""
    ends = []
    for number in range(1, len(table.pieces) + 1):
        state = states.get(f"p{number}", State.DONE)
        is_known = state not in (State.UNSENT, State.UNKNOWN, State.REFUSED)
        ends.append(PieceEnd(table.piece(number), state, batch_of(number) if is_known else None))
    return results.merge(Ended(tuple(ends), 42, Exit.IMPORTED, ""), fail_on)
