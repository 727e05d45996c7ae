"""The lines of result files: the user's own columns, the row's number before and the reason behind them."""

from leadline.client.added_columns import AT_FAULT, FAILURE_REASON, SOURCE_ROW, WARNING_REASON
from leadline.client.results.alignment import IssueLine
from leadline.client.results.at_fault import AtFault
from leadline.client.results.source_rows import SourceRows
from leadline.client.results.verdicts import Verdict

FAILURES, WARNINGS, LEDGER, NOT_IMPORTED = "failures", "warnings", "ledger", "not-imported"
LEDGER_HEADER = ["row", "outcome", "id", "reason"]


def header_of(rows: SourceRows, file: str) -> list[str]:
    """Return the header of a result file."""
    if file == LEDGER:
        return LEDGER_HEADER
    reason = WARNING_REASON if file == WARNINGS else FAILURE_REASON
    at_fault = () if file == NOT_IMPORTED else AT_FAULT
    return [SOURCE_ROW, *rows.own_header, reason, *at_fault]


class ResultLines:
    """Makes the lines of result files out of verdicts."""

    def __init__(self, rows: SourceRows) -> None:
        self._rows = rows
        self._at_fault = AtFault(rows)
        self._names = {column.place: column.name.lower() for column in rows.columns}

    def missing(self, verdict: Verdict) -> list[str]:
        """Return the line of a row that is not imported."""
        row = verdict.row
        return [self._rows.shown_number(row), *self._rows.own_cells(row.cells), verdict.reason]

    def issue(self, verdict: Verdict) -> list[str]:
        """Return the line of a failed or warned row."""
        return [*self.missing(verdict), *self._at_fault.cell(verdict.reason, verdict.row.cells)]

    def ledger(self, verdict: Verdict, outcome: str, record_id: str) -> list[str]:
        """Return the ledger's line of a row."""
        return [self._rows.shown_number(verdict.row), outcome, record_id, verdict.reason]

    def unplaced(self, line: IssueLine) -> list[str]:
        """Return a line whose row was not found: with the cells that the server gives, without a number."""
        cells = line.named
        own = [cells.get(self._names.get(place, ""), "") for place in self._rows.own_places]
        return ["", *own, line.reason, "", ""]
