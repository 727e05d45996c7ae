"""Writes what became of the rows of one piece, and counts them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from leadline.client.results.alignment import IssueLine
from leadline.client.results.report import Counts
from leadline.client.results.result_lines import FAILURES, LEDGER, NOT_IMPORTED, WARNINGS, ResultLines
from leadline.client.results.verdicts import Fate, Imported, Verdict

FILES = (NOT_IMPORTED, FAILURES, WARNINGS, LEDGER)
"""All of them; the first is the one for which the user's file is read again, and that may have changed."""
_WARNED = "warned"


class PieceParts:
    """The parts of a piece while they are written; of `unplaced` rows nobody knows which they are."""

    def __init__(self, lines: ResultLines, writers: Mapping[str, Callable[[Sequence[str]], None]]) -> None:
        self._lines = lines
        self._writers = writers
        self._count: Counter[str] = Counter()
        self._last = 0
        self.unplaced = 0

    def take(self, verdicts: Iterable[Verdict | Imported]) -> None:
        """Write a line for each row of which there is something to say."""
        for verdict in verdicts:
            if isinstance(verdict, Imported):
                self._last = verdict.last_row
                self._count[Fate.IMPORTED] += verdict.rows
                continue
            self._last = verdict.row.number
            self._count[verdict.fate] += 1
            if verdict.fate is Fate.FAILED:
                self._write(FAILURES, self._lines.issue(verdict))
            elif verdict.fate is Fate.NOT_IMPORTED:
                self._write(NOT_IMPORTED, self._lines.missing(verdict))
            elif verdict.reason:
                self._count[_WARNED] += 1
                self._write(WARNINGS, self._lines.issue(verdict))
            if verdict.ledger is not None:
                self._write(LEDGER, self._lines.ledger(verdict, *verdict.ledger))

    def take_rest(self, failures: Iterable[IssueLine], warnings: Iterable[IssueLine]) -> None:
        """Write the lines whose rows were not found; those rows stand behind all others of the piece."""
        for line in failures:
            self._fail(line.rows)
            self._write(FAILURES, self._lines.unplaced(line))
        for line in warnings:
            self._warn(line.rows)
            self._write(WARNINGS, self._lines.unplaced(line))

    def match(self, failed: int, warned: int) -> None:
        """Count as many failed and warned rows as the server does: its files may lack some of them."""
        self._fail(failed - self._count[Fate.FAILED])
        self._warn(warned - self._count[_WARNED])

    @property
    def counts(self) -> Counts:
        """The rows that were taken, by what became of them."""
        imported, failed, missing = (self._count[fate] for fate in Fate)
        return Counts(imported + failed + missing, imported, failed, self._count[_WARNED], missing)

    def _fail(self, rows: int) -> None:
        """Take rows for failed ones that were thought to be imported, as far as there are any."""
        rows = max(0, min(rows, self._count[Fate.IMPORTED]))
        self._count[Fate.IMPORTED] -= rows
        self._count[Fate.FAILED] += rows
        self.unplaced += rows

    def _warn(self, rows: int) -> None:
        rows = max(0, min(rows, self._count[Fate.IMPORTED] - self._count[_WARNED]))
        self._count[_WARNED] += rows
        self.unplaced += rows

    def _write(self, file: str, line: list[str]) -> None:
        self._writers[file]([str(self._last), *line])
