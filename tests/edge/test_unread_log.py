"""Whoever reads the log or the output may stop reading: the server goes on, and ends as it always does (P7)."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import httpx
import pytest
import yaml

from tests.forms import repeats
from tests.harness import CLIENT_ID, LEADLINE, UNLIMITED, Server, ServerProcess, subscription, until
from tests.leftovers import children_of
from tests.sockets import free_port

CALLS = 1_000
"""Some three pipes full of lines."""

BUFFERED = pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
"""Python keeps what it could not write, and tries again when it ends, unless this variable is set."""


def _environment(unbuffered: str) -> dict[str, str]:
    return {**os.environ, **UNLIMITED, "PYTHONUNBUFFERED": unbuffered}


@BUFFERED
def test_a_log_that_nobody_reads_stops_nobody(tmp_path: Path, unbuffered: str) -> None:
    """Each call is answered, the lines that were lost are counted, and SIGTERM ends it with 0."""
    command = [LEADLINE, "serve", "--data", str(tmp_path / "data"), "--port", "0", "--workers", "0"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=_environment(unbuffered)
    ) as process:
        assert process.stderr is not None
        try:
            address = json.loads(process.stderr.readline())["address"]
            with httpx.Client(base_url=address, timeout=30) as client:
                for _ in range(CALLS):
                    assert client.get("/rest/v1/lists.json").json()["errors"][0]["code"] == "600"
                lost = _lines_lost(client)
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert lost > CALLS // 2, lost


def _lines_lost(client: httpx.Client) -> float:
    metrics = client.get("/metrics").text.splitlines()
    return float(next(line for line in metrics if line.startswith("leadline_log_lines_lost")).split()[1])


GONE, FULL, CLOSED = "a reader that has gone", "a full disk", "a closed file"


@pytest.fixture(params=[GONE, FULL, CLOSED])
def nowhere(request: pytest.FixtureRequest) -> Iterator[IO[bytes] | None]:
    """What nothing can be written to; None is a closed file."""
    with ExitStack() as open_files:
        if request.param == FULL:
            yield open_files.enter_context(open("/dev/full", "wb"))
        elif request.param == GONE:
            reads, writes = os.pipe()
            os.close(reads)
            yield open_files.enter_context(open(writes, "wb"))
        else:
            yield None


@pytest.mark.parametrize(
    ("nowhere", "unbuffered"),
    [
        *((each, "") for each in (GONE, FULL, CLOSED)),
        *(pytest.param(each, "1", marks=repeats) for each in (GONE, FULL, CLOSED)),
    ],
    indirect=["nowhere"],
)
def test_an_output_that_leads_nowhere_stops_nobody(
    nowhere: IO[bytes] | None, tmp_path: Path, unbuffered: str
) -> None:
    """From its start on: it imports, a worker that dies is replaced, and SIGTERM ends it with 0."""
    file, port = tmp_path / "s.yaml", free_port()
    file.write_text(yaml.safe_dump(subscription()), "utf-8")
    command = [LEADLINE, "serve", "--data", "d", "--port", str(port), "--workers", "1", "--setup", str(file)]
    if nowhere is None:
        command = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *command]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=nowhere, stderr=nowhere, text=True, env=_environment(unbuffered)
    ) as process:
        server = ServerProcess(process=process, data=tmp_path / "d", address=f"http://127.0.0.1:{port}")
        try:
            until(lambda: _is_ready(server) or process.poll() is not None)
            assert server.run_import("email\na@example.com\n")["status"] == "Complete"
            for pid in children_of(process.pid):
                os.kill(pid, signal.SIGKILL)
            assert server.run_import("email\nb@example.com\n")["status"] == "Complete"
            assert server.stop() == 0
        finally:
            server.kill_all()


def _is_ready(server: Server) -> bool:
    try:
        return server.http.get(server.address + "/health/ready").status_code == 200
    except httpx.ConnectError:
        return False


@pytest.mark.parametrize("nowhere", [GONE, FULL], indirect=True)
def test_a_secret_is_not_lost_with_the_output(nowhere: IO[bytes], tmp_path: Path) -> None:
    """Where it was generated, it is in a file, which the other output names."""
    document = subscription()
    del document["credentials"][0]["client_secret"], document["credentials"][0]["client_id"]
    file = tmp_path / "s.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    command = [LEADLINE, "setup", str(file), "--data", "d"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        stdout=nowhere,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        env=_environment(""),
    )
    assert done.returncode == 0
    (secrets,) = (tmp_path / "d").glob("client-secrets-*")
    assert done.stderr == f"credential {CLIENT_ID}: client id and secret are in {secrets}\n"
    assert json.loads(secrets.read_text())["name"] == CLIENT_ID


def test_a_letter_that_the_terminal_lacks_is_escaped(tmp_path: Path) -> None:
    """Output in an old encoding: the name of a list is shown as well as it can be."""
    file = tmp_path / "s.yaml"
    file.write_text(yaml.safe_dump(subscription(lists=[{"id": 1, "name": "Łódź"}])), "utf-8")
    done = subprocess.run(
        [LEADLINE, "setup", str(file), "--data", "d"],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u0141\xf3d\\u017a" in done.stdout, done.stdout
