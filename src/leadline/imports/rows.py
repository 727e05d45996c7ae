"""Use case: how many data rows a file has, without importing it."""

from collections.abc import Iterator
from typing import IO

from leadline.engine.encoding import skip_bytes, utf8_blocks
from leadline.engine.header import detect_encoding, read_header
from leadline.model.jobs import FileFormat

_BLOCK_BYTES = 1024 * 1024


def data_rows(file: IO[bytes], file_format: FileFormat) -> int:
    """Count the data rows of a file; raises `ServiceError` where it has no header, ValueError for no text."""
    from leadline.engine.reader import count_data_rows  # brings the data-frame library

    def blocks() -> Iterator[bytes]:
        file.seek(0)
        return iter(lambda: file.read(_BLOCK_BYTES), b"")

    encoding = detect_encoding(next(blocks(), b""))
    header = read_header(blocks(), file_format)
    text = skip_bytes(utf8_blocks(blocks(), encoding), header.size)
    return count_data_rows(text, header, file_format.delimiter, header.size)
