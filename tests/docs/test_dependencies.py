"""The page of dependencies names each package that is asked for or brought along, and how large it is."""

import platform
import re
import sys
import tomllib
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement

from tests.docs.demo import ROOT

PAGE = (ROOT / "docs/reference/dependencies.md").read_text("utf-8")
RUNS, DEVELOPS = PAGE.split("## What develops")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
ROWS = [
    tuple(cell.strip() for cell in line.split("|")[1:-1])
    for line in re.findall(r"^\| [a-z].*\|$", RUNS, re.MULTILINE)
    if not line.startswith("| package ")
]
TOLERANCE = 0.2
"""What a package may grow or shrink before its line is looked at again; below a tenth of an MB nobody looks."""


def test_each_package_that_is_asked_for_is_justified() -> None:
    """One that came or went needs its line: what it does here, and what else could have."""
    asked = [Requirement(each).name for each in PROJECT["project"]["dependencies"]]
    assert [row[0] for row in ROWS] == sorted(asked)
    assert all(what and against for *_, what, against in ROWS)
    developing = [Requirement(each).name for each in PROJECT["dependency-groups"]["dev"]]
    told = re.findall(r"^\| ([\w-]+) \| \S.* \|$", DEVELOPS, re.MULTILINE)
    assert told[1:] == sorted(developing, key=str.lower)


def test_what_they_bring_is_named_once() -> None:
    pinned = re.findall(r"^([\w.-]+)==", (ROOT / "requirements/runtime.txt").read_text("utf-8"), re.MULTILINE)
    (builder,) = (Requirement(each).name for each in PROJECT["build-system"]["requires"])
    named = [name for row in ROWS for name in (row[0], *filter(None, row[1].split(", ")))]
    assert sorted([*named, builder.replace("_", "-")]) == sorted(pinned)


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="the sizes are those of Linux on x86-64"
)
def test_the_sizes_are_those_of_the_pinned_packages() -> None:
    wrong = {}
    for name, brought, told, *_ in ROWS:
        size = sum(map(_megabytes, (name, *filter(None, brought.split(", ")))))
        if abs(size - float(told)) > max(TOLERANCE * size, 0.1):
            wrong[name] = round(size, 1)
    assert not wrong, f"write these sizes into docs/reference/dependencies.md: {wrong}"


def _megabytes(name: str) -> float:
    """Return how large a package is, without what Python compiles of it."""
    files = (each.locate() for each in distribution(name).files or [] if each.suffix != ".pyc")
    return sum(file.stat().st_size for file in files if file.exists()) / 1e6
