"""Durations and instants of control calls."""

import pytest

from leadline.sandbox.durations import LATEST_MS, instant_ms, render_ms, seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT61M", 3660),
        ("P8D", 8 * 86_400),
        ("PT0.5S", 0.5),
        ("PT0,25S", 0.25),
        ("P1W", 7 * 86_400),
        ("P1DT2H3M4S", 86_400 + 7200 + 180 + 4),
        ("PT0S", 0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "1h", "-PT1S", "PT-1S", "PT1H1", "61", 61, None, True, ["PT1S"]]
)
def test_no_durations(text: object) -> None:
    with pytest.raises(ValueError, match="no duration: write it as ISO 8601 does"):
        seconds_of(text)


@pytest.mark.parametrize("text", ["P1M", "P1Y", "P1Y2M3DT4H"])
def test_months_differ_in_length(text: str) -> None:
    with pytest.raises(ValueError, match="give days"):
        seconds_of(text)


def test_instants() -> None:
    assert instant_ms("2026-03-01T12:00:00Z") == instant_ms("2026-03-01T06:00:00-06:00") == 1_772_366_400_000
    assert render_ms(instant_ms("2026-03-01T12:00:00.25+00:00")) == "2026-03-01T12:00:00.250Z"
    assert render_ms(LATEST_MS).startswith("9998-12-")


@pytest.mark.parametrize(
    "text", ["", "now", "2026-03-01", "2026-03-01T12:00:00", 5, None, "0000-01-01T00:00:00Z"]
)
def test_no_instants(text: object) -> None:
    with pytest.raises(ValueError, match="no instant"):
        instant_ms(text)


@pytest.mark.parametrize(
    "text", ["1969-12-31T23:59:59Z", "9999-06-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_instants_that_no_clock_shows(text: str) -> None:
    with pytest.raises(ValueError, match=r"1970 to 9998|no instant"):
        instant_ms(text)
