"""A comparison of two checkouts never runs one program twice: it asks the other interpreter what it runs."""

import sys
from pathlib import Path

import pytest

from tests.bench.against import program_of


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a checkout with a program and an environment of its own."""
    program, python = tmp_path / "src/leadline", tmp_path / ".venv/bin/python"
    for folder in (program, python.parent):
        folder.mkdir(parents=True)
    (program / "__init__.py").touch()
    python.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path}/src exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return tmp_path


def test_a_checkout_runs_its_own_program(checkout: Path) -> None:
    python, *_ = program_of(checkout)
    assert python == str(checkout / ".venv/bin/python")


def test_an_environment_that_runs_another_program_is_refused(checkout: Path) -> None:
    (checkout / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    with pytest.raises(SystemExit, match=f"not that of {checkout}"):
        program_of(checkout)
