"""Ids as UUIDs (version 4), many at once: random ones, or those that a seed gives."""

import hashlib
import os

import polars as pl
import pyarrow as pa

_HEX_DIGITS = 32
_BYTES = _HEX_DIGITS // 2
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


def new_guids(count: int) -> pl.Series:
    """Return so many random UUIDs as lower-case text."""
    return _as_text(os.urandom(count * _BYTES))


def chosen_guids(seed: str, table: str, first_id: int, count: int) -> pl.Series:
    """Return the UUIDs of a table's records from an id on: the same ones for the same seed, table and id."""
    begun = hashlib.blake2b(f"{seed}\n{table}\n".encode(), digest_size=_BYTES)
    noise = bytearray()
    for number in range(first_id, first_id + count):
        each = begun.copy()
        each.update(str(number).encode())
        noise += each.digest()
    return _as_text(bytes(noise))


def _as_text(noise: bytes) -> pl.Series:
    count = len(noise) // _BYTES
    digits = pa.py_buffer(noise.hex().encode())
    ends = pl.int_range(0, _HEX_DIGITS * (count + 1), _HEX_DIGITS, dtype=pl.Int32, eager=True)
    whole = pl.Series("hex", pa.StringArray.from_buffers(count, ends.to_arrow().buffers()[1], digits))
    text = pl.col("hex").str
    variant = text.slice(16, 1).replace_strict(_VARIANT, return_dtype=pl.String)
    parts = [text.slice(0, 8), text.slice(8, 4), pl.concat_str(pl.lit("4"), text.slice(13, 3))]
    parts += [pl.concat_str(variant, text.slice(17, 3)), text.slice(20, _HEX_DIGITS - 20)]
    return whole.to_frame().select(pl.concat_str(parts, separator="-").alias("guid")).to_series()
