"""Charts: each number that is not 0 is seen, nothing is drawn outside, and heights are in proportion."""

from datetime import UTC, datetime, timedelta

import pytest

from leadline.console.charts import HEIGHT, STACK, WIDTH, columns_over_time, nice_top, outcome_bar
from leadline.imports.counts import RowsOfTime

BEGIN = datetime(2026, 11, 28, 9, tzinfo=UTC)


def times(*rows: tuple[int, int, int, int]) -> list[RowsOfTime]:
    hour = timedelta(hours=1)
    return [RowsOfTime(BEGIN + hour * place, 1, *each) for place, each in enumerate(rows)]


def test_a_column_is_stacked_from_failures_up() -> None:
    chart = columns_over_time(times((10, 20, 30, 40)), by_hour=True)
    assert [mark.outcome for mark in chart.marks] == list(STACK)
    assert chart.marks[0].outcome == "failed"
    for below, above in zip(chart.marks, chart.marks[1:], strict=False):
        assert below.y == pytest.approx(above.y + above.height, abs=0.02)
    heights = {mark.outcome: mark.height for mark in chart.marks}
    assert heights["failed"] == pytest.approx(4 * heights["created"], rel=0.01)
    assert chart.marks[0].title == "09:00: 40 failed"


def test_one_row_among_a_million_is_seen() -> None:
    chart = columns_over_time(times((1_000_000, 0, 0, 0), (0, 0, 0, 1)), by_hour=True)
    (one,) = [mark for mark in chart.marks if mark.outcome == "failed"]
    assert one.height >= 1.5
    (bar,) = [
        mark for mark in outcome_bar([("created", 1_000_000), ("failed", 1)]) if mark.outcome == "failed"
    ]
    assert bar.width >= 6


@pytest.mark.parametrize("count", [1, 7, 24, 90])
def test_nothing_is_drawn_outside(count: int) -> None:
    chart = columns_over_time(times(*[(place, 1, 0, 2) for place in range(count)]), by_hour=False)
    for mark in chart.marks:
        assert mark.x >= 0
        assert mark.y >= 0
        assert mark.x + mark.width <= WIDTH
        assert mark.y + mark.height <= HEIGHT
    assert 1 <= len(chart.labels) <= 8
    assert chart.labels[-1].x <= WIDTH - 18, "half of the last name has room beside it"
    assert chart.labels[-1].text == f"{(BEGIN + timedelta(hours=count - 1)):%-d %b}"


def test_an_empty_chart_has_an_axis_alone() -> None:
    chart = columns_over_time(times((0, 0, 0, 0)), by_hour=True)
    assert chart.marks == []
    assert [line.text for line in chart.lines] == ["0", "1", "2"]
    assert outcome_bar([("created", 0), ("failed", 0)]) == []


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (3, 5), (10, 10), (11, 20), (51, 100), (999, 1000), (1001, 2000)]
)
def test_the_axis_ends_at_a_round_number(most: int, top: int) -> None:
    assert nice_top(most) == top


def test_a_bar_is_as_wide_as_all_outcomes() -> None:
    marks = outcome_bar([("created", 3), ("updated", 0), ("failed", 1)])
    assert [(mark.outcome, mark.x, mark.width) for mark in marks] == [
        ("created", 0, 750),
        ("failed", 750, 250),
    ]
    many = outcome_bar([("created", 10**6), ("updated", 1), ("unchanged", 1), ("failed", 1)])
    assert sum(mark.width for mark in many) == pytest.approx(1000, abs=0.1)
