"""Steps of frames that have few rows most often: these are computed in the thread that asks.

To hand a step over to the library's threads, and to be woken when it is done, takes longer than the step
does with few rows, and far longer where other programs want the cores.
"""

from collections.abc import Iterable

import polars as pl

_FEW_ROWS = 1_000
_Column = pl.Expr | pl.Series | str


def select(frame: pl.DataFrame, *columns: _Column | Iterable[_Column]) -> pl.DataFrame:
    """Return columns of a frame, as its own `select` does."""
    return (frame.select_seq if frame.height <= _FEW_ROWS else frame.select)(*columns)


def with_columns(frame: pl.DataFrame, *columns: _Column | Iterable[_Column]) -> pl.DataFrame:
    """Return a frame with more columns, as its own `with_columns` does."""
    return (frame.with_columns_seq if frame.height <= _FEW_ROWS else frame.with_columns)(*columns)
