"""Each process loads what it needs: the data-frame library is the workers' business, HTTP is the server's."""

from pathlib import Path

from tests.harness import start_server, subscription


def _loaded(pid: int) -> str:
    """Return which shared libraries a process has loaded, by their paths."""
    return Path(f"/proc/{pid}/maps").read_text()


def test_each_process_loads_what_it_needs(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", subscription())
    try:
        worker = server.wait_for("WorkerStarted")["pid"]
        assert server.get("/rest/v1/lists.json")["success"]
        in_server, in_worker = _loaded(server.process.pid), _loaded(worker)
    finally:
        server.stop()
    assert "httptools" in in_server
    assert "polars" not in in_server
    assert "polars" in in_worker
    assert "httptools" not in in_worker
