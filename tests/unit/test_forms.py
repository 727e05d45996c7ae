"""The short form leaves out what repeats; a run tells how far it is and what has failed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.progress import LONGEST_FIRST, share_of

ROOT = Path(__file__).parents[2]
SUITE = """
import pytest
from tests.forms import only_long, repeats

both = pytest.mark.parametrize("store", ["sqlite", "postgres"])

def test_plain():
    pass

@repeats
def test_again():
    pass

@both
@repeats("postgres")
def test_on_both(store):
    assert store == "sqlite", "what is wrong\\nand why"

@pytest.mark.parametrize("point", [1, pytest.param(2, marks=repeats)])
def test_points(point):
    pass

@only_long
def test_rarely():
    pass

@both
@only_long("postgres")
def test_rarely_on_both(store):
    pass
"""


def _run(folder: Path, **variables: str) -> str:
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-p", "tests.forms", "-p", "tests.progress", "-q"]
    command += ["-p", "no:cacheprovider", "--tb=no", "-c", str(folder / "pytest.ini")]
    environment = {name: value for name, value in os.environ.items() if name not in ("REPEATS", "CRASH_LONG")}
    ended = subprocess.run(
        [*command, str(folder / "test_suite.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        env=environment | variables,
    )
    return ended.stdout


def test_the_short_form_leaves_out_what_repeats(tmp_path: Path) -> None:
    output = _run(tmp_path)
    assert "4 passed, 5 deselected" in output


@pytest.mark.parametrize(
    ("variable", "told"),
    [("REPEATS", "1 failed, 6 passed, 2 deselected"), ("CRASH_LONG", "1 failed, 8 passed")],
)
def test_the_others_take_it(tmp_path: Path, variable: str, told: str) -> None:
    """What has no part of its own in a proof is left to the long form."""
    output = _run(tmp_path, **{variable: "1"})
    assert f"\n{told} in " in output


def test_a_failure_is_told_as_it_comes(tmp_path: Path) -> None:
    """Its name and the first line of its reason, before the summary."""
    told = _run(tmp_path, REPEATS="1").partition("short test summary")[0]
    assert "test_suite.py::test_on_both[postgres] - AssertionError: what is wrong\n" in told


def test_the_longest_modules_are_there() -> None:
    """Those that begin are named by their paths."""
    assert [each for each in LONGEST_FIRST if not (ROOT / each).exists()] == []
    assert len(set(LONGEST_FIRST)) == len(LONGEST_FIRST)


def test_a_module_s_servers_are_started_once() -> None:
    """Tests that share them run in one process: those of a module, or of a module on one database."""
    rows = "tests/contract/api/test_rows.py::test_switches"
    assert share_of(f"{rows}[sqlite]") != share_of(f"{rows}[postgres]") == share_of(f"{rows}[postgres-1]")
    corpus = "tests/edge/test_corpus.py::test_"
    assert len({share_of(f"{corpus}{name}") for name in ("all", "each[sqlite]", "each[postgres]")}) == 1


def test_no_module_takes_its_marks_back() -> None:
    """A second `pytestmark` replaces the first: what was to be left out on a database ran on it."""
    twice = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "tests").rglob("test_*.py")
        if file.read_text("utf-8").count("\npytestmark = ") > 1
    ]
    assert not twice
