"""A connection's answers do not depend on how what comes is cut, nor on when the application answers."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from leadline import clock
from leadline.api.envelope import refusal
from leadline.config import Server
from leadline.http.connection_limits import ConnectionLimits, ConnectionsMax
from leadline.http.timed_connection import TimedConnection, protocol_with
from tests.forms import times
from tests.unit.wire import CONFIG, TIMES, Driver, Wire, answers, run_on


@dataclass(frozen=True)
class Request:
    """A request, the answers to it, and whether the connection ends with them."""

    sent: bytes
    answers: tuple[tuple[int, bytes], ...]
    is_last: bool = False


def request(
    method: str,
    path: bytes,
    body: bytes = b"",
    *headers: bytes,
    seen: bytes | None = None,
    before: tuple[tuple[int, bytes], ...] = (),
    is_last: bool = False,
) -> Request:
    """Return a request that the application below answers with its method, its address and its body's size."""
    head = b"".join(each + b"\r\n" for each in (b"Host: x", *headers))
    size = b"" if path.startswith(b"/early") else b" %d" % len(seen if seen is not None else body)
    said = b"" if method == "HEAD" else b"%s %s%s" % (method.encode(), path.replace(b" ", b"%20"), size)
    return Request(
        b"%s %s HTTP/1.1\r\n%s\r\n%s" % (method.encode(), path, head, body), (*before, (200, said)), is_last
    )


LIKE_A_REQUEST = b"x\r\n\r\nGET /fake c HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKS = b"3\r\nabc\r\n%x;a=b\r\n%s\r\n0\r\n" % (len(LIKE_A_REQUEST), LIKE_A_REQUEST)
BYTES = b"x" * (3 + len(LIKE_A_REQUEST))
LENGTH = b"Content-Length: %d" % len(LIKE_A_REQUEST)
CHUNKED = b"Transfer-Encoding: chunked"
UPGRADE = (b"Connection: Upgrade", b"Upgrade: h2c")
EXPECT = b"Expect: 100-continue"

REQUESTS = {
    "GET": request("GET", b"/a b?c= d"),
    "HEAD": request("HEAD", b"/a b"),
    "empty body": request("POST", b"/a", b"", b"Content-Length: 0"),
    "length": request("POST", b"/a b", LIKE_A_REQUEST, LENGTH),
    "chunks": request("POST", b"/a b", CHUNKS + b"\r\n", CHUNKED, seen=BYTES),
    "trailer": request("POST", b"/a b", CHUNKS + b"X-A: b\r\n\r\n", CHUNKED, seen=BYTES),
    "answered early": request("POST", b"/early b", LIKE_A_REQUEST, LENGTH),
    "chunks answered early": request("POST", b"/early b", CHUNKS + b"\r\n", CHUNKED, seen=BYTES),
    "expect": request("POST", b"/a b", LIKE_A_REQUEST, LENGTH, EXPECT, before=((100, b""),)),
    "upgrade": request("POST", b"/a b", LIKE_A_REQUEST, LENGTH, *UPGRADE),
    "upgrade without a body": request("GET", b"/a b", b"", *UPGRADE),
    "close": request("GET", b"/a b", b"", b"Connection: close", is_last=True),
    "close with a body": request("POST", b"/a b", LIKE_A_REQUEST, LENGTH, b"Connection: close", is_last=True),
}


def expected_of(names: Sequence[str]) -> list[tuple[int, bytes]]:
    """Return the answers to requests in a row, up to the one that closes."""
    found: list[tuple[int, bytes]] = []
    for name in names:
        found += REQUESTS[name].answers
        if REQUESTS[name].is_last:
            break
    return found


def pieces_of(whole: bytes, cuts: Sequence[int]) -> list[bytes]:
    ends = [0, *sorted({min(each, len(whole)) for each in cuts}), len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(ends) if start < end]


def whole_of(names: Sequence[str]) -> bytes:
    return b"".join(REQUESTS[name].sent for name in names)


async def check(names: Sequence[str], cuts: Sequence[int], when: str) -> None:
    pieces = pieces_of(whole_of(names), cuts)
    assert await Driver(when).say(pieces) == expected_of(names), (names, when, pieces)


@pytest.mark.parametrize("when", TIMES)
@pytest.mark.parametrize("name", REQUESTS)
def test_two_requests_cut_anywhere(name: str, when: str) -> None:
    """Each request with another behind it, in two pieces with the cut at each byte, and in pieces of one byte."""
    names = (name, "GET")

    async def cut_at_each_byte() -> None:
        size = len(whole_of(names))
        for cuts in (range(size), *([at] for at in range(size))):
            await check(names, cuts, when)

    asyncio.run(cut_at_each_byte())


@settings(max_examples=times(150, 10_000, 1000))
@given(
    st.lists(st.sampled_from(sorted(REQUESTS)), min_size=3, max_size=3),
    st.lists(st.integers(0, 500), max_size=12),
    st.sampled_from(TIMES),
)
def test_three_requests_cut_anywhere(names: list[str], cuts: list[int], when: str) -> None:
    asyncio.run(check(names, cuts, when))


@pytest.mark.parametrize("when", TIMES)
@pytest.mark.parametrize("name", REQUESTS)
def test_ended_anywhere(name: str, when: str) -> None:
    """What is whole is answered; what is cut short is refused, unless it was answered before it was whole."""
    first, second = whole_of(["GET"]), REQUESTS[name].sent

    async def end_at_each_byte() -> None:
        for size in range(1, len(second)):
            found = await Driver(when).say([first + second[:size]])
            got = [status for status, _ in found]
            assert found[0] == REQUESTS["GET"].answers[0], size
            assert got in ([200, 400], [200, 100, 400]) or ("early" in name and got == [200, 200]), (
                size,
                got,
            )

    asyncio.run(end_at_each_byte())


def test_a_wish_for_another_protocol_in_an_old_version() -> None:
    """A request of HTTP/1.0, which names no host, is answered as one, and closes."""
    wish = b"GET /a HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    wire = Wire()
    found = asyncio.run(Driver("at once", wire).say([wish]))
    assert (found, b"connection: close" in wire.written) == ([(200, b"GET /a 0")], True)


async def _timed(may_answer: asyncio.Event) -> tuple[TimedConnection, Wire]:
    limits = ConnectionLimits(Server(), ConnectionsMax(9, 9), refusal, lambda event: None)
    connection, wire = protocol_with(limits)(CONFIG, ServerState(), {"may answer": may_answer}), Wire()
    assert isinstance(connection, TimedConnection)
    connection.connection_made(wire)
    return connection, wire


def test_a_long_answer_is_no_quiet_connection() -> None:
    """A connection is quiet while nothing is asked: not during an answer, though its request began in the last."""

    async def ask() -> None:
        may_answer = asyncio.Event()
        connection, wire = await _timed(may_answer)
        connection.data_received(whole_of(["GET", "GET"])[:-5])
        may_answer.set()
        await run_on()
        may_answer.clear()
        connection.data_received(whole_of(["GET"])[-5:])
        await run_on()
        assert answers(wire.written) == expected_of(["GET"])
        assert connection.overdue(clock.monotonic() + Server().quiet_seconds + 1) is None
        assert not wire.is_closed
        may_answer.set()
        await run_on()
        assert answers(wire.written) == expected_of(["GET", "GET"])
        connection.overdue(clock.monotonic() + Server().quiet_seconds + 1)
        assert wire.is_closed

    asyncio.run(ask())


def test_a_head_that_is_not_read_is_not_late() -> None:
    """While reading is paused for the answers before it, no time is counted against a head."""

    async def ask() -> None:
        may_answer, now, late = asyncio.Event(), clock.monotonic(), Server().head_seconds + 1
        connection, wire = await _timed(may_answer)
        connection.data_received(whole_of(["GET", "GET", "GET"])[:-5])
        await run_on()
        assert wire.is_paused
        assert connection.overdue(now + late) is None
        may_answer.set()
        await run_on()
        assert answers(wire.written) == expected_of(["GET", "GET"])
        assert connection.overdue(now + late + 1) is None
        assert connection.overdue(now + 2 * late) == "head"

    asyncio.run(ask())
