"""Each process loads what it needs: the data-frame library is the workers' business, HTTP is the server's."""

import subprocess
import sys
from pathlib import Path

from tests.harness import start_server, subscription
from tests.sandbox.server import sandbox_process
from tests.server import until


def _loaded(pid: int) -> str:
    """Return which shared libraries a process has loaded, by their paths."""
    return Path(f"/proc/{pid}/maps").read_text()


def test_each_process_loads_what_it_needs(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", subscription())
    try:
        worker = server.wait_for("WorkerStarted")["pid"]
        assert server.get("/rest/v1/lists.json")["success"]
        in_server, in_worker = _loaded(server.process.pid), _loaded(worker)
        until(lambda: "markupsafe" in _loaded(server.process.pid), 20)  # nobody has asked for the console
        assert "Log in" in server.http.get(f"{server.address}/console/login").text
        with_console = _loaded(server.process.pid)
    finally:
        server.stop()
    assert "httptools" in in_server
    assert "polars" not in in_server
    assert "polars" in in_worker
    assert "httptools" not in in_worker
    assert "polars" not in with_console


def test_a_start_waits_for_nothing_that_the_console_needs() -> None:
    """Templates, and what understands the files of people, are loaded when the server is ready."""
    code = "import sys, leadline.cli.serve; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = told.stdout.split()
    assert "leadline.console.mount" in loaded
    assert not {"jinja2", "leadline.console.app", "leadline.source_file.survey"} & set(loaded)


def test_a_sandbox_waits_for_nothing_that_few_starts_use() -> None:
    """It has a worker in its process; YAML is for who brings a file, PostgreSQL is for servers."""
    with sandbox_process() as sandbox:
        loaded = _loaded(sandbox.process.pid)
        assert "polars" in loaded
        assert "yaml" not in loaded
        assert "psycopg" not in loaded
        assert sandbox.make(setup="lists: [{id: 7, name: Guests}]").get("/rest/v1/lists.json")["success"]
        assert "yaml" in _loaded(sandbox.process.pid)
