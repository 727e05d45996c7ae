"""The bytes of an upload as UTF-8 text, whatever it came in (contract §3.3)."""

import codecs
import hashlib
from collections.abc import Iterable, Iterator

from leadline.model.dataclass import dataclass


def utf8_blocks(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a file as UTF-8 without byte order mark; what does not decode stays as bad as it is."""
    if encoding == "utf-16":
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        yield from (decoder.decode(block).encode() for block in blocks)
        return
    for number, block in enumerate(blocks):
        yield block.removeprefix(codecs.BOM_UTF8) if number == 0 else block


@dataclass(frozen=True, slots=True)
class FileBytes:
    """What is known of an upload once all its bytes have been seen.

    `invalid_from` is where it stops being text of its encoding, None when it never does. The offset
    counts bytes of the valid text before the fault as UTF-8 without mark. `has_slashes`: a slash
    stands somewhere, as in dates that are written day first. `sha256` is that of the file as it came.
    """

    invalid_from: int | None
    has_slashes: bool
    sha256: str


class Reading:
    """Looks at each byte of an upload once, block after block as they come.

    `encoding` is the codec that `detect_encoding` names; the first block has the whole mark, if there is one.
    """

    def __init__(self, encoding: str) -> None:
        self._digest = hashlib.sha256()
        self._is_utf16 = encoding == "utf-16"
        self._decoder = codecs.getincrementaldecoder(encoding.removesuffix("-sig"))()
        self._is_first = True
        self._offset = 0
        self._has_slashes = False
        self._invalid_from: int | None = None

    def add(self, block: bytes) -> None:
        """Look at the next block; behind a fault nothing but the hash is of interest."""
        self._digest.update(block)
        if self._invalid_from is not None:
            return
        self._has_slashes = self._has_slashes or b"/" in block
        text, self._is_first = block.removeprefix(codecs.BOM_UTF8) if self._is_first else block, False
        try:
            self._decode(text)
        except UnicodeDecodeError as fault:
            self._invalid_from = self._place_of(fault)

    def _decode(self, text: bytes) -> None:
        pending = len(self._decoder.getstate()[0])
        if self._is_utf16:
            self._offset += len(self._decoder.decode(text).encode())
        elif pending or not text.isascii():
            self._decoder.decode(text)
            self._offset += pending + len(text) - len(self._decoder.getstate()[0])
        else:
            self._offset += len(text)

    def _place_of(self, fault: UnicodeDecodeError) -> int:
        valid = fault.object[: fault.start].decode(fault.encoding, "ignore")
        if self._is_utf16 and self._offset == 0:
            valid = valid.removeprefix("\ufeff")  # the mark, which this codec does not take off
        return self._offset + len(valid.encode())

    def end(self) -> FileBytes:
        """Return what was found; an upload may end in the middle of a character."""
        if self._invalid_from is None:
            try:
                self._decoder.decode(b"", final=True)
            except UnicodeDecodeError as fault:
                self._invalid_from = self._place_of(fault)
        return FileBytes(self._invalid_from, self._has_slashes, self._digest.hexdigest())


def read_through(blocks: Iterable[bytes], encoding: str) -> FileBytes:
    """Look at each byte of an upload that is there as a whole."""
    reading = Reading(encoding)
    for block in blocks:
        reading.add(block)
    return reading.end()


def replaced(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield UTF-8 with a character in place of each byte that is no text."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    yield from (decoder.decode(block).encode() for block in blocks)
    yield decoder.decode(b"", final=True).encode()


def skip_bytes(blocks: Iterable[bytes], count: int) -> Iterator[bytes]:
    """Yield the blocks without their first `count` bytes."""
    for block in blocks:
        if count < len(block):
            yield block[count:] if count else block
            count = 0
        else:
            count -= len(block)
