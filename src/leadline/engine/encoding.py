"""The bytes of an upload as UTF-8 text, whatever it came in (contract §3.3)."""

import codecs
from collections.abc import Iterable, Iterator


def utf8_blocks(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a file as UTF-8 without byte order mark; what does not decode stays as bad as it is."""
    if encoding == "utf-16":
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        yield from (decoder.decode(block).encode() for block in blocks)
        return
    for number, block in enumerate(blocks):
        yield block.removeprefix(codecs.BOM_UTF8) if number == 0 else block


def find_undecodable(blocks: Iterable[bytes], encoding: str) -> int | None:
    """Return where the file stops being in its encoding, or None when it never does.

    The offset counts bytes of the valid text before the fault as UTF-8 without mark.
    """
    decoder = codecs.getincrementaldecoder(encoding.removesuffix("-sig"))()
    offset = 0
    try:
        for number, part in enumerate(blocks):
            block = part if number else part.removeprefix(codecs.BOM_UTF8)
            if encoding != "utf-16" and block.isascii() and not decoder.getstate()[0]:
                offset += len(block)
            else:
                offset += len(decoder.decode(block).encode())
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        valid = fault.object[: fault.start]
        return offset + len(valid.decode(fault.encoding, "ignore").encode())
    return None


def skip_bytes(blocks: Iterable[bytes], count: int) -> Iterator[bytes]:
    """Yield the blocks without their first `count` bytes."""
    for block in blocks:
        if count < len(block):
            yield block[count:] if count else block
            count = 0
        else:
            count -= len(block)
