"""The report of a chunk: its ledger, and the lines of the failure and warning files."""

from collections.abc import Sequence

import polars as pl

from leadline.engine.columns import cell_columns
from leadline.engine.few_rows import select
from leadline.engine.frames import padded
from leadline.engine.ledger import pack_ledger
from leadline.engine.plan import PADDED_CELLS_MAX, FileLayout
from leadline.engine.quotes import line_ends, split_records

_FORMULA = r"^'*[=+\-@\t\r\x00]"  # a guard in front gets another, so that taking off one gives it back


def issue_lines(cells: Sequence[pl.DataFrame], reasons: pl.DataFrame, layout: FileLayout) -> bytes:
    """Return one line for each row of `reasons` (row, reason), as contract §7.2 lays them out.

    Original cell text in file order, then the reason; LF ends, quotes only where needed. `cells` are
    the chunk's frames. Short rows are padded, so that reasons stand below their name; but not those
    that lack more than `PADDED_CELLS_MAX` cells, which would be many times what was sent.
    """
    if reasons.is_empty():
        return b""
    frames = [reasons.join(each, on="row", how="inner", maintain_order="left") for each in cells]
    frames = [each for each in frames if not each.is_empty()]
    lacks_many = pl.col("width") < layout.width - PADDED_CELLS_MAX
    if len(frames) == 1 and not frames[0].select(lacks_many.any()).item():
        return _written(padded(frames[0], layout.width), layout)
    lines = [_lines(each, lacks_many, layout) for each in frames]
    return "".join(pl.concat(lines).sort("row")["line"]).encode()


def first_lines(lines: bytes, rows: int, bytes_max: int, delimiter: str) -> tuple[bytes, int]:
    """Return as many of the lines of so many rows as have room, and how many these are."""
    if len(lines) <= bytes_max:
        return lines, rows
    ends = line_ends(lines, delimiter).of_records()
    listed = int((ends <= bytes_max).sum())
    return lines[: int(ends[listed - 1]) if listed else 0], listed


def _written(rows: pl.DataFrame, layout: FileLayout) -> bytes:
    """Return the lines of rows, each with all cells of their frame and its reason."""
    texts = [pl.col(name) for name in (*cell_columns(rows.columns), "reason")]
    text = rows.select(pl.when(each != "").then(each) for each in texts)
    if layout.escapes_formulas:
        text = text.with_columns(_escaped(each) for each in texts)
    lines = text.write_csv(include_header=False, separator=layout.delimiter, quote_style="necessary")
    return lines.encode()


def _lines(rows: pl.DataFrame, lacks_many: pl.Expr, layout: FileLayout) -> pl.DataFrame:
    """Return `row` and `line` of rows of a frame, padded to the width of the header unless they lack many."""
    there = len(cell_columns(rows.columns))
    blank, line = pl.lit("").alias("reason"), pl.col("line")
    text = split_records(_written(rows.with_columns(blank), layout), layout.delimiter)
    width = pl.min_horizontal("width", pl.lit(there))
    own = line.str.slice(0, line.str.len_chars() - 1 - (there - width))
    missing = pl.when(lacks_many).then(0).otherwise(layout.width - width)
    padding = pl.lit(layout.delimiter * PADDED_CELLS_MAX).str.slice(0, missing)
    reason = _written(rows.select("reason", pl.lit("").alias("c0")), layout)
    reasons = split_records(reason, layout.delimiter)
    return rows.select("row", "width", text.alias("line"), reasons.alias("reason")).select(
        "row", pl.concat_str(own, padding, pl.col("reason").str.slice(1)).alias("line")
    )


def _escaped(cell: pl.Expr) -> pl.Expr:
    """Put a quote before what a spreadsheet would take for a formula (ASVS 1.2.10)."""
    return pl.when(cell.str.contains(_FORMULA)).then(pl.format("'{}", cell)).otherwise(cell)


def ledger_of(rows: pl.DataFrame) -> bytes:
    """Return the compact ledger of a decision's rows, which are consecutive."""
    reason = pl.coalesce("reason", "warning").alias("reason")
    table = select(rows, "outcome", "id", reason).to_arrow(compat_level=pl.CompatLevel.oldest())
    return pack_ledger(table)


def summary(processed: int, failed: int, warned: int) -> str:
    """Return the message of a finished job, word for word as contract §2.5 has it."""
    records = f"{processed} records imported ({processed} members)"
    warnings = f", {warned} warning{'s' if warned > 1 else ''}." if warned else ""
    if failed:
        return f"Import completed with errors, {records}, {failed} failed{warnings}"
    return f"Import succeeded, {records}{warnings}"
