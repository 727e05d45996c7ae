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


def read_through(blocks: Iterable[bytes], encoding: str) -> FileBytes:
    """Look at each byte of an upload once; `encoding` is the codec that `detect_encoding` names."""
    digest = hashlib.sha256()

    def hashed() -> Iterator[bytes]:
        for block in blocks:
            digest.update(block)
            yield block

    seen = hashed()
    invalid_from, has_slashes = _look_at_text(seen, encoding)
    for _ in seen:  # what stands behind the fault
        pass
    return FileBytes(invalid_from, has_slashes, digest.hexdigest())


def _look_at_text(blocks: Iterable[bytes], encoding: str) -> tuple[int | None, bool]:
    """Return where a file stops being text, and whether a slash stands before that."""
    decoder = codecs.getincrementaldecoder(encoding.removesuffix("-sig"))()
    offset, has_slashes = 0, False
    try:
        for number, part in enumerate(blocks):
            has_slashes = has_slashes or b"/" in part
            block = part if number else part.removeprefix(codecs.BOM_UTF8)
            pending = len(decoder.getstate()[0])
            if encoding == "utf-16":
                offset += len(decoder.decode(block).encode())
            elif pending or not block.isascii():
                decoder.decode(block)
                offset += pending + len(block) - len(decoder.getstate()[0])
            else:
                offset += len(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        valid = fault.object[: fault.start].decode(fault.encoding, "ignore")
        if encoding == "utf-16" and offset == 0:
            valid = valid.removeprefix("\ufeff")  # the mark, which this codec does not take off
        return offset + len(valid.encode()), has_slashes
    return None, has_slashes


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
