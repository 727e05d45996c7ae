"""Clients that are slow, silent, many, or gone: each is ended by its deadline, others do not notice."""

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.harness import Server, running, subscription, until
from tests.sockets import answer_of, connect, head

DEADLINES = {
    "LEADLINE_SERVER__HEAD_SECONDS": "2",
    "LEADLINE_SERVER__BODY_SECONDS": "6",
    "LEADLINE_SERVER__WINDOW_SECONDS": "2",
    "LEADLINE_LIMITS__CONCURRENT_CALLS_MAX": "10",
}
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nemail\r\n'
END = b"\r\n--b--\r\n"
UNSET_SECONDS = 10
"""The deadline of heads and windows where none is set: what ended sooner was ended by the ones set here."""

FORM = "Content-Type: multipart/form-data; boundary=b"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with short deadlines; a token is had before anybody connects, for a check of a secret takes time."""
    for server in running(tmp_path_factory.mktemp("hasty") / "data", subscription(), env=DEADLINES):
        assert server.token
        yield server


def seconds_to_the_end(raw: socket.socket) -> tuple[float, bytes]:
    began = time.monotonic()
    answer = answer_of(raw)
    return time.monotonic() - began, answer


def test_silence(hasty: Server) -> None:
    """A connection that sends nothing is closed without a word."""
    with connect(hasty) as raw:
        seconds, answer = seconds_to_the_end(raw)
    assert (answer, seconds < UNSET_SECONDS) == (b"", True)


@pytest.mark.parametrize("begun", [b"GET /health/live", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_head_that_does_not_end(hasty: Server, begun: bytes) -> None:
    """408 by the deadline, however often another byte comes."""
    with connect(hasty) as raw:
        raw.sendall(begun)
        raw.settimeout(0.3)
        began, answer = time.monotonic(), b""
        while not answer and time.monotonic() - began < UNSET_SECONDS:
            with contextlib.suppress(TimeoutError):
                answer = raw.recv(65_536)
            with contextlib.suppress(OSError):
                raw.sendall(b"a")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 1.5 < time.monotonic() - began < UNSET_SECONDS


def test_a_second_request_has_its_own_deadline(hasty: Server) -> None:
    """A connection that was idle longer than a head may take is not blamed for it."""
    with connect(hasty) as raw:
        for _ in range(2):
            raw.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"}"):
                answer += raw.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 200 ")
            raw.settimeout(3.5)
            with pytest.raises(TimeoutError):
                raw.recv(1)
            raw.settimeout(30)


def test_a_body_that_trickles(hasty: Server) -> None:
    """408 when the last window brought too little."""
    with connect(hasty) as raw:
        raw.sendall(head(hasty, FORM, "Content-Length: 100000") + PART)
        seconds, answer = seconds_to_the_end(raw)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 1.5 < seconds < UNSET_SECONDS


def test_a_body_that_takes_too_long(hasty: Server) -> None:
    """408 at the last deadline, though the rate was good enough."""
    raw, began = connect(hasty), time.monotonic()
    with raw:
        raw.sendall(head(hasty, FORM, "Content-Length: 9000000") + PART)
        raw.settimeout(0.1)
        answer = b""
        while not answer and time.monotonic() - began < 60:
            with contextlib.suppress(TimeoutError):
                answer = raw.recv(65_536)
            with contextlib.suppress(OSError):
                raw.sendall(b"x" * 5000)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 5 < time.monotonic() - began < 60, "the usual time is 300"


def test_a_slow_body_that_is_fast_enough(hasty: Server) -> None:
    """20 kB a second are welcome."""
    body = PART + b"".join(b"p%d@example.com\r\n" % n for n in range(3000)) + END
    with connect(hasty) as raw:
        raw.sendall(head(hasty, FORM, f"Content-Length: {len(body)}", "Connection: close"))
        raw.settimeout(0.25)
        for at in range(0, len(body), 8000):
            with pytest.raises(TimeoutError):
                raw.recv(1)
            raw.sendall(body[at : at + 8000])
        raw.settimeout(30)
        assert b'"success":true' in answer_of(raw)


def test_half_a_form(hasty: Server) -> None:
    """A client that goes away before the last boundary leaves no job, no place taken, no file."""
    for _ in range(12):
        with connect(hasty) as raw:
            raw.sendall(head(hasty, FORM, "Content-Length: 100000") + PART)
    until(lambda: hasty.get("/leadline/v1/jobs.json")["success"])
    assert all(hasty.post_file("email\n").json()["success"] for _ in range(3))


def test_a_form_that_ends_early(hasty: Server) -> None:
    """613 for a body that is whole and lacks its last boundary."""
    body = PART + b"a@example.com\r\n"
    with connect(hasty) as raw:
        raw.sendall(head(hasty, FORM, f"Content-Length: {len(body)}", "Connection: close") + body)
        assert b'"code":"613"' in answer_of(raw)


def test_many_slow_clients_at_once(hasty: Server) -> None:
    """600 unfinished heads: others are answered as before, all are gone by the deadline, no file stays open."""
    before, alone = len(os.listdir(f"/proc/{hasty.process.pid}/fd")), _slowest_but_one(hasty)
    slow = [connect(hasty) for _ in range(600)]
    for raw in slow:
        raw.sendall(b"POST /bulk/v1/leads.json HTTP/1.1\r\nHost: x\r\n")
    assert _slowest_but_one(hasty) < max(0.5, 4 * alone)
    until(lambda: len(os.listdir(f"/proc/{hasty.process.pid}/fd")) < before + 20)
    for raw in slow:
        raw.close()
    assert (
        sum(event["count"] for event in hasty.events("ConnectionsEnded") if event["reason"] == "head") >= 600
    )


def _slowest_but_one(server: Server) -> float:
    """Return the seconds of the slowest but one of fifty calls."""
    took = []
    for _ in range(50):
        began = time.monotonic()
        assert server.http.get(server.address + "/health/live").status_code == 200
        took.append(time.monotonic() - began)
    return sorted(took)[-2]


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Server]:
    """A server with places for twenty connections, eight from one address."""
    env = {
        "LEADLINE_SERVER__CONNECTIONS_MAX": "20",
        "LEADLINE_SERVER__CONNECTIONS_PER_ADDRESS_MAX": "8",
        "LEADLINE_SERVER__HEAD_SECONDS": "30",
    }
    yield from running(tmp_path / "data", subscription(), workers=0, env=env)


def test_too_many_connections(narrow: Server) -> None:
    """608, and 503 for health checks, to who comes too late; the rest is cut off; then all is well again."""
    path = "/rest/v1/leads/partitions.json"
    token = narrow.token
    narrow.http.close()
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    health = b"GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n"

    def ask(raw: socket.socket, wanted: bytes = request) -> bytes:
        raw.sendall(wanted)
        return answer_of(raw)

    def is_welcome() -> bool:
        with connect(narrow) as raw:
            return b'"success":true' in ask(raw, request.replace(b"Host", b"Connection: close\r\nHost"))

    until(is_welcome)
    first = [connect(narrow) for _ in range(8)]
    with connect(narrow) as late, connect(narrow) as monitor:
        answer = ask(late)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b'"code":"608"' in answer
        assert ask(monitor, health).startswith(b"HTTP/1.1 503 ")
    crowd = [connect(narrow) for _ in range(40)]
    with ThreadPoolExecutor(40) as pool:
        said = list(pool.map(lambda raw: _said(raw, request), crowd))
    assert {b"608" if b'"code":"608"' in each else each for each in said} <= {b"608", b""}
    for raw in (*first, *crowd):
        raw.close()
    until(is_welcome)


def _said(raw: socket.socket, request: bytes) -> bytes:
    try:
        raw.sendall(request)
    except OSError:
        return b""
    return answer_of(raw)


def test_few_files(tmp_path: Path) -> None:
    """Where the system grants 64 files, the server takes few connections and none too many."""
    for server in running(tmp_path / "data", subscription(), under=["prlimit", "--nofile=64:64"]):
        crowd = [connect(server) for _ in range(100)]
        for raw in crowd:
            with contextlib.suppress(OSError):
                raw.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n")
        for raw in crowd:
            raw.close()
        until(partial(_is_served, server))
        assert server.run_import("email\na@example.com\n")["numOfLeadsProcessed"] == 1
        assert server.process.poll() is None


def _is_served(server: Server) -> bool:
    try:
        return bool(server.get("/rest/v1/leads/partitions.json")["success"])
    except httpx.HTTPError:
        return False


def test_an_answer_that_nobody_reads(hasty: Server) -> None:
    """A large answer is not kept for ever for a client that reads nothing of it."""
    rows = "\n".join(f"broken{n},{'x' * 200}" for n in range(40_000))
    batch_id = hasty.run_import(f"email,firstName\n{rows}\n")["batchId"]
    request = (
        f"GET /bulk/v1/leads/batch/{batch_id}/warnings.json HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {hasty.token}\r\n\r\n"
    )
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        host, port = hasty.address.removeprefix("http://").split(":")
        raw.connect((host, int(port)))
        raw.sendall(request.encode())
        ended = until(
            lambda: [each for each in hasty.events("ConnectionsEnded") if each["reason"] == "answer"], 60
        )
    assert ended[0]["count"] == 1
