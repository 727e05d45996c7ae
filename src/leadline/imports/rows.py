"""Use case: how many data rows a file has, without importing it."""

from collections.abc import Iterator
from typing import IO

from leadline.engine.encoding import skip_bytes, utf8_blocks
from leadline.engine.header import detect_encoding, read_header
from leadline.model.jobs import FileFormat

_BLOCK_BYTES = 1024 * 1024


def data_rows(file: IO[bytes], file_format: FileFormat) -> int:
    """Count the data rows of a file; raises `ServiceError` where it has no header, ValueError for no text."""
    from leadline.engine.frames import count_rows  # brings the data-frame library
    from leadline.engine.reader import cut_chunks

    def blocks() -> Iterator[bytes]:
        file.seek(0)
        return iter(lambda: file.read(_BLOCK_BYTES), b"")

    encoding = detect_encoding(next(blocks(), b""))
    header = read_header(blocks(), file_format)
    text = skip_bytes(utf8_blocks(blocks(), encoding), header.size)
    width, delimiter, rows = len(header.cells), file_format.delimiter, 0
    for chunk in cut_chunks(text, delimiter, header.size):
        rows += count_rows(chunk.records, width, delimiter, header.reasons) + (chunk.broken is not None)
    return rows
