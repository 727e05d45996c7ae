"""The geometry of charts: stacked columns over time, and one bar of outcomes; colours are classes of CSS."""

from collections.abc import Sequence
from datetime import datetime

from leadline.console.shown import number
from leadline.imports.counts import RowsOfTime
from leadline.model.dataclass import dataclass

STACK = ("failed", "created", "updated", "unchanged")
"""The outcomes of a column from its foot: failures stand on the axis, so that their heights compare."""

WIDTH, HEIGHT, BAR_HEIGHT = 960.0, 190.0, 14.0
AXIS = 884.0
"""Where the lines of a chart end: their numbers stand at the right, beside the newest columns."""

_LEFT, _RIGHT, _TOP, _FOOT = 0.0, WIDTH - AXIS, 10.0, 24.0
_GAP, _MARK_MIN, _LABELS_MAX = 0.24, 1.5, 8
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle of one outcome; `title` says its number."""

    outcome: str
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the axis at a height, and the number that it stands for."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a time below its column."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that is drawn."""

    marks: list[Mark]
    lines: list[Line]
    labels: list[Label]


def time_of(begin: datetime, *, by_hour: bool) -> str:
    """Return what a time is called: `14:00`, or `17 May`."""
    return f"{begin:%H}:00" if by_hour else f"{begin.day} {begin:%b}"


def columns_over_time(times: Sequence[RowsOfTime], *, by_hour: bool) -> Chart:
    """Return a column for each time, stacked by outcome; what is not 0 is seen, however little it is."""
    top = nice_top(max((_rows(each) for each in times), default=0))
    room = HEIGHT - _TOP - _FOOT
    step = (WIDTH - _LEFT - _RIGHT) / max(len(times), 1)
    marks, labels = [], []
    every = -(-len(times) // _LABELS_MAX)
    for place, each in enumerate(times):
        left, y = _LEFT + place * step, HEIGHT - _FOOT
        name = time_of(each.begin, by_hour=by_hour)
        for outcome in STACK:
            rows = getattr(each, outcome)
            if rows:
                height = max(rows / top * room, _MARK_MIN)
                y -= height
                title = f"{name}: {number(rows)} {outcome}"
                marks.append(_mark(outcome, left + step * _GAP / 2, y, step * (1 - _GAP), height, title))
        if (len(times) - 1 - place) % every == 0:
            labels.append(Label(round(left + step / 2, 2), name))
    heights = ((HEIGHT - _FOOT - share * room, top * share) for share in (0, 0.5, 1))
    lines = [Line(round(y, 2), number(int(value))) for y, value in heights if value == int(value)]
    return Chart(marks, lines, labels)


def outcome_bar(outcomes: Sequence[tuple[str, int]], width: float = 1000) -> list[Mark]:
    """Return the outcomes as pieces of one bar, each as wide as its share; what is not 0 is seen."""
    whole = sum(rows for _, rows in outcomes)
    present = [(name, rows) for name, rows in outcomes if rows]
    least = min(6.0, width / max(len(present), 1))
    small = [rows for _, rows in present if rows / whole * width < least]
    free, large = width - least * len(small), whole - sum(small)
    marks, x = [], 0.0
    for name, rows in present:
        wide = least if rows in small else rows / large * free
        marks.append(_mark(name, x, 0, wide, BAR_HEIGHT, f"{number(rows)} {name}"))
        x += wide
    return marks


def nice_top(most: int) -> int:
    """Return the round even number at which an axis ends, not below the highest column."""
    size: int = 10 ** max(len(str(most)) - 1, 0)
    return max(next(step * size for step in _STEPS if step * size >= most), 2)


def _rows(each: RowsOfTime) -> int:
    return each.created + each.updated + each.unchanged + each.failed


def _mark(outcome: str, x: float, y: float, width: float, height: float, title: str) -> Mark:
    return Mark(outcome, round(x, 2), round(y, 2), round(width, 2), round(height, 2), title)
