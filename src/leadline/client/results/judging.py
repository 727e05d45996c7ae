"""Says of each row of a finished piece what became of it: by the ledger where there is one, else by lines."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import chain

from leadline.client.plan import Piece, Span
from leadline.client.results.alignment import IssueLines
from leadline.client.results.part_files import rows_in
from leadline.client.results.source_rows import NO_VALUES, SourceRow, SourceRows
from leadline.client.results.verdicts import Fate, Imported, Verdict

_FAILED = "failed"
_Told = Mapping[int, tuple[Fate, str]]
"""Fate and reason of rows by their place among those of a piece that a server takes for rows."""


def by_ledger(rows: SourceRows, piece: Piece, ledger: bytes, missing: str) -> Iterator[Verdict]:
    """Yield a verdict for each row out of a ledger, which numbers the rows of the piece.

    A row that it lacks was not reached, for the reason `missing`.
    """
    lines = rows_in(ledger)
    next(lines, None)
    line, place = next(lines, None), 0
    for span in piece.spans:
        for row in rows.of(span):
            if not (span.is_filled or rows.has_values(row)):
                yield Verdict(row, Fate.NOT_IMPORTED, NO_VALUES)
                continue
            place += 1
            if line is None or int(line[0]) != place:
                yield Verdict(row, Fate.NOT_IMPORTED, missing)
                continue
            _, outcome, record_id, reason = line
            fate = Fate.FAILED if outcome == _FAILED else Fate.IMPORTED
            yield Verdict(row, fate, reason, (outcome, record_id))
            line = next(lines, None)


def by_lines(
    rows: SourceRows, piece: Piece, failures: IssueLines, warnings: IssueLines, missing: str | None
) -> Iterator[Verdict | Imported]:
    """Yield verdicts for all rows out of the lines that tell of failed and warned rows.

    A row without a line is imported, or is not for the reason `missing` where the job has failed.
    """
    failed = failures.find(lambda: rows.sent(piece))
    warned = warnings.find(lambda: rows.sent(piece), failed)
    told = {place: (Fate.FAILED, reason) for place, reason in failed.items()}
    told |= {place: (Fate.IMPORTED, reason) for place, reason in warned.items()}
    places, start = sorted(told), 0
    for span in piece.spans:
        if missing is None and span.is_filled:
            within = places[bisect_left(places, start) : bisect_left(places, start + span.rows)]
            yield from _few(rows, span, {place - start: told[place] for place in within})
            start += span.rows
            continue
        silent = (Fate.IMPORTED, "") if missing is None else (Fate.NOT_IMPORTED, missing)
        for row in rows.of(span):
            if rows.has_values(row):
                yield Verdict(row, *told.get(start, silent))
                start += 1
            else:
                yield Verdict(row, Fate.NOT_IMPORTED, NO_VALUES)


def _few(rows: SourceRows, span: Span, told: _Told) -> Iterator[Verdict | Imported]:
    """Yield a verdict for each row that the server has told of; where it has not, rows are not even read."""
    there = list(rows.rows(span)) if told else []
    for place, verdict in told.items():
        yield Verdict(SourceRow(*there[place]), *verdict)
    yield Imported(span.rows - len(told), span.last_row)


def all_missing(rows: SourceRows, piece: Piece, reason: str) -> Iterator[Verdict]:
    """Yield the verdict that no row of a piece is imported."""
    return (Verdict(row, Fate.NOT_IMPORTED, reason) for row in _rows(rows, piece))


def _rows(rows: SourceRows, piece: Piece) -> Iterator[SourceRow]:
    return chain.from_iterable(map(rows.of, piece.spans))
