"""§3.2, §5.1: raw spaces of an address become %20, and nothing else of a request line changes, however it is cut."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadline.http.request_line import RequestLine
from tests.forms import times

LINE = re.compile(rb"([\r\n]*[A-Z]{1,20} )(/.*?)( +HTTP/.*|[\r\n].*)", re.DOTALL)
WORDS = [
    b"GET",
    b"POST",
    b"get",
    b"/",
    b"/a?b=",
    b"On",
    b"List",
    b"\t",
    b"\0",
    b"HTTP",
    b"HTTP/",
    b"HTTP/1.1",
]
PIECES = st.sampled_from([*WORDS, b" ", b" ", b" ", b"  ", b"\r\n", b"\r", b"\n"])


def as_seen(line: bytes) -> bytes:
    """Return what the parser is to see, by one pattern over the whole line."""
    whole = LINE.fullmatch(line)
    if whole is None:
        return line
    start, address, rest = whole.groups()
    return start + address.replace(b" ", b"%20") + rest


def taken(line: bytes, cuts: list[int]) -> bytes:
    """Return what a line becomes that comes in pieces; what follows its address is passed on as it is."""
    taker, seen, at = RequestLine(), b"", 0
    for end in [*sorted(cuts), len(line)]:
        seen += line[at:end] if taker.is_over else taker.take(line[at:end])
        at = end
    return seen


@settings(max_examples=times(750, 15_000, 1500))
@given(st.lists(PIECES, max_size=14).map(b"".join), st.lists(st.integers(0, 90), max_size=8))
@example(b"POST /m.json?programMemberStatus=On List HTTP/1.1\r\n", [33, 34, 35])
@example(b"GET /a b HT HTTP/1.1\r\n", [9, 10, 11, 12, 13])
@example(b"GET /a  HTTP/1.1\r\n", [7])
@example(b"GET  /a b HTTP/1.1\r\n", [4])
def test_cut_anywhere(start: bytes, cuts: list[int]) -> None:
    line = start + b"\r\n"
    expected = as_seen(line)
    assert taken(line, []) == expected
    assert taken(line, [min(each, len(line)) for each in cuts]) == expected
    assert taken(line, list(range(len(line)))) == expected


def test_spaces_without_end() -> None:
    """Little is held back: a line of spaces only goes on to the parser, which refuses it."""
    taker = RequestLine()
    seen = taker.take(b"GET /")
    for _ in range(100):
        seen += taker.take(b" " * 1000)
    assert len(seen) > 90_000
