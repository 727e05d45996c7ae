"""Which rows repeat the key of an earlier row: 64-bit hashes in a temporary file, so that memory is bounded.

Two jobs import at once, so two rows of one key in different pieces may land in either order. Hashes are the
same in each run. Of two keys with one hash the later row waits without need, and comes to no harm.
"""

import tempfile
import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc

NO_KEY = 0
"""Stands for rows without a key, of which none repeats another."""

_BITS = 32
_HASH_BYTES = 8
_ROWS_A_BLOCK = 64 * 1024
_SHARE_BITS_MAX = 8
_FILE_BYTES_A_SHARE = 10_000_000
"""Hashes are shared out by their first bits, so that those of so much of a file are sorted at once."""


def hashes_of(keys: Sequence[bytes]) -> tuple["array[int]", "array[int]"]:
    """Return two numbers of 32 bits for each key: a CRC, and a sum that has nothing in common with it."""
    crcs = array("I", map(zlib.crc32, keys))
    sums = array("I", map(zlib.adler32, keys))
    if b"" in keys:
        for place, key in enumerate(keys):
            if not key:
                crcs[place] = sums[place] = NO_KEY
    return crcs, sums


@contextmanager
def key_hashes(file_bytes: int) -> Iterator["KeyHashes"]:
    """Keep the hashes of the keys of a file of some size in a temporary file."""
    with tempfile.TemporaryFile() as file:
        yield KeyHashes(file, min(_SHARE_BITS_MAX, (file_bytes // _FILE_BYTES_A_SHARE).bit_length()))


class KeyHashes:
    """The hashes of the keys of a file, each with its row, in blocks that are ordered by shares.

    A share is the hashes that begin with the same `bits`; equal ones stand in one share.
    """

    def __init__(self, file: IO[bytes], bits: int) -> None:
        self.file = file
        self._bits = bits
        self._rows = 0
        self._crcs = array("I")
        self._sums = array("I")
        self._ends: list[list[int]] = []

    def add(self, keys: Sequence[bytes]) -> None:
        """Take the keys of the next rows."""
        crcs, sums = hashes_of(keys)
        self._crcs += crcs
        self._sums += sums
        if len(self._crcs) >= _ROWS_A_BLOCK:
            self._write_block()

    def repeated(self) -> bytearray:
        """Return a byte for each row, 1 where an earlier row has its key."""
        self._write_block()
        marks = bytearray(self._rows)
        for share in range(2**self._bits):
            for row in self._repeated_of(share):
                marks[row] = 1
        return marks

    def _write_block(self) -> None:
        crcs, sums = (_numbers(part, pa.uint32()).cast(pa.uint64()) for part in (self._crcs, self._sums))
        hashes = pc.bit_wise_or(pc.shift_left(crcs, _uint64(_BITS)), sums)
        shares = pc.shift_right(crcs, _uint64(_BITS - self._bits)).cast(pa.uint8())
        order = pc.array_sort_indices(shares)
        self.file.write(hashes.take(order).buffers()[1])
        self.file.write(pc.add(order, _uint64(self._rows)).buffers()[1])
        counts = {each["values"]: each["counts"] for each in pc.value_counts(shares).to_pylist()}
        self._ends.append(list(accumulate(counts.get(share, 0) for share in range(2**self._bits))))
        self._rows += len(hashes)
        self._crcs, self._sums = array("I"), array("I")

    def _repeated_of(self, share: int) -> list[int]:
        """Return the rows of a share whose hash an earlier one has: sorting keeps the order of equal ones."""
        hashes, rows = self._share(share)
        order = pc.array_sort_indices(hashes)
        hashes = hashes.take(order)
        is_new = pc.not_equal(hashes[1:], hashes[:-1])
        if pc.all(is_new).as_py():
            return []
        is_repeat = pc.and_(pc.invert(is_new), pc.not_equal(hashes[1:], _uint64(NO_KEY)))
        found: list[int] = rows.take(order[1:].filter(is_repeat)).to_pylist()
        return found

    def _share(self, share: int) -> tuple[Any, Any]:
        """Return the hashes of a share in the order of their rows, and these."""
        hashes, rows, place = bytearray(), bytearray(), 0
        for ends in self._ends:
            start, end, size = (ends[share - 1] if share else 0), ends[share], ends[-1]
            for part, column in enumerate((hashes, rows)):
                self.file.seek(place + (part * size + start) * _HASH_BYTES)
                column += self.file.read((end - start) * _HASH_BYTES)
            place += 2 * size * _HASH_BYTES
        return _numbers(hashes, pa.uint64()), _numbers(rows, pa.uint64())


def _numbers(data: "array[int] | bytearray", kind: Any) -> Any:
    size = memoryview(data).nbytes * 8 // kind.bit_width
    return pa.Array.from_buffers(kind, size, [None, pa.py_buffer(data)])


def _uint64(number: int) -> Any:
    return pa.scalar(number, pa.uint64())
