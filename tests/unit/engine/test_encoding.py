"""What is found in the bytes of an upload while it is stored, whatever the blocks are (contract §3.3)."""

from hashlib import sha256

import pytest

from leadline.engine.encoding import FileBytes, read_through, utf8_blocks
from leadline.engine.header import detect_encoding

BOM = b"\xef\xbb\xbf"
FILES = [
    (b"", None),
    (b"plain", None),
    ("é€𝛑".encode(), None),
    (BOM + "é".encode(), None),
    (b"\xff", 0),
    (BOM + b"\xff", 0),
    (b"abc\xff", 3),
    ("ä".encode() + b"b\xc3", 3),
    ("ä€".encode() + b"\xe2\x82", 5),
    ("€".encode() + b"\xe2\x28\xa1" + "ä".encode(), 3),
    (b"a\xed\xa0\x80", 1),
    ("aé𝛑".encode("utf-16"), None),
    ("aé".encode("utf-16") + b"\x00", 3),
    ("aé𝛑".encode("utf-16") + b"\x00\xdc", 7),
    ("é".encode("utf-16") + "𝛑".encode("utf-16-le")[:2], 2),
]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 100])
@pytest.mark.parametrize(("file", "expected"), FILES)
def test_where_a_file_stops_being_text(file: bytes, expected: int | None, size: int) -> None:
    """The offset counts the valid text before the fault in bytes of UTF-8 without mark."""
    size = max(size, len(BOM)) if file.startswith(BOM) else size  # a mark is in one block
    blocks = [file[at : at + size] for at in range(0, len(file), size)]
    encoding = detect_encoding(file)
    got = read_through(blocks, encoding)
    assert got == FileBytes(expected, False, sha256(file).hexdigest()), f"{file!r} in blocks of {size}: {got}"
    if expected is None:
        text = file.decode("utf-16" if encoding == "utf-16" else "utf-8-sig")
        assert b"".join(utf8_blocks(blocks, encoding)) == text.encode()


@pytest.mark.parametrize("file", [b"1/2", "é1/2".encode(), "1/2".encode("utf-16"), b"a" * 9 + b"/"])
def test_a_slash_anywhere_is_seen(file: bytes) -> None:
    blocks = [file[at : at + 4] for at in range(0, len(file), 4)]
    assert read_through(blocks, detect_encoding(file)).has_slashes
