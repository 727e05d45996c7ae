"""Lines of changes are written so that a reader of CSV finds each cell as it was."""

import csv
import io
import random

import pytest

from leadline.imports.written_changes import Line, written

TEXTS = (
    "",
    "plain",
    "a,b",
    'a "b"',
    "a\nb",
    "a\rb",
    "=1+1",
    "a\n=1",
    "-5",
    "'=x",
    "\t",
    "a\n\nb",
    "@",
    "\x00",
)


@pytest.mark.parametrize("escapes", [True, False])
@pytest.mark.parametrize("seed", range(200))
def test_each_cell_comes_back(seed: int, escapes: bool) -> None:
    """Some draws have one text that must be quoted, or that only has a line's end, others none or many."""
    draw = random.Random(seed)
    few = [*draw.sample(TEXTS, draw.randrange(3)), "plain"]
    lines = [Line(draw.choice((None, 7)), "1", *draw.choices(few, k=4)) for _ in range(draw.randrange(1, 6))]
    lines = [each._replace(field="title") for each in lines]

    def told(text: str) -> str:
        starts = text.lstrip("'")[:1]
        return f"'{text}" if escapes and starts and starts in "=+-@\t\r\x00" else text

    found = list(csv.reader(io.StringIO(written(lines, escapes_formulas=escapes).decode(), newline="")))
    assert found == [
        [
            "" if each.row is None else str(each.row),
            each.id,
            told(each.key),
            "title",
            told(each.old),
            told(each.new),
        ]
        for each in lines
    ]
