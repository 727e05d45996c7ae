"""What a test pays for a Marketo of its own, and for the server that others have for AWS, one after the other.

`leadline sandbox` is asked as its users ask it; moto's server, where it is installed, does what comes
nearest: a bucket for a subscription, an object for a file. Memory is what all of its processes hold, pages
that they share included.
"""

import os
import signal
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import httpx

from tests.leftovers import children_of
from tests.sandbox.server import SandboxProcess, start_sandbox
from tests.server import until

STARTS, TIMES = 5, 100
MOTO = Path(".venv-bench/bin/moto_server")
_FILE = "email,firstName\na{0}@example.com,Ann\nb{0}@example.com,Bob\nc{0}@example.com,Cid\n"
_ENDS = ("Complete", "Failed")

Figures = dict[str, list[float]]
"""Milliseconds, or MB, by what was measured."""

AIMS = {
    "ready, a worker warm": "600",
    "a subscription made": "20",
    "reset": "10; p95 30",
    "three rows, POST to Complete": "15",
    "memory at rest, MB": "180",
    "stop": "100",
}


def sandboxes() -> str:
    """Return the table."""
    ours, others = _sandbox(), _moto() if MOTO.exists() else None
    named = dict(zip(AIMS, others.values(), strict=True)) if others else {}
    lines = [
        "| ms, median of its times | `leadline sandbox` | p95 | aim | moto's server | p95 |",
        "|---|---|---|---|---|---|",
    ]
    for name, aim in AIMS.items():
        theirs = _shown(named[name]) if name in named else "- | -"
        lines.append(f"| {name} | {_shown(ours[name])} | {aim} | {theirs} |")
    return "\n".join(lines)


def _shown(figures: list[float]) -> str:
    late = sorted(figures)[int(len(figures) * 0.95)]
    return f"{statistics.median(figures):.1f} | {late:.1f}"


@contextmanager
def _timed(figures: Figures, name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    figures.setdefault(name, []).append((time.perf_counter() - began) * 1000)


def _sandbox() -> Figures:
    ready, made, reset, imported, memory, stop = AIMS
    figures: Figures = {}
    for turn in range(STARTS):
        with _timed(figures, ready):
            sandbox = start_sandbox()
        _use(sandbox, figures, made, reset, imported)
        figures.setdefault(memory, []).append(_memory_mb(sandbox.process.pid))
        with _timed(figures, stop):
            assert sandbox.stop() == 0, turn
    return figures


def _use(sandbox: SandboxProcess, figures: Figures, made: str, reset: str, imported: str) -> None:
    for number in range(TIMES // STARTS):
        with _timed(figures, made):
            own = sandbox.make()
        with _timed(figures, imported):
            batch_id = own.submit(_FILE.format(number))
            while (status := own.status(batch_id)["status"]) not in _ENDS:
                pass
        assert status == "Complete"
        with _timed(figures, reset):
            answer = own.control("POST", "reset", json={"to": "seed"})
        assert answer.status_code == 200, answer.text
        own.control("DELETE")


def _moto() -> Figures:
    figures: Figures = {}
    for _ in range(STARTS):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        url, headers = f"http://127.0.0.1:{port}", {"Authorization": _signature()}
        with httpx.Client(base_url=url, headers=headers, timeout=60.0) as http:
            with _timed(figures, "ready"):
                command = [str(MOTO), "-H", "127.0.0.1", "-p", str(port)]
                process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                until(partial(_answers, http))
            for number in range(TIMES // STARTS):
                with _timed(figures, "bucket"):
                    made = http.put("/bucket")
                with _timed(figures, "object"):
                    stored = http.put("/bucket/key", content=_FILE.format(number))
                with _timed(figures, "reset"):
                    gone = http.post("/moto-api/reset")
                assert [each.status_code for each in (made, stored, gone)] == [200, 200, 200]
        figures.setdefault("memory", []).append(_memory_mb(process.pid))
        with _timed(figures, "stop"):
            process.send_signal(signal.SIGTERM)
            process.wait()
    return {name: figures[name] for name in ("ready", "bucket", "reset", "object", "memory", "stop")}


def _answers(http: httpx.Client) -> bool:
    with suppress(httpx.TransportError):
        return http.get("/moto-api/").status_code < 500
    return False


def _signature() -> str:
    """Return what tells moto for which service a call is; it checks no more."""
    scope = "AKIDEXAMPLE/20260101/us-east-1/s3/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def _memory_mb(pid: int) -> float:
    """Return what a process and all that it has started hold in memory."""
    pids, pages = [pid], 0
    for each in pids:
        pids += children_of(each)
        pages += int(Path(f"/proc/{each}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
