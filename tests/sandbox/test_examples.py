"""The examples of tests are run as they stand."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.demo import ROOT
from tests.forms import repeats
from tests.processes import LEADLINE

EXAMPLES = ROOT / "examples" / "testing"


def run(*command: str, cwd: Path) -> str:
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=180)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_python(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "python", tmp_path / "python")
    assert "6 passed" in run(sys.executable, "-m", "pytest", cwd=folder)


def test_curl(tmp_path: Path) -> None:
    said = run(LEADLINE, "sandbox", "--", "bash", str(EXAMPLES / "curl" / "import.sh"), cwd=tmp_path)
    assert said.splitlines() == ["Queued", "Importing", "Complete", "all as expected"]


@repeats()
def test_node(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not on this machine, so the client cannot be installed")
    folder = shutil.copytree(EXAMPLES / "node", tmp_path / "node")
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)
    said = run(LEADLINE, "sandbox", "--", "npm", "test", cwd=folder)
    assert "# pass 3" in said
    assert "# fail 0" in said


def test_each_example_is_run_here() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {"python", "curl", "node"}
