"""The table of what a sandbox costs says which neighbour is missing in it."""

import dataclasses
from pathlib import Path

from tests.bench.neighbours import NEIGHBOURS
from tests.bench.sandboxes import ROWS, table

FIGURES = {key: [1.0, 2.0, 4.0] for key in ROWS}


def test_a_neighbour_that_is_not_to_be_had(tmp_path: Path) -> None:
    there, missing = (dataclasses.replace(each, program=tmp_path / each.name) for each in NEIGHBOURS)
    assert missing.measure("{0}") == {}
    rows = table(FIGURES, [(there, FIGURES), (missing, {})]).splitlines()
    assert rows[-1] == f"{missing.name} was not to be had: there is no {missing.program}."
    assert rows[4] == "| reset | 2.0 | 4.0 | 10; p95 30 | 2.0 | 4.0 | - | - |"
    assert {line.count("|") for line in rows[: len(ROWS) + 2]} == {9}
    assert "not to be had" not in table(FIGURES, [(each, FIGURES) for each in NEIGHBOURS])
