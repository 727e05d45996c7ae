"""What the reader finds in a chunk as one frame, whatever frames it is read into."""

import polars as pl

from leadline.engine.frames import padded, read_cells


def read_whole(
    records: bytes, columns: int, delimiter: str, first_row: int, *, has_strays: bool = False
) -> pl.DataFrame:
    """Return the rows of a chunk in file order, each padded to `columns` cells."""
    frames = read_cells(records, columns, delimiter, first_row, has_strays=has_strays)
    return pl.concat([padded(each, columns) for each in frames], how="diagonal").sort("row")
