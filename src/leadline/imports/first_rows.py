"""The first rows of each reason for which rows of a job failed or were warned of, out of few chunks."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from leadline.imports.issue_lines import cells_of, records_in
from leadline.model.dataclass import dataclass
from leadline.model.jobs import IssueKind, Job, ReasonCount
from leadline.model.records import Outcome
from leadline.store import reports
from leadline.store.base import Session

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCKS_READ_MAX = 2


@dataclass(frozen=True, slots=True)
class FirstRow:
    """A row of a file and its cells; `row` is None where a deleted person's line has left a gap before it."""

    row: int | None
    cells: list[str]


class FirstRows:
    """The chunks of a job that hold first rows; few of them are read."""

    def __init__(self, session: Session, job: Job, starts: Sequence[int]) -> None:
        self._session, self._job, self._starts = session, job, starts
        self._read: dict[tuple[int, IssueKind], tuple[pa.Table, list[str]]] = {}

    def first_rows(self, count: ReasonCount, shares: bool, limit: int) -> list[FirstRow] | None:
        """Return the first rows of a reason; where another column shares it, the first row alone."""
        import pyarrow.compute as pc

        at = bisect_right(self._starts, count.first_row) - 1
        if at < 0:
            return []
        found = self._block(self._starts[at], count.kind)
        if found is None:
            return None
        table, records = found
        wanted = (
            pc.equal(table["row"], count.first_row) if shares else pc.equal(table["reason"], count.reason)
        )
        places = pc.indices_nonzero(wanted.combine_chunks()).to_pylist()[:limit]
        delimiter = self._job.request.file_format.delimiter
        if len(records) < len(table) and not self._job.unlisted(count.kind):
            ended = (cells_of(each, delimiter) for each in records)
            same = (cells for cells, reason in ended if reason == count.reason)
            return [FirstRow(None, cells) for cells in islice(same, limit)]
        rows = table["row"].take(places).to_pylist()
        return [
            FirstRow(row, cells_of(records[place], delimiter)[0])
            for row, place in zip(rows, places, strict=True)
            if place < len(records)
        ]

    def _block(self, start: int, kind: IssueKind) -> "tuple[pa.Table, list[str]] | None":
        """Return the failed or warned rows of a chunk with their lines; None once enough chunks were read."""
        if (start, kind) not in self._read:
            if len(self._read) >= _BLOCKS_READ_MAX:
                return None
            import pyarrow.compute as pc

            from leadline.engine.ledger import read_ledger

            packed = reports.ledger_block(self._session, self._job.batch_id, start)
            lines = reports.issue_block(self._session, self._job.batch_id, start, kind)
            table = read_ledger(packed or b"", start)
            table = table.set_column(
                table.column_names.index("reason"), "reason", table["reason"].cast("string")
            )
            failed = pc.equal(table["outcome"].cast("string"), Outcome.FAILED.value)
            mask = failed if kind is IssueKind.FAILURE else pc.invert(failed)
            issues = table.filter(pc.and_(mask, pc.is_valid(table["reason"])))
            text = b"".join(reports.unpacked(lines or b"")).decode()
            self._read[start, kind] = issues, records_in(text)
        return self._read[start, kind]
