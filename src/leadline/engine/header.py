"""The header of an upload: found, read and matched to fields (contract §3.4).

Needs no data-frame library, so that a creation call can check a header in the API process.
"""

import codecs
from collections.abc import Iterable
from dataclasses import dataclass

from leadline.engine.records import read_records
from leadline.engine.unknown_columns import columns_not_found
from leadline.errors import (
    DUPLICATE_COLUMN,
    EMPTY_FILE,
    HEADER_OPEN,
    HEADER_TOO_LARGE,
    ServiceError,
)
from leadline.model import FileFormat, IssueKind
from leadline.schema.catalog import Field, Key, ObjectType
from leadline.source_file.visible import shown

HEADER_BYTES_MAX = 256 * 1024
HEADER_COLUMNS_MAX = 2_000
WHITE_SPACE_MAX = 16 * 1024 * 1024
_BLANKS = " \t\v\f\r\n"
_REASON_COLUMNS = frozenset(kind.column.lower() for kind in IssueKind)
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Header:
    """The header line: its text as uploaded, its cells, and where the data begins.

    `size` counts bytes of the file as UTF-8 without byte order mark, blank lines before
    the header and its own line end included.
    """

    text: str
    cells: tuple[str, ...]
    size: int


def detect_encoding(head: bytes) -> str:
    """Return the codec of a file by its first bytes: `utf-8-sig` or `utf-16` (contract §3.3)."""
    return "utf-16" if head.startswith(_UTF16_BOMS) else "utf-8-sig"


def read_header(blocks: Iterable[bytes], file_format: FileFormat) -> Header:
    """Read the header from the first blocks of a file as uploaded.

    Raises `ServiceError` 1003 for an empty file, for a header beyond the limits and for one
    whose quote never closes, which would take the whole file for its own.
    """
    text = _decoded_head(blocks)
    start = _first_line_with_a_value(text)
    found = next(read_records(text[start:], file_format.delimiter), None)
    if found is None:
        raise ServiceError(EMPTY_FILE)
    cells, end = found[0], start + found[1]
    if len(text[start:end].encode("utf-8", "surrogatepass")) > HEADER_BYTES_MAX:
        raise ServiceError(HEADER_TOO_LARGE, limit=f"{HEADER_BYTES_MAX} bytes")
    if end > len(text):
        raise ServiceError(HEADER_OPEN)
    if len(cells) > HEADER_COLUMNS_MAX:
        raise ServiceError(HEADER_TOO_LARGE, limit=f"{HEADER_COLUMNS_MAX} columns")
    size = len(text[:end].encode("utf-8", "surrogatepass"))
    return Header(text[start:end].rstrip("\r\n"), tuple(cells), size)


def _decoded_head(blocks: Iterable[bytes]) -> str:
    """Return text that surely holds the header if it is within its limit."""
    decoder: codecs.IncrementalDecoder | None = None
    text = ""
    for block in blocks:
        decoder = decoder or codecs.getincrementaldecoder(detect_encoding(block))("replace")
        text += decoder.decode(block)
        if len(text.strip()) > HEADER_BYTES_MAX or len(text) > WHITE_SPACE_MAX:
            break
    return text


def _first_line_with_a_value(text: str) -> int:
    """Return where the first line begins that is not blank, or where the text ends."""
    first = len(text) - len(text.lstrip(_BLANKS))
    if first == len(text):
        return first
    return max(text.rfind("\n", 0, first), text.rfind("\r", 0, first)) + 1


@dataclass(frozen=True, slots=True)
class PlannedColumn:
    """A column of the file that is read: its place in the file and its field."""

    index: int
    field: Field


def plan_columns(
    header: Header,
    object_type: ObjectType,
    key: Key,
    *,
    ignore_unknown: bool,
    beside: ObjectType | None = None,
) -> tuple[PlannedColumn, ...]:
    """Match header cells to fields; read-only columns, `id` among them, are left out unless they look up.

    A name that the object type does not have may be one of the object type `beside`. The reason
    column of a failure or warning file is ignored, so that such a file can be sent again.
    Raises `ServiceError` 1006 for unknown columns, 1003 for a column named twice; the first fault
    from the left decides.
    """
    planned = []
    unknown: list[str] = []
    seen: set[str] = set()
    for index, name in enumerate(header.cells):
        if name == "" or name.lower() in _REASON_COLUMNS:
            continue
        field = object_type.field(name) or (beside.field(name) if beside else None)
        own_name = (field.name if field else name).lower()
        if own_name in seen:
            if not unknown:
                raise ServiceError(DUPLICATE_COLUMN, name=shown(name))
            continue
        seen.add(own_name)
        if field is None:
            if not ignore_unknown:
                unknown.append(name)
        elif field in key.fields or not (field.read_only or field.system):
            planned.append(PlannedColumn(index, field))
    if unknown:
        raise columns_not_found(unknown, header.cells, [object_type, beside] if beside else [object_type])
    return tuple(planned)
