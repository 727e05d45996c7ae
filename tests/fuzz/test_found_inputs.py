"""Inputs that once failed, and some that reach far: each target takes them all (§3, §8)."""

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

INPUTS = sorted(Path(__file__).with_name("corpus").glob("*/*"))


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_found_inputs(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())
