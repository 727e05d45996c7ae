"""Nothing of the sandbox is in `leadline serve`, and no server opens the other's store."""

import subprocess
import sys
from pathlib import Path

from tests.harness import running, subscription
from tests.processes import LEADLINE
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


def test_a_server_refuses_the_store_of_a_sandbox(tmp_path: Path) -> None:
    (tmp_path / "sandbox.json").touch()
    done = subprocess.run(
        [LEADLINE, "serve", "--data", str(tmp_path), "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "sandbox" in done.stderr
