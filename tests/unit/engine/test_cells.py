"""Each kind of cell, text by text (contract §8)."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl
import pytest

from leadline.engine.cells import READERS, read_one
from leadline.engine.dates import date_defaults
from leadline.schema.outer_space import trimmed
from leadline.schema.types import FIELD_TYPES, Cell
from tests.oracle_cells import read

ZONE, TODAY = "America/Chicago", date(2026, 3, 1)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """Return an instant of UTC as epoch second."""
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())


CASES: list[tuple[str, str, object]] = [
    ("string", "  as it is ", "as it is"),
    ("email", " Ann@X.co\u200b", "Ann@X.co"),
    ("integer", "7", 7),
    ("integer", "+7", 7),
    ("integer", "-007", -7),
    ("integer", "\u200b42\xa0", 42),
    ("integer", "9223372036854775807", 2**63 - 1),
    ("integer", "9223372036854775808", None),
    ("integer", "1.0", None),
    ("integer", "1e3", None),
    ("integer", "1 000", None),
    ("integer", "٣", None),
    ("score", "-5", -5),
    ("percent", "12%", 12),
    ("percent", "12 %", 12),
    ("percent", "12", 12),
    ("percent", "12%%", None),
    ("percent", "1.5%", None),
    ("float", "1.5", 1.5),
    ("float", "+.5", 0.5),
    ("float", "5.", 5.0),
    ("float", "-1E-2", -0.01),
    ("float", "1e400", None),
    ("float", "nan", None),
    ("float", "inf", None),
    ("float", "1,5", None),
    ("float", ".", None),
    ("currency", "1", 10_000),
    ("currency", "1.5", 15_000),
    ("currency", "-1.23456", -12_346),
    ("currency", "1.00005", 10_001),
    ("currency", "1.00004", 10_000),
    ("currency", ".00005", 1),
    ("currency", "1e2", 1_000_000),
    ("currency", "1e-5", 0),
    ("currency", "5e-5", 1),
    ("currency", "899999999999999", 8_999_999_999_999_990_000),
    ("currency", "900000000000000", None),
    ("currency", "1e15", None),
    ("currency", "$1", None),
    ("boolean", "TRUE", 1),
    ("boolean", "yes", 1),
    ("boolean", "t", 1),
    ("boolean", "1", 1),
    ("boolean", "No", 0),
    ("boolean", "f", 0),
    ("boolean", "0", 0),
    ("boolean", "on", None),
    ("boolean", "2", None),
    ("date", "2026-02-28", "2026-02-28"),
    ("date", "2026-02-30", None),
    ("date", "2024-02-29", "2024-02-29"),
    ("date", "0001-01-01", "0001-01-01"),
    ("date", "0000-01-01", None),
    ("date", "2/3/2026", "2026-02-03"),
    ("date", "02/03/26", "2026-02-03"),
    ("date", "13/3/2026", None),
    ("date", "12/31/46", "2046-12-31"),
    ("date", "1/1/47", "1947-01-01"),
    ("date", "2026-02-28T23:59:59-06:00", "2026-02-28"),
    ("date", "2026-2-8", None),
    ("datetime", "2026-01-02T03:04:05Z", at(2026, 1, 2, 3, 4, 5)),
    ("datetime", "2026-01-02T03:04:05.999z", at(2026, 1, 2, 3, 4, 5)),
    ("datetime", "2026-01-02 03:04 +05:30", at(2026, 1, 1, 21, 34)),
    ("datetime", "2026-01-02T03:04-0330", at(2026, 1, 2, 6, 34)),
    ("datetime", "2026-01-02T03:04+02", at(2026, 1, 2, 1, 4)),
    ("datetime", "2026-01-02T03:04+14:00", at(2026, 1, 1, 13, 4)),
    ("datetime", "2026-01-02T03:04+14:01", None),
    ("datetime", "2026-01-02T03:04+02:60", None),
    ("datetime", "2026-01-02", at(2026, 1, 2, 6)),
    ("datetime", "2026-07-02", at(2026, 7, 2, 5)),
    ("datetime", "2026-01-02T24:00", None),
    ("datetime", "2026-01-02T23:60", None),
    ("datetime", "2026-01-02T23:59:60", None),
    ("datetime", "1/2/2026 12:00 AM", at(2026, 1, 2, 6)),
    ("datetime", "1/2/2026 12:30 pm", at(2026, 1, 2, 18, 30)),
    ("datetime", "1/2/2026 1:05 AM", at(2026, 1, 2, 7, 5)),
    ("datetime", "1/2/2026 1:05 PM", at(2026, 1, 2, 19, 5)),
    ("datetime", "1/2/2026, 11:59:59\u202fPM", at(2026, 1, 3, 5, 59, 59)),
    ("datetime", "1/2/2026 13:05", at(2026, 1, 2, 19, 5)),
    ("datetime", "1/2/2026 13:05 PM", None),
    ("datetime", "1/2/2026 0:05 AM", None),
    ("datetime", "2026-11-01 01:30", at(2026, 11, 1, 6, 30)),
    ("datetime", "2026-03-08 02:30", at(2026, 3, 8, 8, 30)),
    ("datetime", "0001-01-01T00:00+01:00", None),
    ("datetime", "9999-12-31T23:59:59-01:00", None),
]


@pytest.mark.parametrize(("data_type", "text", "expected"), CASES)
def test_a_cell_is_read_so(data_type: str, text: str, expected: object) -> None:
    got = read_one(text, FIELD_TYPES[data_type], ZONE, TODAY)
    assert got == expected, f"{data_type} {text!r}: expected {expected!r}, got {got!r}"
    assert type(got) is type(expected), f"{data_type} {text!r}: {type(got)}"


def test_every_kind_of_cell_is_in_the_table() -> None:
    """So that a new kind comes with its texts."""
    missing = set(Cell) - {FIELD_TYPES[data_type].cell for data_type, _, _ in CASES}
    assert not missing, f"add texts of {sorted(missing)} to CASES"


@pytest.mark.parametrize(("data_type", "text", "expected"), CASES)
def test_the_oracle_reads_it_so(data_type: str, text: str, expected: object) -> None:
    """What the property tests hold the engine to knows each kind of cell; one without blanks, as calls have them."""
    assert read(FIELD_TYPES[data_type].cell, trimmed(text), ZONE, TODAY) == expected


def _cpu_seconds(work: Callable[[], object]) -> float:
    work()
    began = time.process_time()
    for _ in range(5):
        work()
    return time.process_time() - began


@pytest.mark.parametrize("name", ["date", "datetime"])
def test_a_date_is_read_once(name: str) -> None:
    """The parts of a date are looked for once, however often its steps name them."""
    kind = FIELD_TYPES[name]
    cells = pl.Series(["3/4/2025 1:05 PM", "2025-04-03T10:00:00Z"] * 10_000)
    values = READERS[kind.cell](pl.lit(cells), date_defaults(kind, ZONE, TODAY))
    pattern = r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?:\s([0-9]{1,2}):([0-9]{2})\s?([AaPp][Mm]))?$"
    once = _cpu_seconds(lambda: cells.str.extract_groups(pattern))
    assert _cpu_seconds(lambda: pl.select(values)) < 25 * once
