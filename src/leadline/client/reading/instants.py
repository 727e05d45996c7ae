"""Days with a time, taken apart: of a million instants there are few days, and few hours."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leadline.client.reading.regular import text_of
from leadline.source_file.written_dates import written_date

_INSTANT = (
    r"^(?P<day>[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-](?:[0-9]{4}|[0-9]{2})) (?P<hour>[0-9]{1,2})"
    r"(?P<minutes>:[0-5][0-9](?::[0-5][0-9])?)(?P<half> ?[AaPp][Mm]|)$"
)
_SOME_DAY, _FULL_HOUR = "31.12.2000", ":00"


def days_of(cells: Any) -> list[str]:
    """Return the cells of a column, in place of its instants their days, each of them once."""
    text = cells.cast(pa.string())
    if b":" in text_of(text):
        found = pc.extract_regex(text, _INSTANT)
        if all(written_date(_at_hour(hour)) for hour in _hours(found).drop_null().unique().to_pylist()):
            text = pc.coalesce(pc.struct_field(found, "day"), text).unique()
    days: list[str] = text.to_pylist()
    return days


def instants_written(text: Any, writer: Callable[[str], str]) -> Any:
    """Return a column with its days and hours written anew; None where a cell is no instant and not blank."""
    found = pc.extract_regex(text, _INSTANT)
    if found.null_count != pc.sum(pc.equal(text, "")).as_py():
        return None
    days = _written(pc.struct_field(found, "day"), writer)
    hours = _written(_hours(found), lambda hour: _hour_written(hour, writer))
    if days is None or hours is None:
        return None
    return pc.fill_null(pc.binary_join_element_wise(days, hours, pc.struct_field(found, "minutes"), ""), "")


def _hours(found: Any) -> Any:
    return pc.binary_join_element_wise(pc.struct_field(found, "hour"), pc.struct_field(found, "half"), "")


def _written(cells: Any, write: Callable[[str], str]) -> Any:
    """Write each text that differs from others once; None where one is not what it should be."""
    encoded = cells.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    written = [write(text) for text in texts]
    if any(text == new for text, new in zip(texts, written, strict=True)):
        return None
    return pa.array(written, pa.string()).take(encoded.indices)


def _hour_written(hour: str, writer: Callable[[str], str]) -> str:
    """Return an hour as it stands behind a day in ISO 8601, or the hour itself where there is no such one."""
    written = writer(_at_hour(hour))
    if written == _at_hour(hour):
        return hour
    return written.removeprefix(writer(_SOME_DAY)).removesuffix(_FULL_HOUR)


def _at_hour(hour: str) -> str:
    digits = hour.rstrip(" AaPpMm")
    return f"{_SOME_DAY} {digits}{_FULL_HOUR}{hour[len(digits) :]}"
