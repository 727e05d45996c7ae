"""The examples beside leads.csv, run as they stand against the demo."""

import re
from collections.abc import Iterator

import pytest

from tests.docs.demo import ROOT, Demo, run


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    demo.stop()


PAGE = (ROOT / "docs/how-to/import-members-and-objects.md").read_text("utf-8")
SHOWN = re.findall(r"```\n([^`\n]*,Import \w+ Reason\n.*?)```", PAGE, re.DOTALL)


def outcomes(output: str) -> list[str]:
    """Return the outcome of each row, from the ledger that a script prints."""
    return re.findall(r"^\d+,(\w+),", output.split("row,outcome,id,reason\n")[1], re.MULTILINE)


def test_program_members(demo: Demo) -> None:
    output = run(demo, "bash", "examples/import_members.sh")
    assert "Import succeeded, 4 records imported (4 members), 1 warning." in output
    assert SHOWN[0] in output
    assert outcomes(output) == ["updated", "created", "created", "created"]
    assert output.count('"statusName":"On List"') == 4
    assert '"webinarQuestion":"Which version, and when?"' in output


def test_custom_objects(demo: Demo) -> None:
    output = run(demo, "bash", "examples/import_cars.sh")
    assert "Import completed with errors, 2 records imported (2 members), 2 failed" in output
    assert SHOWN[1] in output
    assert outcomes(output) == ["created", "created", "failed", "failed"]
    assert output.count('"vin":"WVWZZZ1JZXW000001"') == 1
    assert '"vin":"WVWZZZ1JZXW000002"' not in output


def test_each_example_is_run_here() -> None:
    """A new script needs a test of its own."""
    assert {path.name for path in (ROOT / "examples").glob("*.sh")} == {"import_cars.sh", "import_members.sh"}
