"""The steps of an import, in the order in which a worker takes them.

`check_chunk` needs only the file; `keys_of` and `links_of` say what to ask the store; `decide` says
what each row does; `report_chunk` writes it up.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import polars as pl
import pyarrow as pa

from leadline.engine.bands import Band, split_bands
from leadline.engine.columns import cell_column, cell_columns
from leadline.engine.decide import Decision, decide
from leadline.engine.frames import read_cells
from leadline.engine.header import read_header
from leadline.engine.keys import fold_keys
from leadline.engine.match_rules import MergeContext
from leadline.engine.plan import FileLayout, MergePlan, layout_of, plan_import
from leadline.engine.reader import RawChunk
from leadline.engine.report import first_lines, issue_lines, ledger_of
from leadline.engine.rows import check_rows, without_guards, without_reasons
from leadline.engine.validate import validate
from leadline.model.dataclass import dataclass
from leadline.model.jobs import FileFormat, ImportRequest, IssueKind
from leadline.model.records import Outcome
from leadline.schema.leads import lead_type
from leadline.schema.record_errors import INVALID_ROW


@dataclass(frozen=True, slots=True)
class CheckedChunk:
    """A chunk read and checked.

    `cells` are frames of rows of like width: `row`, `width` and the texts `c0`, `c1`, ...; `rows` is as
    `validate` returns it, by `plan`, which has no columns that no row has, nor those of the `bands`. `end`
    is the offset behind the chunk, in bytes of the file as UTF-8 without mark.
    """

    cells: list[pl.DataFrame]
    plan: MergePlan
    rows: pl.DataFrame
    bands: list[Band]
    first_row: int
    end: int

    @property
    def row_count(self) -> int:
        """How many data rows the chunk has, the unreadable one included."""
        return self.rows.height


@dataclass(frozen=True, slots=True)
class ChunkReport:
    """What is stored about a chunk beside its records.

    `ledger` is packed as `engine.ledger` does; `failures` and `warnings` are lines of these files in
    UTF-8. `counts` are rows by outcome, `warned` rows with a warning.
    """

    ledger: bytes
    failures: bytes
    warnings: bytes
    counts: dict[Outcome, int]
    warned: int


def check_chunk(raw: RawChunk, plan: MergePlan, layout: FileLayout, first_row: int) -> CheckedChunk:
    """Read a chunk and check each row alone."""
    return check_pieces([raw], plan, layout, first_row)


def check_pieces(
    pieces: Sequence[RawChunk], plan: MergePlan, layout: FileLayout, first_row: int
) -> CheckedChunk:
    """Read pieces that follow each other, and check each of their rows alone; they are one chunk then."""
    frames: list[pl.DataFrame] = []
    next_row = first_row
    for raw in pieces:
        frames += _read(raw, plan, layout, next_row)
        next_row = first_row + sum(cells.height for cells in frames)
    plans = [_plan_of(cells, plan) for cells in frames]
    check = partial(validate, may_have_nul=any(each.has_nul for each in pieces))
    checked = [validated_by(check, cells, plan) for cells in frames]
    base, rows, bands = split_bands(list(zip(plans, checked, strict=True)))
    return CheckedChunk(frames, base, rows, bands, first_row, pieces[-1].end)


def _read(raw: RawChunk, plan: MergePlan, layout: FileLayout, first_row: int) -> list[pl.DataFrame]:
    """Return the frames of a piece, with what is wrong with its rows as wholes."""
    frames = read_cells(
        raw.records,
        layout.width,
        layout.delimiter,
        first_row,
        has_strays=raw.has_strays,
        reasons=layout.header.reasons,
    )
    if layout.has_reasons:
        frames = [without_reasons(cells, layout) for cells in frames]
    if layout.has_guards:
        frames = [without_guards(cells) for cells in frames]
    frames = [check_rows(cells, layout, plan.rules) for cells in frames]
    if raw.broken is not None:
        number = first_row + sum(cells.height for cells in frames)
        frames.append(_broken_row(raw.broken, number, _place_of_text(plan, layout)))
    return frames


def _broken_row(text: str, number: int, place: int) -> pl.DataFrame:
    """Return the frame of the row that cannot be read, its text in one cell."""
    cells = {cell_column(index): "" for index in range(place)} | {cell_column(place): text}
    texts = {**cells, "fault": INVALID_ROW.message(), "row_fault": None, "row_warning": None}
    row = {"row": number, "width": place + 1, **texts}
    return pl.DataFrame([row], schema={"row": pl.Int64, "width": pl.Int64, **dict.fromkeys(texts, pl.String)})


def _plan_of(cells: pl.DataFrame, plan: MergePlan) -> MergePlan:
    return plan.within(len(cell_columns(cells.columns)))


def validated_by(
    check: Callable[[pl.DataFrame, MergePlan], pl.DataFrame], cells: pl.DataFrame, plan: MergePlan
) -> pl.DataFrame:
    """Give a check a frame and its plan; a planned column behind the frame's cells is blank in each row."""
    there, own = len(cell_columns(cells.columns)), _plan_of(cells, plan)
    blank = [cell_column(each.index) for each in own.columns if each.index >= there]
    return check(cells.with_columns(pl.lit("").alias(name) for name in blank) if blank else cells, own)


def _place_of_text(plan: MergePlan, layout: FileLayout) -> int:
    """Return the cell that shows the text of an unreadable row.

    Any but a key's, so that the row has no key and fails again when its failure file is sent again.
    """
    keys = {each.index for each in plan.columns if each.field in plan.key.fields}
    return next((index for index in range(layout.width) if index not in keys), 0)


def keys_of(rows: pl.DataFrame) -> pa.Array:
    """Return the distinct keys of the checked rows that passed, in the order of the index."""
    return _passed(rows)["key"].drop_nulls().unique().sort().to_arrow(compat_level=pl.CompatLevel.oldest())


def links_of(rows: pl.DataFrame, plan: MergePlan) -> dict[str, list[str] | list[int]]:
    """Return, for each link field's column, the distinct folded keys that the rows that passed point to."""
    passed = _passed(rows) if plan.links else rows  # what a bad cell holds may be no text for a store
    return {
        link.column: fold_keys(passed[link.column].drop_nulls().unique(), link.type).unique().to_list()
        for link in plan.links
    }


def _passed(rows: pl.DataFrame) -> pl.DataFrame:
    all_pass = rows["reason"].null_count() == rows.height
    return rows if all_pass else rows.filter(pl.col("reason").is_null())


def report_chunk(chunk: CheckedChunk, decision: Decision, layout: FileLayout) -> ChunkReport:
    """Write up what became of each row."""
    rows = decision.rows
    counted = dict(rows["outcome"].value_counts().iter_rows())
    return ChunkReport(
        ledger=ledger_of(rows),
        failures=_lines_of("reason", chunk, rows, layout),
        warnings=_lines_of("warning", chunk, rows, layout),
        counts={outcome: counted.get(outcome.value, 0) for outcome in Outcome},
        warned=rows.height - rows["warning"].null_count(),
    )


@dataclass(frozen=True, slots=True)
class IssueLines:
    """The lines of a chunk's failed or warned rows that find room, and how many rows find none."""

    lines: bytes
    unlisted: int


def issues_with_room(report: ChunkReport, bytes_left: int, delimiter: str) -> dict[IssueKind, IssueLines]:
    """Return what of a chunk's failures and then of its warnings finds room in so many bytes.

    Where a row has found no room none behind it is listed, so that what is missing is the end.
    """
    found = {}
    for kind, lines, rows in (
        (IssueKind.FAILURE, report.failures, report.counts[Outcome.FAILED]),
        (IssueKind.WARNING, report.warnings, report.warned),
    ):
        kept, listed = first_lines(lines, rows, bytes_left, delimiter)
        found[kind] = IssueLines(kept, rows - listed)
        bytes_left = 0 if rows > listed else bytes_left - len(kept)
    return found


def _lines_of(issue: str, chunk: CheckedChunk, rows: pl.DataFrame, layout: FileLayout) -> bytes:
    """Return the lines of the rows that have an issue; most often there are none."""
    if rows[issue].null_count() == rows.height:
        return b""
    found = rows.filter(pl.col(issue).is_not_null()).select("row", pl.col(issue).alias("reason"))
    return issue_lines(chunk.cells, found, layout)


def warm_up() -> None:
    """Import some rows into nothing, so that the first real chunk does not pay for first times."""
    head = b"email,firstName,leadScore\n"
    rows = b"".join(b"a%d@example.com,Ann,1\n" % (number % 19) for number in range(20))
    request = ImportRequest("lead", FileFormat.CSV, "email")
    header = read_header([head], FileFormat.CSV)
    plan = plan_import(header, lead_type(), request, today=date.min)
    layout = layout_of(header, FileFormat.CSV)
    chunk = check_chunk(RawChunk(rows, None, len(head) + len(rows)), plan, layout, 1)
    keys_of(chunk.rows)
    report_chunk(chunk, decide(chunk.rows, empty_matches(plan), plan, MergeContext(next_id=1)), layout)


def empty_matches(plan: MergePlan) -> pa.Table:
    """Return the stored records of a store without any."""
    names = ["key", "id", "updated_at", "changed", "gap", *(each.column for each in plan.stored_fields)]
    names += ["partition_id"] if plan.object_type.partitioned else []
    return pa.table({name: pa.nulls(0) for name in names})
