"""A push that is killed at any line of its manifest goes on, and each row is imported and told of once."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from leadline.client import Exit, PushOptions, Unknown
from leadline.client.ended import State
from leadline.testing.subscription import Subscription
from tests.forms import LONG, only_long
from tests.push.whole.pushes import (
    ROOMY,
    SMALL,
    creates,
    hold_rows,
    make_file,
    people,
    read_rows,
    run,
    states,
)

ROOT = Path(__file__).parents[3]
SIDES = [
    pytest.param(True, marks=pytest.mark.leadline(original=True, limits=ROOMY), id="original"),
    pytest.param(False, marks=pytest.mark.leadline(limits=ROOMY), id="leadline"),
]
LINES = 13
"""Lines of a push of four pieces to which nothing happens: the plan, and three of each."""


def rows_of_a_file() -> list[dict[str, str]]:
    """Return rows for three pieces at once and one behind them, whose keys repeat earlier ones; one row fails."""
    rows = people(30, company="Old")
    rows[4] = rows[4] | {"email": ""}
    return [*rows, *people(3, company="New")]


def push_killed(one: Subscription, file: Path, where: str, number: int, in_flight: int = 3) -> int:
    """Push in a process of its own; return its exit code."""
    asked = [str(file), "100", str(in_flight), where, str(number)]
    command = [sys.executable, "-m", "tests.push.whole.program", *asked]
    env = {name: value for name, value in os.environ.items() if not name.startswith("LEADLINE_")}
    marks = {name: value for name, value in os.environ.items() if name.startswith("LEADLINE_TEST_")}
    return subprocess.run(
        command, cwd=ROOT, env=env | marks | one.env, stdout=subprocess.DEVNULL, timeout=120, check=False
    ).returncode


def hold_outcome(one: Subscription, options: PushOptions, is_original: bool) -> None:
    """Hold store and result files, and that no piece was sent again of which it was known that it was taken."""
    rows = rows_of_a_file()
    hold_rows(one, [row for row in rows if row["email"]])
    failures = read_rows(options.out_folder / "failures.csv")
    assert [row["Source Row"] for row in failures] == ["5"]
    assert read_rows(options.out_folder / "not-imported.csv") == []
    pieces = {piece for piece, _ in states(options.manifest_path)}
    if not is_original:
        ledger = Counter(row["row"] for row in read_rows(options.out_folder / "ledger.csv"))
        assert ledger == Counter(str(number) for number in range(1, len(rows) + 1))
        one.assert_jobs(count=len(pieces), status="Complete")
        return
    found = states(options.manifest_path)
    unknown = sum(state is State.UNKNOWN for _, state in found)
    assert len(creates(one)) <= len(pieces) + unknown
    for piece in pieces:
        own = [state for number, state in found if number == piece]
        assert own.count(State.SENDING) == own.count(State.UNKNOWN) + 1
        assert own.count(State.DONE) == 1


ALL_POINTS = [(where, number) for number in range(1, LINES + 1) for where in ("before", "after")]
POINTS = ALL_POINTS if LONG else ALL_POINTS[1::6]
"""The short form takes some: pieces that are sent at once come to each state in turn."""


@pytest.mark.parametrize(("where", "number"), POINTS)
@pytest.mark.parametrize("is_original", SIDES)
def test_a_push_that_was_killed_goes_on(
    leadline: Subscription, tmp_path: Path, is_original: bool, where: str, number: int
) -> None:
    options = PushOptions(make_file(tmp_path, rows_of_a_file()), pace=SMALL, unknown=Unknown.RESEND)
    assert push_killed(leadline, options.file, where, number) == -9
    report = run(leadline, options)
    assert report.exit is Exit.ROWS_MISSING
    assert (report.counts.rows, report.counts.imported, report.counts.failed) == (33, 32, 1)
    hold_outcome(leadline, options, is_original)


@pytest.mark.parametrize("lines", [4, pytest.param(5, marks=only_long), pytest.param(6, marks=only_long)])
@pytest.mark.parametrize("is_original", SIDES)
def test_a_push_that_is_killed_again_and_again_comes_to_its_end(
    leadline: Subscription, tmp_path: Path, is_original: bool, lines: int
) -> None:
    """Each process lives for a few lines."""
    options = PushOptions(make_file(tmp_path, rows_of_a_file()), pace=SMALL, unknown=Unknown.RESEND)
    exits = []
    while not exits or exits[-1] == -9:
        exits.append(push_killed(leadline, options.file, "after", lines, in_flight=1))
        assert len(exits) < 20, states(options.manifest_path)
    assert exits[-1] == Exit.ROWS_MISSING
    assert len(exits) > 2
    hold_outcome(leadline, options, is_original)
