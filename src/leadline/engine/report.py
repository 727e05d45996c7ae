"""The report of a chunk: its ledger, and the lines of the failure and warning files."""

import polars as pl

from leadline.engine.columns import cell_column
from leadline.engine.ledger import pack_ledger
from leadline.engine.plan import FileLayout

_FORMULA = r"^'*[=+\-@\t\r\x00]"  # a guard in front gets another, so that taking off one gives it back


def issue_lines(cells: pl.DataFrame, reasons: pl.DataFrame, layout: FileLayout) -> bytes:
    """Return one line for each row of `reasons` (row, reason), as contract §7.2 lays them out.

    Original cell text in file order, then the reason; LF ends, quotes only where needed.
    """
    if reasons.is_empty():
        return b""
    names = [*(cell_column(index) for index in range(layout.width)), "reason"]
    rows = reasons.join(cells, on="row", how="left", maintain_order="left")
    text = rows.select(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in names)
    if layout.escapes_formulas:
        text = text.with_columns(_escaped(pl.col(name)).alias(name) for name in names)
    lines = text.write_csv(include_header=False, separator=layout.delimiter, quote_style="necessary")
    return lines.encode()


def _escaped(cell: pl.Expr) -> pl.Expr:
    """Put a quote before what a spreadsheet would take for a formula (ASVS 1.2.10)."""
    return pl.when(cell.str.contains(_FORMULA)).then(pl.format("'{}", cell)).otherwise(cell)


def ledger_of(rows: pl.DataFrame) -> bytes:
    """Return the compact ledger of a decision's rows, which are consecutive."""
    reason = pl.coalesce("reason", "warning").alias("reason")
    table = rows.select("outcome", "id", reason).to_arrow(compat_level=pl.CompatLevel.oldest())
    return pack_ledger(table)


def summary(processed: int, failed: int, warned: int) -> str:
    """Return the message of a finished job, word for word as contract §2.5 has it."""
    records = f"{processed} records imported ({processed} members)"
    warnings = f", {warned} warning{'s' if warned > 1 else ''}." if warned else ""
    if failed:
        return f"Import completed with errors, {records}, {failed} failed{warnings}"
    return f"Import succeeded, {records}{warnings}"
