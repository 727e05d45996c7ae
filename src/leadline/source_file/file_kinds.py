"""Files that are no text: told by how they begin, before anybody takes their bytes for rows."""

import re
from dataclasses import dataclass

HEAD_BYTES = 4096
"""How much of a file tells its kind."""

_NUL_SHARE = 0.1
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_CURE_TEXT = "export it as csv and send that"
_CURE_PACKED = "unpack it and send what is inside as csv"


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is, and what to do with it."""

    name: str
    cure: str


_PACKED = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\x04\x22\x4d\x18", "an LZ4 archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
)
_DOCUMENTS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document (xls, doc)"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
)
_ZIPPED = (
    (b"xl/", "an Excel workbook (xlsx)"),
    (b"word/", "a Word document (docx)"),
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet (ods)"),
)


def kind_of(head: bytes) -> FileKind | None:
    """Return what a file is that begins so, or None when it may be text."""
    if head.startswith(b"PK\x03\x04"):
        name = next((name for mark, name in _ZIPPED if mark in head), None)
        return FileKind(name, _CURE_TEXT) if name else FileKind("a zip archive", _CURE_PACKED)
    if head[257:262] == b"ustar":
        return FileKind("a tar archive", _CURE_PACKED)
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return FileKind("text in UTF-32", "save it as UTF-8 and send it again")
    if not _looks_like_text(head):
        for kinds, cure in ((_PACKED, _CURE_PACKED), (_DOCUMENTS, _CURE_TEXT)):
            for magic, name in kinds:
                if head.startswith(magic):
                    return FileKind(name, cure)
    return _kind_of_nuls(head)


def _looks_like_text(head: bytes) -> bool:
    """Tell whether a beginning is UTF-8 without control characters: some marks of kinds are words as well."""
    try:
        head[: head.rfind(b"\n") + 1 or len(head)].decode()
    except UnicodeDecodeError:
        return False
    return _CONTROL.search(head) is None


def _kind_of_nuls(head: bytes) -> FileKind | None:
    """Return what a file full of NULs is; a single one is a character like another.

    UTF-16 with its mark has NULs too, and is read.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) <= _NUL_SHARE * len(head):
        return None
    if utf16_order(head):
        return FileKind("text in UTF-16 without a byte order mark", "save it as UTF-8 and send it again")
    return FileKind("no text", _CURE_TEXT)


def utf16_order(head: bytes) -> str | None:
    """Return in which order text in UTF-16 without a mark has its bytes, LE or BE; None where it is none."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > _NUL_SHARE * len(head) and min(even, odd) * 20 <= max(even, odd):
        return "LE" if odd > even else "BE"
    return None
