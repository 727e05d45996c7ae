"""How long calls and small jobs take while imports run: polls beside four, posts and another's job beside two."""

import os
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from tests.bench.files import ROWS, write_file
from tests.bench.polls import exchange
from tests.harness import CLIENT_SECRET, Server, start_server, subscription, until

POLLERS = 8
POLL_SECONDS = float(os.environ.get("BENCH_POLL_SECONDS") or 20)
POSTS = int(os.environ.get("BENCH_POSTS") or 100)
SMALL_POSTS, SMALL_JOBS = 5 * POSTS, POSTS // 2
MANY = {"LEADLINE_LIMITS__JOBS_QUEUED_MAX": "1000"}
_UNFINISHED = ("Queued", "Importing")
_SMALL = b"email,firstName\n" + b"".join(b"person%d@example.com,Name%d\n" % (n, n) for n in range(32))
"""Of 1 kB."""


def _document(number: int) -> dict[str, Any]:
    document = subscription()
    document["munchkin_id"] = f"{number:03}-BEN-CHM"
    document["credentials"][0] |= {"client_id": f"bench{number}"}
    return document


@contextmanager
def _serving(
    place: Path, subscriptions: int, workers: int | None = None
) -> Iterator[tuple[Server, list[str]]]:
    """Run a server, with two workers for each subscription by default; yield it with a token of each."""
    workers = workers or 2 * subscriptions
    place.mkdir()
    for number in range(1, subscriptions):
        start_server(place / "data", _document(number), workers=0).stop()
    server = start_server(place / "data", _document(0), workers=workers, env=MANY)
    try:
        server.wait_for("WorkerStarted", workers)
        yield server, [server.new_token(f"bench{n}", CLIENT_SECRET) for n in range(subscriptions)]
    finally:
        server.stop()


def polls_beside_imports(folder: Path) -> str:
    """Return rate and times of polls while two subscriptions import two files each, all the time."""
    content = write_file(folder / "beside.csv").read_bytes()
    with _serving(folder / "beside", 2) as (server, tokens):
        first = {token: _submit(server, token, content) for token in tokens}
        for token in tokens:
            _submit(server, token, content)
        until(lambda: len(server.events("JobClaimed")) >= 4)
        stop, times = threading.Event(), [[] for _ in range(POLLERS)]
        pollers = [
            threading.Thread(target=_poll, args=(server, tokens[n % 2], first, times[n], stop))
            for n in range(POLLERS)
        ]
        for poller in pollers:
            poller.start()
        end = time.perf_counter() + POLL_SECONDS
        while time.perf_counter() < end:  # two files of each subscription are always in work
            for token in tokens:
                _keep_busy(server, token, content)
            stop.wait(0.1)
        stop.set()
        for poller in pollers:
            poller.join()
    return _told("Status polls while four imports run", sorted(chain.from_iterable(times)), POLL_SECONDS, 50)


def posts_beside_imports(folder: Path) -> str:
    """Return the times of posts of 10 MB while the same subscription imports two files."""
    content = write_file(folder / "posts.csv").read_bytes()
    with _serving(folder / "posts", 1) as (server, (token,)):
        for _ in range(3):
            _submit(server, token, content)
        until(lambda: len(server.events("JobClaimed")) >= 2)
        began, times = time.perf_counter(), []
        for _ in range(POSTS):
            until(lambda: 2 <= len(_unfinished(server, token)) <= 6, 120)
            times.append(_timed(lambda: _submit(server, token, content)))
        seconds = time.perf_counter() - began
    return _told("POSTs of 10 MB while two imports of the subscription run", sorted(times), seconds, 2000)


def small_posts_beside_imports(folder: Path) -> str:
    """Return the times of posts of 1 kB while the same subscription imports two files of 10 MB."""
    content = write_file(folder / "small.csv").read_bytes()
    with _serving(folder / "small", 1) as (server, (token,)):
        _keep_busy(server, token, content)
        until(lambda: len(server.events("JobClaimed")) >= 2)
        began, times = time.perf_counter(), list[float]()
        while len(times) < SMALL_POSTS:
            if len(times) % 10 == 0:
                _keep_busy(server, token, content)
            times.append(_timed(lambda: _submit(server, token, _SMALL)))
        seconds = time.perf_counter() - began
    return _told("POSTs of 1 kB while two imports of the subscription run", sorted(times), seconds, 100)


def waits_beside_a_flood(folder: Path) -> str:
    """Return how long a small job takes whose subscription shares two workers with one that floods."""
    content = write_file(folder / "flood.csv").read_bytes()
    with _serving(folder / "flood", 2, workers=2) as (server, (noisy, quiet)):
        _keep_busy(server, noisy, content)
        until(lambda: len(server.events("JobClaimed")) >= 2)
        times, pause = list[float](), threading.Event()
        while len(times) < SMALL_JOBS:
            batch_id = _submit(server, quiet, _SMALL)
            began = time.perf_counter()
            while any(job["batchId"] == batch_id for job in _unfinished(server, quiet)):
                _keep_busy(server, noisy, content)
                pause.wait(0.02)
            times.append(time.perf_counter() - began)
        rates = [job["rate"] for job in _jobs(server, noisy) if job["status"] == "Complete"]
    one_job_ms = round(ROWS / statistics.median(rates) * 1000)
    what = f"Small jobs while another subscription floods two workers with jobs of {one_job_ms} ms"
    return _told(what, sorted(times), sum(times), 2 * one_job_ms)


def _poll(
    server: Server, token: str, jobs: dict[str, int], times: list[float], stop: threading.Event
) -> None:
    """Poll on a connection of its own; the bare socket leaves the cores to what is measured."""
    host, port = server.address.removeprefix("http://").split(":")
    path, head = f"/bulk/v1/leads/batch/{jobs[token]}.json", f"Host: {host}\r\nAuthorization: Bearer {token}"
    request = f"GET {path} HTTP/1.1\r\n{head}\r\n\r\n".encode()
    with socket.create_connection((host, int(port))) as link:
        while not stop.is_set():
            times.append(_timed(lambda: exchange(link, request)))
            stop.wait(0.02)


def _submit(server: Server, token: str, content: bytes) -> int:
    body = server.post_file(content, token).json()
    _succeed(body)
    return int(body["result"][0]["batchId"])


def _succeed(body: dict[str, Any]) -> None:
    assert body["success"], body


def _keep_busy(server: Server, token: str, content: bytes) -> None:
    """Post the file again where fewer than three like it are unfinished: two are in work, one waits."""
    large = [job for job in _unfinished(server, token) if job["fileBytes"] > len(_SMALL)]
    for _ in range(3 - len(large)):
        _submit(server, token, content)


def _unfinished(server: Server, token: str) -> list[dict[str, Any]]:
    return [job for job in _jobs(server, token) if job["status"] in _UNFINISHED]


def _jobs(server: Server, token: str) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = server.call("GET", "/leadline/v1/jobs.json", token).json()["result"]
    return jobs


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _told(what: str, times: list[float], seconds: float, aim_ms: int) -> str:
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    return (
        f"{what}: {len(times):,} of them, {len(times) / seconds:,.1f} a second, median "
        f"{statistics.median(times) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms (aim: below {aim_ms} ms), "
        f"longest {times[-1] * 1000:.0f} ms."
    )


BESIDE_IMPORTS = (
    polls_beside_imports,
    posts_beside_imports,
    small_posts_beside_imports,
    waits_beside_a_flood,
)
