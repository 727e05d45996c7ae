"""The encoding of a whole file: found by its bytes, or guessed and said to be a guess.

What imports is UTF-8; what people have is often what a spreadsheet wrote. Where the bytes alone
cannot tell, `is_sure` is false, and a person who sees the cells chooses among `CODECS`.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO

from leadline.source_file.encodings import SAMPLE_BYTES, encoding_of, is_mostly_utf8, whole_lines
from leadline.source_file.file_kinds import HEAD_BYTES, utf16_order

BLOCK_BYTES = 1024 * 1024
UTF8 = "UTF-8"
CODECS = {
    UTF8: "utf-8-sig",
    "UTF-16": "utf-16",
    "UTF-16 LE": "utf-16-le",
    "UTF-16 BE": "utf-16-be",
    "Windows-1252": "cp1252",
    "Windows-1250": "cp1250",
    "Windows-1251": "cp1251",
    "Windows-1254": "cp1254",
    "Latin-1": "latin-1",
    "Mac Roman": "mac_roman",
    "Shift-JIS": "cp932",
    "EUC-JP": "euc_jp",
    "EUC-KR": "cp949",
    "GBK": "gb18030",
    "Big5": "cp950",
}
"""The codec of each encoding by the name that people know it by."""

_EXAMPLES = 3
_BEYOND_ASCII = re.compile(r"[^\s,;|\"]*[^\x00-\x7f][^\s,;|\"]*")
_MARKS = {codecs.BOM_UTF8: UTF8, codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
_WESTERN = ("Windows-1252", "Latin-1")
"""What a file is taken for of which nothing is known; each byte is a letter of Latin-1."""


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """A file's encoding by name, whether the bytes leave no doubt, and the first line that does not fit.

    `words` are the first few of a file that show whether a guess is right: they have letters beyond ASCII.
    """

    name: str
    is_sure: bool = True
    fault_line: int | None = None
    words: tuple[str, ...] = ()

    @property
    def codec(self) -> str:
        """What Python calls the encoding."""
        return CODECS[self.name]


def find_encoding(file: IO[bytes]) -> TextEncoding:
    """Return the encoding of a file; each of its bytes is looked at."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    order = utf16_order(head)
    if marked or order:
        return checked_encoding(file, marked or f"UTF-16 {order}")
    fault = _first_fault(file, CODECS[UTF8])
    if fault is None:
        return TextEncoding(UTF8)
    sample = _lines_around(file, fault)
    if is_mostly_utf8(sample):
        return TextEncoding(UTF8, fault_line=_line_of(file, fault))
    told = encoding_of(sample)
    for name in (told, *_WESTERN):
        if name is not None and _first_fault(file, CODECS[name]) is None:
            return TextEncoding(name, is_sure=name == told, words=_telling_words(sample, CODECS[name]))
    raise AssertionError("each byte is a letter of Latin-1")


def encoding_named(said: str) -> str | None:
    """Return the name in `CODECS` of what a person calls an encoding: `mac_roman`, `cp1252`, `latin1`."""
    names = {_plain(name): name for name in CODECS}
    try:
        codec = codecs.lookup(said).name
    except (LookupError, ValueError):
        codec = ""
    return names.get(_plain(said)) or {codecs.lookup(each).name: name for name, each in CODECS.items()}.get(
        codec
    )


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.casefold())


def _telling_words(sample: bytes, codec: str) -> tuple[str, ...]:
    words = (found[0] for found in _BEYOND_ASCII.finditer(sample.decode(codec, "replace")))
    return tuple(islice(dict.fromkeys(words), _EXAMPLES))


def checked_encoding(file: IO[bytes], name: str) -> TextEncoding:
    """Return an encoding that somebody chose, or that a mark names, with the line that does not fit it."""
    fault = _first_fault(file, CODECS[name])
    return TextEncoding(name, fault_line=None if fault is None else _line_of(file, fault))


def blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file from its beginning."""
    file.seek(0)
    yield from iter(lambda: file.read(BLOCK_BYTES), b"")


def utf8_blocks(file: IO[bytes], codec: str) -> Iterator[bytes]:
    """Yield a file as UTF-8 without its mark, each block whole characters; what is no text is replaced."""
    decoder = codecs.getincrementaldecoder(codec)("replace")
    for block in blocks_of(file):
        yield decoder.decode(block).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _first_fault(file: IO[bytes], codec: str) -> int | None:
    """Return the place of the first byte that does not fit a codec, None where all fit."""
    decoder, read = codecs.getincrementaldecoder(codec)(), 0
    try:
        for block in blocks_of(file):
            read += len(block)
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        return max(0, read - len(fault.object) + fault.start)
    return None


def _lines_around(file: IO[bytes], place: int) -> bytes:
    start = max(0, place - SAMPLE_BYTES // 4)
    file.seek(start)
    return whole_lines(iter(lambda: file.read(SAMPLE_BYTES), b""), begins_whole=start == 0)


def _line_of(file: IO[bytes], place: int) -> int:
    """Return the number of the line in which a byte stands; lone carriage returns end no line here."""
    lines = 1
    for block in blocks_of(file):
        lines += block[:place].count(b"\n")
        place -= len(block)
        if place <= 0:
            break
    return lines
