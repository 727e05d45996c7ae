"""Which rows repeat the key of an earlier row: 64-bit hashes in a temporary file, so that memory is bounded.

Two jobs import at once, so two rows of one key in different pieces may land in either order. Hashes are the
same in each run. Of two keys with one hash the later row waits for nothing, and comes to no harm.
"""

import tempfile
import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

NO_KEY = 0
"""Stands for rows without a key, of which none repeats another."""

_ROWS_AT_ONCE = 1_000_000
_HASH_BYTES = 8


def hashes_of(keys: Sequence[str]) -> "array[int]":
    """Return a hash of each key: a CRC of 32 bits and a sum that has nothing in common with it."""
    data = [key.encode("utf-8", "surrogatepass") for key in keys]
    pairs = zip(map(zlib.crc32, data), map(zlib.adler32, data), strict=True)
    hashes = array("Q", (high << 32 | low for high, low in pairs))
    if "" in keys:
        for place, key in enumerate(keys):
            if not key:
                hashes[place] = NO_KEY
    return hashes


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

    def add(self, hashes: "array[int]") -> None:
        """Take the hashes of the next rows."""
        self._file.write(hashes)
        self._rows += len(hashes)

    def repeated(self) -> bytearray:
        """Return a byte for each row, 1 where an earlier row has its key; a share of all hashes at a time."""
        marks = bytearray(self._rows)
        shares = -(-self._rows // _ROWS_AT_ONCE)
        for share in range(shares):
            seen: set[int] = set()
            row = 0
            for block in self._blocks():
                for each in block:
                    if each % shares == share and each != NO_KEY:
                        if each in seen:
                            marks[row] = 1
                        seen.add(each)
                    row += 1
        return marks

    def _blocks(self) -> "Iterator[array[int]]":
        self._file.seek(0)
        while block := self._file.read(_HASH_BYTES * 65_536):
            yield array("Q", block)
