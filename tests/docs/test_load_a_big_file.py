"""The how-to of big files, executed word for word, and the reference of pushes, held to the code."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from leadline.client.ended import State
from leadline.client.errors import Exit
from leadline.client.events import Event
from leadline.client.progress.json_lines import name_of
from leadline.client.results.piece_parts import FILES
from leadline.client.results.report import Counts
from leadline.source_file.text_encoding import CODECS
from tests.docs.demo import ROOT
from tests.processes import LEADLINE
from tests.sandbox.server import SandboxProcess, sandbox_process

PAGE = (ROOT / "docs/how-to/load-a-big-file.md").read_text("utf-8")
REFERENCE = (ROOT / "docs/reference/push.md").read_text("utf-8")
BLOCKS = re.findall(r"```\w*\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with sandbox_process("--setup", str(ROOT / "examples/subscription.yaml")) as running:
        yield running


def bash(folder: Path, sandbox: SandboxProcess, script: str) -> "subprocess.CompletedProcess[str]":
    """Run a block of the page as it stands, but for address and credentials."""
    env = os.environ | {
        "PATH": f"{Path(LEADLINE).parent}{os.pathsep}{os.environ['PATH']}",
        "LEADLINE_URL": sandbox.url,
        "LEADLINE_CLIENT_ID": sandbox.told["clientId"],
        "LEADLINE_CLIENT_SECRET": sandbox.told["clientSecret"],
    }
    return subprocess.run(
        ["bash", "-uc", script], cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )


def block(begins: str) -> str:
    """Return the one block that begins so."""
    (found,) = [each for each in BLOCKS if each.startswith(begins)]
    return str(found)


def test_the_page(tmp_path: Path, sandbox: SandboxProcess) -> None:
    names = re.findall(r"^export (\w+)=", block("export"), re.MULTILINE)
    assert names == ["LEADLINE_URL", "LEADLINE_CLIENT_ID", "LEADLINE_CLIENT_SECRET"]
    refused = bash(tmp_path, sandbox, block("cat > crm.csv"))
    assert (refused.returncode, refused.stderr) == (2, block("leadline: No field"))
    pushed = bash(tmp_path, sandbox, block("leadline push crm.csv --map 'Internal Notes=' --yes"))
    assert pushed.returncode == 1, pushed.stderr
    assert pushed.stdout.startswith(block("rows  "))
    assert (tmp_path / "crm.csv.push/failures.csv").read_text("utf-8") == block("Source Row")
    mended = bash(tmp_path, sandbox, block("sed -i"))
    assert mended.returncode == 0, mended.stdout + mended.stderr
    planned = bash(tmp_path, sandbox, block("leadline push crm.csv --map 'Internal Notes=' --plan"))
    assert planned.returncode == 0, planned.stderr
    assert "Nothing was imported." in planned.stdout
    status = bash(tmp_path, sandbox, block("leadline push status"))
    assert status.returncode == 0, status.stderr
    (tmp_path / "crm.map").write_text("Internal Notes=\n", "utf-8")
    again = bash(tmp_path, sandbox, block("leadline push crm.csv --map-file"))
    assert again.returncode == 1, again.stderr
    undone = bash(tmp_path, sandbox, block("leadline push undo"))
    assert undone.returncode == 0, undone.stderr
    assert (
        sandbox.first.get("/rest/v1/leads.json", filterType="email", filterValues="ada@example.com")["result"]
        == []
    )
    (tmp_path / "guests.csv").write_text("email\nada@example.com\n", "utf-8")
    (tmp_path / "cars.csv").write_text("vin,color\nV1,red\n", "utf-8")
    others = bash(tmp_path, sandbox, "set -e\n" + block("leadline push guests.csv"))
    assert others.returncode == 0, others.stderr


def test_the_python_example(tmp_path: Path, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs as it stands; the module is loaded by the words of the page alone."""
    (script,) = re.findall(r"```python\n(.*?)```", REFERENCE, re.DOTALL)
    (tmp_path / "crm.csv").write_text("email\nada@example.com\n", "utf-8")
    script = script.replace("http://127.0.0.1:8080", sandbox.url)
    done = bash(tmp_path, sandbox, f"'{Path(LEADLINE).parent / 'python'}' - <<'END'\n{script}\nEND")
    assert done.stdout == "1 1 row was imported.\n", done.stderr


def table(title: str) -> set[str]:
    """Return what stands in code in the first column of the tables below a title."""
    section = re.split(r"^## ", REFERENCE.split(f"## {title}\n")[1], flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| (.+?) \| ", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_each_encoding_is_told() -> None:
    (listed,) = re.findall(r"`--encoding` says otherwise: (.+?), or another name", REFERENCE)
    assert re.split(", | or ", listed) == list(CODECS)


def test_each_event_is_told() -> None:
    assert table("What it says") == {name_of(each) for each in get_args(Event)} | {"report", "plan"}


def test_each_state_of_a_manifest_is_told() -> None:
    assert table("Where it keeps what it knows") == {each.value for each in State} - {"unsent"} | {"plan"}


def test_each_file_is_told() -> None:
    assert table("What it writes") == {f"{file}.csv" for file in FILES} | {"summary.json"}


def test_each_exit_code_is_told() -> None:
    section = REFERENCE.split("## Exit codes\n")[1]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)] == sorted(Exit)


def test_each_member_of_the_report_is_told() -> None:
    assert all(f"`{name}`" in REFERENCE for name in Counts().as_json())
