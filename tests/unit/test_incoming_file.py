"""A file that comes in blocks is whole in the end, and what was found in it does not depend on how it came."""

import asyncio
import errno
import io
import resource
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from leadline.api.multipart import FormReader, fill_form
from leadline.engine.encoding import read_through
from leadline.errors import TRANSIENT, ServiceError
from leadline.imports.incoming_file import IncomingFile
from leadline.store.upload_files import UploadFiles

HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n\r\n'
LINE = "zoë@example.com,1/2/2026\n".encode()
FILES = {
    "empty": b"",
    "small": LINE,
    "of a quarter of a megabyte": LINE * 10_000 + b"x",
    "large": LINE * 150_000,
    "no text": LINE * 60_000 + b"\xff" + LINE * 60_000,
    "ends within a character": LINE * 60_000 + "ë".encode()[:1],
    "UTF-16": (LINE.decode() * 60_000).encode("utf-16"),
}


async def _blocks(body: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


def receive(body: bytes, size: int, new_file: IncomingFile) -> FormReader:
    """Take a body as a call takes it."""
    reader = FormReader("b", 1 << 24, lambda: new_file)
    asyncio.run(fill_form(reader, _blocks(body, size)))
    return reader


@pytest.mark.parametrize("size", [65_536, 262_143, 3_000_000, 1 << 24])
@pytest.mark.parametrize("name", FILES)
def test_it_is_whole_and_looked_through(name: str, size: int) -> None:
    content = FILES[name]
    incoming = IncomingFile(io.BytesIO)
    receive(HEAD + content + b"\r\n--b--\r\n", size, incoming)
    incoming.content.seek(0)
    assert (incoming.content.read() == content, incoming.size) == (True, len(content))
    assert incoming.seen == read_through([content], "utf-16" if name == "UTF-16" else "utf-8-sig")


class _Full(io.BytesIO):
    """A file for which there is space for so many bytes."""

    def __init__(self, space: int) -> None:
        super().__init__()
        self._space = space

    def flush(self) -> None:
        if self.tell() > self._space:
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("space", [300_000, 2_000_000, len(FILES["large"]) - 1])
def test_no_space_for_it(space: int) -> None:
    """At its beginning, in a portion that a thread puts down, with the last bytes: 713, and it is closed."""
    full = _Full(space)
    with pytest.raises(ServiceError) as refused:
        receive(HEAD + FILES["large"] + b"\r\n--b--\r\n", 65_536, IncomingFile(lambda: full))
    assert (refused.value.entry, full.closed) == (TRANSIENT, True)


def test_a_client_that_goes_away() -> None:
    """The file is closed, though a thread may be putting a portion down."""

    async def cut(body: bytes) -> AsyncIterator[bytes]:
        async for block in _blocks(body, 65_536):
            yield block
        raise ConnectionResetError

    kept = io.BytesIO()
    reader = FormReader("b", 1 << 24, partial(IncomingFile, lambda: kept))
    with pytest.raises(ConnectionResetError):
        asyncio.run(fill_form(reader, cut(HEAD + FILES["large"])))
    assert kept.closed


def test_a_full_disk_is_told_once(tmp_path: Path) -> None:
    """Where the rest is so small that it is held back, the file that is closed would write it once more."""
    (tmp_path / "a.db").touch()
    room, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, most))
    try:
        incoming = IncomingFile(lambda: UploadFiles(tmp_path / "a.db", durable=False).unnamed())
        body = HEAD + b"x" * 303_000 + b"\r\n--b--\r\n"
        with pytest.raises(ServiceError) as refusal:
            receive(body, 1 << 20, incoming)
        assert refusal.value.entry == TRANSIENT
        assert incoming.content.closed
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
