"""Random ids, many at once."""

import os

import polars as pl
import pyarrow as pa

_HEX_DIGITS = 32
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


def new_guids(count: int) -> pl.Series:
    """Return so many random UUIDs (version 4) as lower-case text."""
    noise = pa.py_buffer(os.urandom(count * _HEX_DIGITS // 2).hex().encode())
    ends = pl.int_range(0, _HEX_DIGITS * (count + 1), _HEX_DIGITS, dtype=pl.Int32, eager=True)
    whole = pl.Series("hex", pa.StringArray.from_buffers(count, ends.to_arrow().buffers()[1], noise))
    text = pl.col("hex").str
    variant = text.slice(16, 1).replace_strict(_VARIANT, return_dtype=pl.String)
    parts = [text.slice(0, 8), text.slice(8, 4), pl.concat_str(pl.lit("4"), text.slice(13, 3))]
    parts += [pl.concat_str(variant, text.slice(17, 3)), text.slice(20, _HEX_DIGITS - 20)]
    return whole.to_frame().select(pl.concat_str(parts, separator="-").alias("guid")).to_series()
