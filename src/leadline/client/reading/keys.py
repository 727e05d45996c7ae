"""The keys of rows as servers compare them: without outer white space and in one case."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from leadline.client.reading.portions import Record
from leadline.client.reading.regular import RegularPortion
from leadline.source_file.outer_space import OUTER_SPACE

_BETWEEN = b"\x1f"


def keys_of_rows(rows: Sequence[Record], places: Sequence[int]) -> list[bytes]:
    """Return the key of each row; of no characters where a part of it is blank."""
    return _joined([_folded([row[at] if at < len(row) else "" for row in rows]) for at in places])


def keys_of_columns(portion: RegularPortion, places: Sequence[int]) -> list[bytes]:
    """Return the key of each row, as `keys_of_rows` does."""
    return _joined([_folded_column(portion, place) for place in places])


def _folded(cells: Sequence[str]) -> list[bytes]:
    return [cell.strip(OUTER_SPACE).lower().encode("utf-8", "surrogatepass") for cell in cells]


def _folded_column(portion: RegularPortion, place: int) -> list[bytes]:
    if not portion.text_of(place).isascii():
        return _folded(portion.texts(place))
    text = portion.columns[place].cast(pa.string())
    folded: list[bytes] = pc.ascii_lower(pc.ascii_trim_whitespace(text)).cast(pa.binary()).to_pylist()
    return folded


def _joined(parts: Sequence[list[bytes]]) -> list[bytes]:
    if len(parts) == 1:
        return parts[0]
    return [_BETWEEN.join(each) if all(each) else b"" for each in zip(*parts, strict=True)]
