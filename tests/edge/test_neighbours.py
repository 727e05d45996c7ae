"""One subscription, or a stranger, never holds up the others: each attack beside its victim, and the victim alone."""

import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from leadline.clock import MachineTime, now_ms
from leadline.store import job_purge
from leadline.store.write_turn import turn
from leadline.subscriptions.apply_file import Subscriptions
from leadline.subscriptions.file import parse_subscription
from tests.edge.test_floods import memory_mb
from tests.harness import CLIENT_SECRET, Server, running, start_server, subscription, until
from tests.sockets import connect
from tests.stores import open_stores

ATTACKERS, BLOCKED_EACH = 4, 10
SEEN, UNSEEN = range(ATTACKERS), range(ATTACKERS, 2 * ATTACKERS)
"""Neighbours whose tokens the server has seen before the attack, and those whose it has not."""

VICTIM, NEWCOMER = "999-VIC-999", "998-NEW-998"
TRIES = 15


def munchkin_id(number: int) -> str:
    return f"{number:03}-ATT-{number:03}"


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without workers for a victim and its neighbours, all on the embedded store."""
    data = tmp_path_factory.mktemp("crowd") / "data"
    stores = open_stores(data)
    stores.prepare()
    for name in (VICTIM, NEWCOMER, *map(munchkin_id, (*SEEN, *UNSEEN))):
        document = subscription(munchkin_id=name)
        document["credentials"][0]["client_id"] = name
        Subscriptions(stores, MachineTime()).apply(parse_subscription(document))
    stores.close()
    server = start_server(data, workers=0)
    yield server
    server.stop()


def times_of(call: Callable[[], Any]) -> list[float]:
    """Return how many seconds each of some calls takes."""
    taken = []
    for _ in range(TRIES):
        began = time.monotonic()
        call()
        taken.append(time.monotonic() - began)
    return taken


def waiting_for_locks() -> int:
    """Return how many threads of this machine wait for a lock on a file."""
    return Path("/proc/locks").read_text().count("-> FLOCK")


@contextmanager
def blocked_writes(server: Server, numbers: range) -> Iterator[None]:
    """Let ten writes wait in each neighbour, whose write turn somebody else has."""
    tokens = {name: server.new_token(name, CLIENT_SECRET) for name in map(munchkin_id, numbers)}
    body = {"input": [{"email": "a@example.com"}]}

    def write(token: str) -> int:
        return httpx.post(
            f"{server.address}/rest/v1/leads.json",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        ).status_code

    with ThreadPoolExecutor(ATTACKERS * BLOCKED_EACH) as pool, ExitStack() as held:
        for name, token in tokens.items():
            if numbers is SEEN:
                assert server.call("GET", "/rest/v1/leads/partitions.json", token).json()["success"]
            held.enter_context(turn(server.data / "subscriptions" / f"{name.lower()}.db", worker=True))
        answers = [pool.submit(write, token) for token in tokens.values() for _ in range(BLOCKED_EACH)]
        until(lambda: waiting_for_locks() >= ATTACKERS)
        yield
        assert not any(each.done() for each in answers), "a write that was to wait has not"
        held.close()
        assert {each.result() for each in answers} == {200}


def test_blocked_writes_of_neighbours(crowd: Server) -> None:
    """Neither polls nor writes of another subscription wait for them."""
    token = crowd.new_token(VICTIM, CLIENT_SECRET)
    path, body = "/rest/v1/leads.json", {"input": [{"email": "v@example.com"}]}

    def poll() -> None:
        assert crowd.call("GET", "/leadline/v1/jobs.json", token).status_code == 200

    def write() -> None:
        assert crowd.call("POST", path, token, json=body).json()["success"]

    write()
    alone = {call.__name__: statistics.median(times_of(call)) for call in (poll, write)}
    with blocked_writes(crowd, SEEN):
        beside = {call.__name__: statistics.median(times_of(call)) for call in (poll, write)}
    for name, seconds in beside.items():
        assert seconds < 10 * alone[name] + 0.1, f"{name}: {seconds:.3f} s beside, {alone[name]:.3f} s alone"


def test_blocked_writes_with_tokens_that_nobody_has_seen(crowd: Server) -> None:
    """Calls of tokens that are new to the server do not wait for each other's work."""
    token = crowd.new_token(NEWCOMER, CLIENT_SECRET)
    with blocked_writes(crowd, UNSEEN):
        began = time.monotonic()
        answer = crowd.call(
            "POST", "/rest/v1/leads.json", token, json={"input": [{"email": "n@example.com"}]}
        )
        assert answer.json()["success"]
        assert time.monotonic() - began < 5


def test_wrong_secrets_from_many_addresses(crowd: Server) -> None:
    """Their checks have two threads of their own; polls of others are answered meanwhile."""
    token = crowd.new_token(VICTIM, CLIENT_SECRET)
    wrong = {"grant_type": "client_credentials", "client_id": VICTIM, "client_secret": "wrong"}
    over, answered = threading.Event(), list[int]()

    def guess(number: int) -> None:
        transport = httpx.HTTPTransport(local_address=f"127.0.1.{number + 1}")
        with httpx.Client(transport=transport, timeout=60) as client:
            while not over.is_set():
                answered.append(client.get(f"{crowd.address}/identity/oauth/token", params=wrong).status_code)

    def poll() -> None:
        assert crowd.call("GET", "/leadline/v1/jobs.json", token).status_code == 200

    alone = statistics.median(times_of(poll))
    guesses = [threading.Thread(target=guess, args=(number,)) for number in range(60)]
    for each in guesses:
        each.start()
    until(lambda: len(answered) > 4)
    beside = statistics.median(times_of(poll))
    over.set()
    for each in guesses:
        each.join()
    assert set(answered) == {401}
    assert beside < 20 * alone + 0.1, f"{beside:.3f} s beside, {alone:.3f} s alone"


def test_a_large_identity_form(crowd: Server) -> None:
    """It is read on the loop that all calls share, so it is small."""
    form = b"grant_type=client_credentials&" + b"a=1&" * 5_000
    answer = httpx.post(
        f"{crowd.address}/identity/oauth/token",
        content=form,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (answer.status_code, answer.json()["error"]) == (413, "invalid_request")


def test_metrics_ask_the_stores_once_in_a_while(crowd: Server, tmp_path: Path) -> None:
    """Whoever asks, as often as he likes: jobs in the store are counted at most every ten seconds."""
    token = crowd.new_token(VICTIM, CLIENT_SECRET)

    def counted() -> str:
        text = httpx.get(f"{crowd.address}/metrics").text
        return next(line for line in text.splitlines() if line.startswith('leadline_jobs{status="Queued"}'))

    before = counted()
    assert crowd.post_file("email\na@example.com\n", token).json()["success"]
    assert counted() == before
    until(lambda: counted() != before)


LINES = 60_000


def large_file(server: Server, lines: int = LINES) -> str:
    """Import a file of which each row fails; return the path of its failure file, of some megabytes."""
    rows = "".join(f"{'x' * 50}{number}@example.com,ninety\n" for number in range(lines))
    batch_id = server.submit("email,leadScore\n" + rows)
    assert server.finish(batch_id)["numOfRowsFailed"] == lines
    return f"/bulk/v1/leads/batch/{batch_id}/failures.json"


@contextmanager
def unread(
    server: Server, path: str, count: int, buffer_bytes: int = 4096, *, header: str = ""
) -> Iterator[list[socket.socket]]:
    """Ask for a file so often, and read nothing of the answers but how each begins.

    `header` says who asks; without one it is the server's token.
    """
    asked, header = [], header or f"Authorization: Bearer {server.token}"
    with ExitStack() as opened:
        for _ in range(count):
            raw = opened.enter_context(connect(server))
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
            raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode())
            assert raw.recv(15) == b"HTTP/1.1 200 OK"
            asked.append(raw)
        yield asked


def copies(server: Server) -> int:
    """Return how many files the server has open that have no name, as temporary ones have none."""
    opened = Path(f"/proc/{server.process.pid}/fd").iterdir()
    return sum("(deleted)" in str(each.readlink()) for each in opened)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server with a large failure file, and the path of that; the last test that takes it lets it expire."""
    for server in running(tmp_path_factory.mktemp("reported") / "data", subscription()):
        yield server, large_file(server)


def test_files_that_nobody_reads_take_no_space(reported: tuple[Server, str]) -> None:
    """Each reader holds a piece of the file: the whole of it lies neither in memory nor once more on disk."""
    server, path = reported
    whole = server.call("GET", path)
    size = len(whole.content)
    assert int(whole.headers["Content-Length"]) == size > 6_000_000
    before = memory_mb(server)
    with unread(server, path, 40):
        grown = memory_mb(server) - before
        assert copies(server) == 0
    assert grown < 0.4 * 40 * size / 1024**2, f"{grown} MB for 40 readers of {size} bytes"


def succeeds(server: Server) -> bool:
    return bool(server.get("/leadline/v1/jobs.json")["success"])


def test_a_file_that_is_sent_keeps_its_seat(tmp_path: Path) -> None:
    """It counts among the concurrent calls until it is sent, or its reader has gone."""
    env = {"LEADLINE_LIMITS__CONCURRENT_CALLS_MAX": "3"}
    for server in running(tmp_path / "data", subscription(), env=env):
        path = large_file(server)
        with unread(server, path, 3):
            assert server.get("/leadline/v1/jobs.json")["errors"][0]["code"] == "615"
        until(partial(succeeds, server))


def test_a_file_whose_job_expires_breaks_off(reported: tuple[Server, str]) -> None:
    """The connection closes before the announced length, so that nobody takes a part for the whole.

    The file is so large that what the sockets hold and the piece that is being sent are not all of it.
    """
    server, _ = reported
    path = large_file(server, 2 * LINES)
    size = int(server.call("GET", path).headers["Content-Length"])
    with unread(server, path, 1, 256 * 1024) as (reader,):
        stores = open_stores(server.data)
        with stores.subscription("123-ABC-456").write() as session:
            assert job_purge.purge(session, now_ms() // 1000, 100) == 2
        stores.close()
        received = b"".join(iter(partial(reader.recv, 1024 * 1024), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"Content-Length: {size}".lower().encode() in head.lower()
    assert 0 < len(body) < size
    assert server.wait_for("FaultCaught")["exception"] == "StoreFaultError"
