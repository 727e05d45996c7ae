"""The files and the counts of a preview, out of what a file would do."""

from collections.abc import Iterator, Sequence

import polars as pl

from leadline.engine.drift import Acts
from leadline.engine.report_blocks import pack_blocks, unpack_block
from leadline.merging.foreseen import Foreseen
from leadline.store import report_files, reports
from leadline.store.base import Session

_PIECE_BYTES = 1024 * 1024
ROWS, CHANGES, FAULTS, DRIFT = "rows", "changes", "faults", "drift"


def blocks_of(table: pl.DataFrame) -> Iterator[bytes]:
    """Yield a table in blocks."""
    return pack_blocks(table.to_arrow(compat_level=pl.CompatLevel.oldest()))


def text_blocks(lines: bytes) -> Iterator[bytes]:
    """Yield the lines of a failure or warning file in blocks."""
    for start in range(0, len(lines), _PIECE_BYTES):
        yield reports.packed(lines[start : start + _PIECE_BYTES])


def files_of(foreseen: Foreseen, faults: pl.DataFrame, columns: Sequence[str]) -> dict[str, Iterator[bytes]]:
    """Return the blocks of the files that are made of tables; `columns` are those of the uploaded file."""
    names = pl.Series(columns, dtype=pl.String)
    rows = foreseen.rows.select(
        "row",
        pl.col("outcome").cast(pl.Categorical),
        "id",
        "record",
        pl.coalesce("reason", "warning").alias("reason"),
    )
    changes = foreseen.changes.with_columns(pl.col("field").cast(pl.Categorical))
    told = faults.select("row", pl.lit(names).gather(pl.col("place")).alias("column"), "value", "reason")
    return {
        ROWS: blocks_of(rows),
        CHANGES: blocks_of(changes),
        FAULTS: blocks_of(told),
    }


def acts_of(foreseen: Foreseen) -> Acts:
    """Return what can be compared of what a file would do."""
    return _acts(foreseen.rows, foreseen.changes)


def kept_acts(session: Session, preview_id: str) -> Acts:
    """Return what a preview has shown, as far as it is compared."""
    rows, changes = (_kept(session, preview_id, name) for name in (ROWS, CHANGES))
    return _acts(rows, changes)


def _acts(rows: pl.DataFrame, changes: pl.DataFrame) -> Acts:
    cells = changes.select("row", "record", pl.col("field").cast(pl.String), "old", "new", "is_moment")
    own_rows = rows.select("row", pl.col("outcome").cast(pl.String), "id", "record")
    return Acts(own_rows, cells)


_SCHEMAS: dict[str, dict[str, type[pl.DataType]]] = {
    ROWS: {"row": pl.Int64, "outcome": pl.String, "id": pl.String, "record": pl.Int64},
    CHANGES: {
        "row": pl.Int64,
        "record": pl.Int64,
        "field": pl.String,
        "old": pl.String,
        "new": pl.String,
        "is_moment": pl.Boolean,
    },
}


def _kept(session: Session, owner: str, name: str) -> pl.DataFrame:
    frames = [pl.DataFrame(schema=_SCHEMAS[name])]
    for part in report_files.parts(session, owner, name):
        block = report_files.block(session, owner, name, part)
        assert block is not None, "a transaction's view of the store stays the same"
        frame = pl.from_arrow(unpack_block(block))
        assert isinstance(frame, pl.DataFrame)
        frames.append(frame.select(pl.col(each).cast(dtype) for each, dtype in _SCHEMAS[name].items()))
    return pl.concat(frames)
