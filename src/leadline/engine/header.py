"""The header of an upload: found, read and matched to fields (contract §3.4).

Needs no data-frame library, so that a creation call can check a header in the API process.
"""

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from leadline.engine.records import end_mark, read_records
from leadline.engine.unknown_columns import columns_not_found
from leadline.errors import (
    DUPLICATE_COLUMN,
    EMPTY_FILE,
    HEADER_OPEN,
    HEADER_TOO_LARGE,
    ServiceError,
)
from leadline.model.dataclass import dataclass
from leadline.model.jobs import FileFormat, IssueKind
from leadline.schema.catalog import Field, Key, ObjectType
from leadline.schema.outer_space import OUTER_SPACE, trimmed
from leadline.source_file.visible import shown

HEADER_BYTES_MAX = 256 * 1024
HEADER_COLUMNS_MAX = 2_000
BLANKS_MAX = 16 * 1024 * 1024
_FIRST_LOOK_BYTES = 16 * 1024
"""Nearly all headers end within so many bytes, and what is behind them need not be decoded."""

_BLANK_RECORDS_MAX = 100_000
"""So many lines of quoted blanks may stand above the header; plain ones cost nothing."""

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

    @property
    def reasons(self) -> tuple[int, ...]:
        """Places of the columns that gave reasons in a failure or warning file."""
        return tuple(place for place, name in enumerate(self.cells) if name.lower() in _REASON_COLUMNS)

    @property
    def named(self) -> tuple[tuple[int, str], ...]:
        """Place and name of each column but those that gave reasons in a failure or warning file."""
        cells = enumerate(self.cells)
        return tuple((place, name) for place, name in cells if name.lower() not in _REASON_COLUMNS)


def detect_encoding(head: bytes) -> str:
    """Return the codec of a file by its first bytes: `utf-8-sig` or `utf-16` (contract §3.3)."""
    return "utf-16" if head.startswith(_UTF16_BOMS) else "utf-8-sig"


def read_header(blocks: Iterable[bytes], file_format: FileFormat) -> Header:
    """Read the header from the first blocks of a file as uploaded: its first line with any value.

    Raises `ServiceError` 1003 for an empty file, for a header beyond the limits and for one
    whose quote never closes, which would take the whole file for its own.
    """
    delimiter, pieces = file_format.delimiter, _small_first(blocks)
    first = next(pieces, b"")
    text = _decoded_head([first], delimiter)
    found = _find_header(text, delimiter)
    if found is None or found[1] >= len(text):  # what follows may say otherwise
        text = _decoded_head(chain([first], pieces), delimiter)
        found = _find_header(text, delimiter)
    if found is None:
        raise ServiceError(EMPTY_FILE)
    return _header(text, *found)


def _small_first(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the blocks, a large first one in two parts."""
    for number, block in enumerate(blocks):
        if number == 0 and len(block) > _FIRST_LOOK_BYTES:
            yield block[:_FIRST_LOOK_BYTES]
            yield block[_FIRST_LOOK_BYTES:]
        else:
            yield block


def _find_header(text: str, delimiter: str) -> tuple[int, int, list[str]] | None:
    """Return begin, end and cells of the first line with any value; one that ends beyond the text is open."""
    begin = start = _first_line_with_a_value(text, delimiter)
    for cells, length in islice(read_records(text[begin:], delimiter), _BLANK_RECORDS_MAX):
        end = begin + length
        if end > len(text) or any(map(trimmed, cells)):
            return start, end, cells
        start = end
    return None


def _header(text: str, start: int, end: int, cells: list[str]) -> Header:
    if len(text[start:end].encode("utf-8", "surrogatepass")) > HEADER_BYTES_MAX:
        raise ServiceError(HEADER_TOO_LARGE, limit=f"{HEADER_BYTES_MAX} bytes")
    if end > len(text):
        raise ServiceError(HEADER_OPEN)
    if len(cells) > HEADER_COLUMNS_MAX:
        raise ServiceError(HEADER_TOO_LARGE, limit=f"{HEADER_COLUMNS_MAX} columns")
    size = len(text[:end].encode("utf-8", "surrogatepass"))
    return Header(text[start:end].rstrip("\r\n"), tuple(cells), size)


def _decoded_head(blocks: Iterable[bytes], delimiter: str) -> str:
    """Return text that surely holds the header if it is within its limit; the file's end mark is no text."""
    decoder: codecs.IncrementalDecoder | None = None
    text = ""
    for block in blocks:
        decoder = decoder or codecs.getincrementaldecoder(detect_encoding(block))("replace")
        text += decoder.decode(block)
        if len(text.strip(OUTER_SPACE + delimiter + '"')) > HEADER_BYTES_MAX or len(text) > BLANKS_MAX:
            return text
    return text[: end_mark(text, "\x1a", "\r\n")]


def _first_line_with_a_value(text: str, delimiter: str) -> int:
    """Return where the first line begins that is more than delimiters and white space, or the text's end."""
    first = len(text) - len(text.lstrip(OUTER_SPACE + delimiter))
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
