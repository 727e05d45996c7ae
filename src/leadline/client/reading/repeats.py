"""Which rows repeat the key of an earlier row: 64-bit hashes in a temporary file, so that memory is bounded.

Two jobs import at once, so two rows of one key in different pieces may land in either order. Hashes are the
same in each run. Of two keys with one hash the later row waits without need, and comes to no harm.
"""

import tempfile
import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

NO_KEY = 0
"""Stands for rows without a key, of which none repeats another."""

_ROWS_AT_ONCE = 1_000_000
_BLOCK_BYTES = 1024 * 1024
_SUM_BITS = 32


def hashes_of(keys: Sequence[bytes]) -> tuple["array[int]", "array[int]"]:
    """Return two numbers of 32 bits for each key: a CRC, and a sum that has nothing in common with it."""
    sums = array("I", map(zlib.adler32, keys))
    crcs = array("I", map(zlib.crc32, keys))
    if b"" in keys:
        for place, key in enumerate(keys):
            if not key:
                crcs[place] = sums[place] = NO_KEY
    return crcs, sums


@contextmanager
def key_hashes() -> Iterator["KeyHashes"]:
    """Keep the hashes of a file's keys in a temporary file."""
    with tempfile.TemporaryFile(prefix="leadline-push-") as file:
        yield KeyHashes(file)


class KeyHashes:
    """The hashes of the keys of a file, in the order of its rows."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._rows = 0

    def add(self, keys: Sequence[bytes]) -> None:
        """Take the keys of the next rows."""
        import pyarrow as pa
        import pyarrow.compute as pc

        crcs, sums = (
            pa.Array.from_buffers(pa.uint32(), len(keys), [None, pa.py_buffer(part)]).cast(pa.uint64())
            for part in hashes_of(keys)
        )
        hashes = pc.bit_wise_or(pc.shift_left(crcs, pa.scalar(_SUM_BITS, pa.uint64())), sums)
        self._file.write(hashes.buffers()[1])
        self._rows += len(keys)

    def repeated(self) -> bytearray:
        """Return a byte for each row, 1 where an earlier row has its key; a share of all hashes at a time."""
        marks = bytearray(self._rows)
        shares = 1
        while self._rows > _ROWS_AT_ONCE * shares:
            shares *= 2
        for share in range(shares):
            for row in self._repeated_of(share, shares):
                marks[row] = 1
        return marks

    def _repeated_of(self, share: int, shares: int) -> list[int]:
        """Return the rows of a share whose hash is not new: it adds nothing to those that stand before."""
        import pyarrow as pa
        import pyarrow.compute as pc

        hashes, rows = self._share(share, shares)
        codes = hashes.combine_chunks().dictionary_encode().indices
        newest = pc.cumulative_max(codes)
        is_new = pc.greater(newest[1:], newest[:-1])
        found: list[int] = (
            rows.combine_chunks()[1:].filter(pc.invert(is_new)).to_pylist() if len(codes) else []
        )
        pa.default_memory_pool().release_unused()
        return found

    def _share(self, share: int, shares: int) -> tuple[Any, Any]:
        import pyarrow as pa
        import pyarrow.compute as pc

        hashes, rows, first = [], [], 0
        for block in self._blocks():
            each = pa.Array.from_buffers(pa.uint64(), len(block) // 8, [None, pa.py_buffer(block)])
            of_crc = pc.shift_right(each, pa.scalar(_SUM_BITS, pa.uint64()))
            is_own = pc.equal(
                pc.bit_wise_and(of_crc, pa.scalar(shares - 1, pa.uint64())), pa.scalar(share, pa.uint64())
            )
            is_own = pc.and_(is_own, pc.not_equal(each, pa.scalar(NO_KEY, pa.uint64())))
            hashes.append(each.filter(is_own))
            rows.append(pc.add(pc.indices_nonzero(is_own), pa.scalar(first, pa.uint64())))
            first += len(each)
        return pa.chunked_array(hashes, pa.uint64()), pa.chunked_array(rows, pa.uint64())

    def _blocks(self) -> Iterator[bytes]:
        self._file.seek(0)
        while block := self._file.read(_BLOCK_BYTES):
            yield block
