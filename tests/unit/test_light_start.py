"""Each process loads what it needs: the data-frame library is the workers' business, HTTP is the server's."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.harness import start_server, subscription
from tests.sandbox.server import sandbox_process
from tests.server import until

_OWN_MB_MAX = 165
"""Of a server and two workers that have done nothing: they take 156, and one library more is a few of them."""


def _own_mb(pid: int) -> float:
    """Return how much memory a process has to itself: not that of files, which others share, MB."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["RssAnon"].split()[0]) / 1024


def _started_at(pid: int) -> float:
    """Return when a process was started, in seconds as the log has them."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    booted_at = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return booted_at + ticks / os.sysconf("SC_CLK_TCK")


def _loaded(pid: int) -> str:
    """Return which shared libraries a process has loaded, by their paths."""
    return Path(f"/proc/{pid}/maps").read_text()


def test_each_process_loads_what_it_needs(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", subscription(), workers=2, env={"POLARS_MAX_THREADS": "2"})
    try:
        server.wait_for("WorkerStarted", 2)
        worker, other = server.worker_pids()
        assert server.get("/rest/v1/lists.json")["success"]
        own_mb = sum(map(_own_mb, (server.process.pid, worker, other)))
        server_at, first_worker_at, *_ = sorted(map(_started_at, (server.process.pid, worker, other)))
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
    loaded_at = server.events("ServerReady")[0]["at"] / 1000
    assert own_mb < _OWN_MB_MAX
    assert first_worker_at - server_at < 0.75 * (loaded_at - server_at), "a worker loads beside the server"


def _modules(loaded: str) -> set[str]:
    """Return the modules that come with one."""
    code = f"import sys, {loaded}; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(told.stdout.split())


def test_a_worker_waits_for_nothing_of_the_server() -> None:
    """The first one is started as soon as the settings are read: what is loaded before that delays both."""
    loaded = _modules("leadline.cli.serve")
    assert "leadline.worker.child" in loaded
    assert not {"tomllib", "pyarrow", "starlette", "uvicorn", "prometheus_client", "leadline.api"} & loaded


def test_a_start_waits_for_nothing_that_the_console_needs() -> None:
    """Templates, and what understands the files of people, are loaded when the server is ready."""
    loaded = _modules("leadline.cli.whole_server")
    assert "leadline.console.mount" in loaded
    assert not {"jinja2", "leadline.console.app", "leadline.source_file.survey"} & loaded


def test_a_sandbox_waits_for_nothing_that_few_starts_use() -> None:
    """It has a worker in its process; YAML is for who brings a file, PostgreSQL is for servers."""
    with sandbox_process() as sandbox:
        loaded = _loaded(sandbox.process.pid)
        assert "polars" in loaded
        assert "yaml" not in loaded
        assert "psycopg" not in loaded
        assert sandbox.make(setup="lists: [{id: 7, name: Guests}]").get("/rest/v1/lists.json")["success"]
        assert "yaml" in _loaded(sandbox.process.pid)
