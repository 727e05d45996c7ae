"""What is small: an import of one row, a start, and a server at rest."""

import json
import os
import signal
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.bench.ours import Ours
from tests.bench.polls import exchange
from tests.bench.timing import Figures, proportional_mb, timed
from tests.processes import LEADLINE
from tests.server import UNLIMITED
from tests.stores import store_kind, store_options

ROWS, STARTS, WORKERS = 200, 5, 2
"""So many rows are imported one after the other, so often a server with so many workers is started."""
_SETTLING_SECONDS = 3.0
_POLL_SECONDS = 0.001

FIGURES = {
    "row": ("one row, POST to `Complete`, ms", {"sqlite": "10", "postgres": "20"}),
    "ready": ("start to ready, ms", {}),
    "imported": ("start to the first row `Complete`, ms", {"sqlite": "800", "postgres": "800"}),
    "memory": ("memory at rest, server and two workers, MB", {"sqlite": "200", "postgres": "200"}),
}
"""What is measured, how the table calls it, and the aims."""


def small(folder: Path) -> str:
    """Measure all of it, and return the table."""
    place = folder / "little"
    place.mkdir()
    ours = Ours(place / "data")
    figures: Figures = {"row": one_row_jobs(ours, ROWS)}
    token = ours.server.token
    ours.stop()
    for _ in range(STARTS):
        start((LEADLINE,), place / "data", token, figures)
    lines = ["| | median | p95 | aim |", "|---|---|---|---|"]
    for key, (name, aims) in FIGURES.items():
        found = sorted(figures[key])
        late = found[int(len(found) * 0.95)]
        lines.append(
            f"| {name} | {statistics.median(found):.1f} | {late:.1f} | {aims.get(store_kind(), '-')} |"
        )
    return "\n".join(lines)


def one_row_jobs(ours: Ours, times: int, first: int = 0) -> list[float]:
    """Return the milliseconds of imports of a new person each, to the poll that says Complete."""
    figures: Figures = {}
    with _connected(ours.server.address) as link:
        for number in range(first, first + times):
            with timed(figures, "row"):
                _import_one(link, ours.server.token, number)
    return figures["row"]


def start(program: Sequence[str], data: Path, token: str, figures: Figures) -> None:
    """Start a server on a store twice: to be used at once, and to be left alone."""
    began = time.perf_counter()
    with _serving(program, data) as (server, log):
        address = next(event["address"] for event in log if event["event"] == "ServerReady")
        figures.setdefault("ready", []).append((time.perf_counter() - began) * 1000)
        with _connected(address) as link:
            _import_one(link, token, time.time_ns())
        figures.setdefault("imported", []).append((time.perf_counter() - began) * 1000)
    with _serving(program, data) as (server, log):
        for _ in range(WORKERS):
            next(event for event in log if event["event"] == "WorkerStarted")
        threading.Event().wait(_SETTLING_SECONDS)
        figures.setdefault("memory", []).append(proportional_mb(server.pid))


@contextmanager
def _serving(
    program: Sequence[str], data: Path
) -> Iterator[tuple[subprocess.Popen[str], Iterator[dict[str, str]]]]:
    """Run a server; yield it with its events, which are read as they come."""
    command = [*program, "serve", *store_options(data), "--port", "0", "--workers", str(WORKERS)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, **UNLIMITED}
    ) as server:
        assert server.stderr is not None
        yield server, (json.loads(line) for line in server.stderr if line.startswith("{"))
        server.send_signal(signal.SIGTERM)
        for _ in server.stderr:
            pass  # so that the server may say what it has to say


@contextmanager
def _connected(address: str) -> Iterator[socket.socket]:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as link:
        yield link


def _import_one(link: socket.socket, token: str, number: int) -> None:
    """Import a person who is known by a number; the bare socket leaves the cores to what is measured."""
    head = f"HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    body = (
        '--x\r\nContent-Disposition: form-data; name="file"; filename="one.csv"\r\nContent-Type: text/csv\r\n\r\n'
        f"email,firstName\none{number}@example.com,Ann\n\r\n--x--\r\n"
    )
    form = f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n"
    ask = partial(_asked, link)
    batch_id = ask(f"POST /bulk/v1/leads.json?format=csv {head}{form}\r\n{body}")["batchId"]
    pause = threading.Event()
    while ask(f"GET /bulk/v1/leads/batch/{batch_id}.json {head}\r\n")["status"] != "Complete":
        pause.wait(_POLL_SECONDS)


def _asked(link: socket.socket, request: str) -> dict[str, str]:
    """Return the one result of an answer."""
    answer = json.loads(exchange(link, request.encode()))
    assert answer["success"], answer
    found: dict[str, str] = answer["result"][0]
    assert found.get("status") != "Failed", found
    return found
