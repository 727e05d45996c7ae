"""Nothing of the sandbox is in `leadline serve`, and no server opens the other's store."""

import subprocess
import sys
from pathlib import Path

import pytest

from leadline.cli.commands import COMMANDS as ALL_COMMANDS
from tests.commands import leadline
from tests.harness import running, subscription
from tests.sandbox.server import CONTROL, HEADER


def test_serve_knows_no_control_calls(tmp_path: Path) -> None:
    for server in running(tmp_path / "data", subscription(), workers=0):
        for method, path in (("POST", "subscriptions"), ("GET", "subscriptions/123-ABC-456/state")):
            answer = server.call(method, f"{CONTROL}/{path}", headers=HEADER)
            assert answer.json()["errors"][0]["code"] == "610"
        assert not any("sandbox" in path for path in server.get("/openapi.json")["paths"])


def test_serve_loads_nothing_of_the_sandbox() -> None:
    loaded = "import sys, leadline.cli.serve; print([each for each in sys.modules if 'sandbox' in each])"
    assert subprocess.check_output([sys.executable, "-c", loaded], text=True).strip() == "[]"


COMMANDS = {
    "serve": ("--port", "0"),
    "demo": ("--port", "0", "--examples", str(Path("examples").absolute())),
    "setup": ("setup.yaml",),
    "check": (),
    "backup": ("copy",),
    "credentials": ("list", "--subscription", "123-ABC-456"),
    "subscriptions": ("list",),
    "settings": ("--subscription", "123-ABC-456"),
}


def test_each_command_is_asked() -> None:
    """The others open none: `work` is for a server's, `sandbox` the other way round, `push` and `health` know no
    store.
    """
    assert set(COMMANDS) | {"work", "sandbox", "push", "health"} == set(ALL_COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_takes_the_store_of_a_sandbox(tmp_path: Path, command: str) -> None:
    """It may have lost data, and its secrets are known to all; nothing in it is touched."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "sandbox.json").touch()
    (tmp_path / "setup.yaml").write_text("munchkin_id: 123-ABC-456\n")
    done = leadline(command, *COMMANDS[command], "--data", data, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "is the store of a sandbox" in done.stderr
    assert done.stderr.count("\n") == 1
    assert [each.name for each in data.iterdir()] == ["sandbox.json"]


@pytest.mark.parametrize("damaged", [False, True], ids=["whole", "without its control store"])
def test_a_sandbox_refuses_the_store_of_a_server(tmp_path: Path, damaged: bool) -> None:
    """And touches nothing of it."""
    (tmp_path / "setup.yaml").write_text("munchkin_id: 123-ABC-456\n")
    data = tmp_path / "data"
    assert leadline("setup", "setup.yaml", "--data", data, cwd=tmp_path).returncode == 0
    if damaged:
        (data / "control.db").unlink()
    before = {each: each.stat().st_mtime_ns for each in data.rglob("*")}
    done = leadline("sandbox", "--data", data)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert ("control.db" if damaged else "a sandbox would spoil") in done.stderr
    assert {each: each.stat().st_mtime_ns for each in data.rglob("*")} == before
