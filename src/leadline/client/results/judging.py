"""Says of each row of a finished piece what became of it: by the ledger where there is one, else by lines."""

from collections.abc import Iterator

from leadline.client.plan import Piece
from leadline.client.results.alignment import IssueLines
from leadline.client.results.part_files import rows_in
from leadline.client.results.source_rows import NO_VALUES, SourceRows
from leadline.client.results.verdicts import Fate, Verdict

_FAILED = "failed"


def by_ledger(rows: SourceRows, piece: Piece, ledger: bytes, missing: str) -> Iterator[Verdict]:
    """Yield a verdict for each row out of a ledger, which numbers the rows of the piece.

    A row that it lacks was not reached, for the reason `missing`.
    """
    lines = rows_in(ledger)
    next(lines, None)
    line, place = next(lines, None), 0
    for row in rows.of(piece):
        if not rows.has_values(row):
            yield Verdict(row, Fate.NOT_IMPORTED, NO_VALUES)
            continue
        place += 1
        if line is None or int(line[0]) != place:
            yield Verdict(row, Fate.NOT_IMPORTED, missing)
            continue
        _, outcome, record_id, reason = line
        yield Verdict(row, Fate.FAILED if outcome == _FAILED else Fate.IMPORTED, reason, (outcome, record_id))
        line = next(lines, None)


def by_lines(
    rows: SourceRows, piece: Piece, failures: IssueLines, warnings: IssueLines, missing: str | None
) -> Iterator[Verdict]:
    """Yield a verdict for each row out of the lines that tell of failed and warned rows.

    A row without a line is imported, or is not for the reason `missing` where the job has failed.
    """
    failed = failures.find(lambda: rows.sent(piece))
    warned = warnings.find(lambda: rows.sent(piece), failed)
    silent = (Fate.IMPORTED, "") if missing is None else (Fate.NOT_IMPORTED, missing)
    place = -1
    for row in rows.of(piece):
        if not rows.has_values(row):
            yield Verdict(row, Fate.NOT_IMPORTED, NO_VALUES)
            continue
        place += 1
        if place in failed:
            yield Verdict(row, Fate.FAILED, failed[place])
        elif place in warned:
            yield Verdict(row, Fate.IMPORTED, warned[place])
        else:
            yield Verdict(row, *silent)


def all_missing(rows: SourceRows, piece: Piece, reason: str) -> Iterator[Verdict]:
    """Yield the verdict that no row of a piece is imported."""
    return (Verdict(row, Fate.NOT_IMPORTED, reason) for row in rows.of(piece))
