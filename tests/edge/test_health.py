"""`leadline health`: 0 when the server is ready, else 1 and why; what a container's health check runs."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.commands import leadline
from tests.edge.test_tls import CERT, KEY
from tests.harness import LEADLINE, running, start_server, subscription, until
from tests.processes import start_process


def port_of(address: str) -> int:
    return urlsplit(address).port or 0


def test_where_the_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the environment or of leadline.toml; one that listens for all is asked on its own machine."""
    for server in running(tmp_path / "d", subscription(), workers=0):
        port = port_of(server.address)
        monkeypatch.setenv("LEADLINE_PORT", str(port))
        done = leadline("health", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, f"http://127.0.0.1:{port} is ready\n"), done.stderr
        monkeypatch.delenv("LEADLINE_PORT")
        (tmp_path / "leadline.toml").write_text(f"host = '0.0.0.0'\nport = {port}\n")
        assert leadline("health", cwd=tmp_path).stdout == f"http://127.0.0.1:{port} is ready\n"
        (tmp_path / "leadline.toml").unlink()
        assert leadline("health", "--url", server.address, cwd=tmp_path).returncode == 0
        below = leadline("health", "--url", f"{server.address}/console/", cwd=tmp_path)
        assert below.stderr == f"leadline: {server.address}/console/ is not ready (it answers 404).\n"
    done = leadline("health", "--url", server.address, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"leadline: {server.address} gives no answer: Connection refused. Start the server, or name it with --url.\n"
    )


def test_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name in the certificate is for others; one of another machine is checked."""
    options = ("--host", "0.0.0.0", "--tls-cert", str(CERT), "--tls-key", str(KEY))
    for server in running(tmp_path / "d", subscription(), *options, workers=0):
        port = port_of(server.address)
        set_so = {"HOST": "0.0.0.0", "PORT": str(port), "TLS_CERT": str(CERT), "TLS_KEY": str(KEY)}
        for name, value in set_so.items():
            monkeypatch.setenv(f"LEADLINE_{name}", value)
        assert leadline("health", cwd=tmp_path).stdout == f"https://127.0.0.1:{port} is ready\n"
        elsewhere = f"https://{_own_address()}:{port}"
        done = leadline("health", "--url", elsewhere, cwd=tmp_path)
        assert done.returncode == 1
        assert "CERTIFICATE_VERIFY_FAILED" in done.stderr
        done = leadline("health", "--url", f"http://localhost:{port}", cwd=tmp_path)
        assert done.returncode == 1, "plain HTTP at the port of TLS"


def _own_address() -> str:
    """Return an address of this machine that is none of the loopback's; without a network the test is left out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it asks for the route
        except OSError:
            pytest.skip("this machine has no address but the loopback's")
        return str(probe.getsockname()[0])


def test_a_frozen_worker(tmp_path: Path) -> None:
    """The server's own sentence."""
    server = start_process(tmp_path / "d", subscription(), env={"LEADLINE_TIMES__SILENCE_SECONDS": "600"})
    try:
        until(lambda: leadline("health", "--url", server.address, cwd=tmp_path).returncode == 0)
        os.kill(server.worker_pids()[0], signal.SIGSTOP)
        until(lambda: server.http.get(server.address + "/health/ready").status_code == 503)
        done = leadline("health", "--url", server.address, cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr == (
            f"leadline: {server.address} is not ready (no worker is ready: a file posted now would wait).\n"
        )
    finally:
        server.kill_all()


def test_it_loads_nothing_that_a_server_is_made_of() -> None:
    """Containers ask every few seconds: a check is to cost nothing."""
    command = [sys.executable, "-X", "importtime", str(LEADLINE), "health", "--url", "http://127.0.0.1:9"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "gives no answer" in done.stderr
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "leadline.config" in loaded
    for name in ("api", "http", "store", "engine", "telemetry", "subscriptions"):
        assert f"leadline.{name}" not in loaded
    assert not loaded & {"asyncio", "httptools", "httpx", "polars", "psycopg", "pyarrow", "starlette"}


@contextmanager
def dripping() -> Iterator[str]:
    """Yield the address of one that answers a byte at a time, and never ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def drip() -> None:
            with listener.accept()[0] as connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
                while not done.wait(0.05):
                    connection.sendall(b"y")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            done.set()
            thread.join()


def test_an_answer_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit for each read would never be reached."""
    monkeypatch.setattr("leadline.cli.health._SECONDS_MAX", 0.5)
    with dripping() as address:
        began = time.monotonic()
        done = leadline("health", "--url", address, cwd=tmp_path)
        assert time.monotonic() - began < 10
    assert (done.returncode, done.stderr) == (1, f"leadline: {address} gives no answer within 0.5 seconds.\n")


@pytest.mark.parametrize(
    "url", ["localhost:8080", "ftp://localhost", "http://", "http://x:port", "http://x:0"]
)
def test_no_url_of_a_server(url: str, tmp_path: Path) -> None:
    done = leadline("health", "--url", url, cwd=tmp_path)
    assert done.returncode == 2
    assert "Give one such as http://127.0.0.1:8080. Run `leadline health --help`." in done.stderr


def test_a_port_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLINE_PORT", "0")
    done = leadline("health", cwd=tmp_path)
    assert done.returncode == 1
    assert "name it with --url" in done.stderr


def test_a_server_where_uvloop_is_not_to_be_had(tmp_path: Path) -> None:
    """As on Windows, or beside another Python: it serves on asyncio's own loop."""
    hidden = tmp_path / "hidden" / "uvloop.py"
    hidden.parent.mkdir()
    hidden.write_text("raise ImportError('there is none')\n")
    server = start_server(tmp_path / "d", subscription(), env={"PYTHONPATH": str(hidden.parent)})
    try:
        assert server.run_import("email\nanna@example.com\n")["status"] == "Complete"
    finally:
        assert server.stop() == 0
