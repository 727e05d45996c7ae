"""Where a page names a test as its proof, that test exists."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.demo import ROOT

TESTS = ROOT / "tests"
NAMED = re.compile(r"`([\w/]*test_\w+\.py)(?:::(\w+))?`|`(test_\w+)`")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@cache
def sources(name: str) -> list[Path]:
    """Return the files of tests whose path ends with a name."""
    return [
        path for path in TESTS.rglob("*.py") if f"/{path.relative_to(ROOT).as_posix()}".endswith(f"/{name}")
    ]


def missing(text: str) -> list[str]:
    """Return the tests that do not exist; one is named as `file.py`, `folder/file.py::test`, or by the last part alone
    behind another of its file.
    """
    found, last = [], ""
    for file, test, test_alone in NAMED.findall(text):
        last, test = file or last, test or test_alone
        if not any(not test or f"def {test}(" in path.read_text("utf-8") for path in sources(last)):
            found.append(f"{last}::{test}" if test else last)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_tests_exist(page: Path) -> None:
    assert missing(page.read_text("utf-8")) == []


def test_a_test_that_is_not_there_is_told() -> None:
    assert missing("`test_gone.py`, `docs/test_named_tests.py::test_gone`, `test_gone`") == [
        "test_gone.py",
        "docs/test_named_tests.py::test_gone",
        "docs/test_named_tests.py::test_gone",
    ]
    assert missing("`edge/test_named_tests.py`") == ["edge/test_named_tests.py"]
    assert (
        missing("`test_named_tests.py::test_named_tests_exist`, `test_a_test_that_is_not_there_is_told`")
        == []
    )
