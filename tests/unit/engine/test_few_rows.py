"""Steps of few rows and of many give the same, whichever threads take them."""

import polars as pl
import pytest

from leadline.engine import few_rows


@pytest.mark.parametrize("height", [0, 1, 1_000, 1_001])
def test_few_rows_and_many_are_computed_alike(height: int) -> None:
    frame = pl.DataFrame({"a": range(height), "b": ["x"] * height})
    more = [(pl.col("a") + 1).alias("c"), pl.lit("y").alias("b")]
    expected = frame.with_columns(more)
    assert few_rows.with_columns(frame, more).equals(expected)
    assert few_rows.with_columns(frame, more[0], more[1]).columns == expected.columns
    assert few_rows.select(frame, (each for each in more)).equals(frame.select(more))
