"""Requests byte by byte (RFC 9112, §0.1, §0.6, §3.2): each is refused whole or answered right, and nothing of a body
is ever read as a request."""

import json
import socket

import pytest

from tests.harness import Server
from tests.sockets import answer_of, connect

HOST = b"Host: x\r\n"
PATH = b"/rest/v1/leads/partitions.json"
FORM = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nemail\r\n'
    b"raw@example.com\r\n--b--\r\n"
)
LENGTH = b"Content-Length: %d\r\n" % len(FORM)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FORM), FORM)
SECOND = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


def get(*headers: bytes, target: bytes = PATH, version: bytes = b"HTTP/1.1", method: bytes = b"GET") -> bytes:
    return b"".join((method, b" ", target, b" ", version, b"\r\n", *(headers or (HOST,)), b"TOKEN", b"\r\n"))


SPACED = get(target=PATH + b"?x=a b")
FAKE = b"GET /health/live?x=a b HTTP/1.1\r\nHost: x\r\n\r\n"


def chunks(body: bytes, trailer: bytes = b"") -> bytes:
    """Return an upload of one chunk that is no form."""
    return upload(CHUNKED, body=b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(body), body, trailer))


def upload(*headers: bytes, body: bytes = FORM, version: bytes = b"HTTP/1.1") -> bytes:
    first = b"POST /bulk/v1/leads.json " + version + b"\r\n" + HOST + b"TOKEN"
    kind = b"Content-Type: multipart/form-data; boundary=b\r\n"
    return first + kind + b"".join(headers) + b"\r\n" + body


def said(server: Server, request: bytes) -> bytes:
    """Send a request, then that nothing follows; return all that is answered until the server closes."""
    with connect(server) as raw:
        try:
            raw.sendall(request.replace(b"TOKEN", b"Authorization: Bearer %s\r\n" % server.token.encode()))
            raw.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all of it was sent
        return answer_of(raw)


REFUSED = {
    "unknown method": get(method=b"FOO"),
    "method in lower case": get(method=b"get"),
    "a proxy's method": get(method=b"CONNECT", target=b"x:443"),
    "a proxy's method with a path": get(method=b"CONNECT"),
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/2.0": get(version=b"HTTP/2.0"),
    "HTTP/1.2": get(version=b"HTTP/1.2"),
    "version in lower case": get(version=b"http/1.1"),
    "no slash": get(target=b"rest/v1/leads.json"),
    "tab in the address": get(target=PATH + b"?x=a\tb"),
    "a version within the address": get(target=PATH + b"?x=a HTTP/1.1"),
    "another version within the address": get(target=PATH + b"?x=a HTTP/9 b"),
    "space behind the version": get(version=b"HTTP/1.1 "),
    "space in an absolute address": get(target=b"http://x" + PATH + b"?x=a b"),
    "space in the host of an absolute address": get(target=b"http://x y" + PATH),
    "address without a slash, then one with": get(target=b"x " + PATH),
    "two methods": get(method=b"GET POST"),
    "space without a version": b"GET " + PATH + b"?x=a b\r\nHost: x\r\n\r\n",
    "carriage return behind a space": get(target=PATH + b"?x=a \rb"),
    "space in a header's name": get(HOST, b"X A: b\r\n"),
    "raw byte in the path": get(target=b"/rest/v1/lead/\xff.json"),
    "raw byte in the query": get(target=PATH + b"?x=\xff"),
    "no host": get(b"X-A: b\r\n"),
    "two hosts": get(HOST, HOST),
    "host with a path": get(b"Host: a/b?c#d\r\n"),
    "host with spaces": get(b"Host: a b\r\n"),
    "host that is no text": get(b"Host: \xe9\r\n"),
    "line folding": get(HOST, b"X-A: b\r\n folded\r\n"),
    "carriage return in a header": get(HOST, b"X-A: b\rContent-Length: 3\r\n"),
    "NUL in a header": get(HOST, b"X-A: \0\r\n"),
    "space before the colon": get(HOST, b"X-A : b\r\n"),
    "no colon": get(HOST, b"X-A\r\n"),
    "no name": get(HOST, b": b\r\n"),
    "line feeds only": get().replace(b"\r\n", b"\n"),
    "two lengths": upload(LENGTH, b"Content-Length: 5\r\n"),
    "a length twice": upload(LENGTH, LENGTH),
    "a list of lengths": upload(LENGTH.replace(b"\r\n", b", %d\r\n" % len(FORM))),
    "length and chunks": upload(LENGTH, CHUNKED, body=CHUNKS),
    "chunks and length": upload(CHUNKED, LENGTH, body=CHUNKS),
    "signed length": upload(b"Content-Length: +10\r\n"),
    "negative length": upload(b"Content-Length: -1\r\n"),
    "hex length": upload(b"Content-Length: 0x10\r\n"),
    "length with a point": upload(b"Content-Length: 10.0\r\n"),
    "empty length": upload(b"Content-Length:\r\n"),
    "endless length": upload(b"Content-Length: %s\r\n" % (b"9" * 30)),
    "a word as length": upload(b"Content-Length: ten\r\n"),
    "gzip, then chunks": upload(b"Transfer-Encoding: gzip, chunked\r\n", body=CHUNKS),
    "identity": upload(b"Transfer-Encoding: identity\r\n"),
    "chunks, then identity": upload(b"Transfer-Encoding: chunked, identity\r\n", body=CHUNKS),
    "nearly chunked": upload(b"Transfer-Encoding: xchunked\r\n", body=CHUNKS),
    "chunked twice": upload(CHUNKED, CHUNKED, body=CHUNKS),
    "chunked behind a control character": upload(b"Transfer-Encoding: \x0bchunked\r\n", body=CHUNKS),
    "chunked, space before the colon": upload(b"Transfer-Encoding : chunked\r\n", body=CHUNKS),
    "chunked with HTTP/1.0": upload(CHUNKED, body=CHUNKS, version=b"HTTP/1.0"),
    "chunk size with a prefix": upload(CHUNKED, body=b"0x" + CHUNKS),
    "chunk size that is none": upload(CHUNKED, body=b"zz\r\n" + FORM),
    "signed chunk size": upload(CHUNKED, body=b"+5\r\n" + FORM),
    "negative chunk size": upload(CHUNKED, body=b"-5\r\n" + FORM),
    "chunk size beyond 64 bits": upload(CHUNKED, body=b"f" * 17 + b"\r\n" + FORM),
    "chunk without line end": upload(CHUNKED, body=CHUNKS.replace(b"--b--\r\n\r\n", b"--b--\r\n")),
    "chunks with line feeds": upload(CHUNKED, body=b"%x\n%s\n0\n\n" % (len(FORM), FORM)),
    "space behind the chunk size": upload(CHUNKED, body=CHUNKS.replace(b"\r\n", b" \r\n", 1)),
    "chunk extension without end": upload(CHUNKED, body=b"5;a=" + b"x" * 1_000_000),
    "chunk size without end": upload(CHUNKED, body=b"0" * 1_000_000),
    "trailers without end": upload(CHUNKED, body=CHUNKS[:-2] + b"X-T: " + b"x" * 1_000_000),
    "body cut short": upload(LENGTH, body=FORM[:50]),
    "chunks cut short": upload(CHUNKED, body=CHUNKS[:-5]),
    "head cut short": get()[:-2],
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(server: Server, name: str) -> None:
    """400 and the end of the connection, whatever stands behind it."""
    behind = b"" if "cut short" in name else SECOND
    answer = said(server, REFUSED[name] + behind)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer


def answers(answer: bytes) -> list[tuple[int, str | None]]:
    """Return status and error code of each answer; the code is None where there is none."""
    found = []
    while answer:
        head, _, rest = answer.partition(b"\r\n\r\n")
        lines = head.lower().splitlines()
        lengths = [line.partition(b":")[2] for line in lines if line.startswith(b"content-length:")]
        length = int(lengths[0]) if lengths else 0
        body, answer = rest[:length], rest[length:]
        errors = json.loads(body).get("errors") if body.startswith(b"{") else None
        found.append((int(head.split()[1]), errors[0]["code"] if errors else None))
    return found


FINE = (200, None)
MANY = b"GET /rest/v1/leads.json?filterType=id&filterValues=1&x=%s HTTP/1.1\r\nHost: x\r\nTOKEN\r\n"
ANSWERED = {
    "OPTIONS": (get(method=b"OPTIONS"), [(200, "605")]),
    "TRACE": (get(method=b"TRACE"), [(200, "605")]),
    "another method that HTTP knows": (get(method=b"PROPFIND"), [(200, "605")]),
    "OPTIONS of the whole server": (get(method=b"OPTIONS", target=b"*"), [(200, "610")]),
    "absolute address": (get(target=b"http://x" + PATH), [FINE]),
    "absolute address, another host": (
        get(b"Host: 999-ZZZ-999.mktorest.com\r\n", target=b"HTTP://x:80" + PATH),
        [FINE],
    ),
    "absolute address of another subscription": (get(target=b"http://999-ZZZ-999.x" + PATH), [(200, "601")]),
    "absolute address without a path": (get(target=b"http://x"), [(200, "610")]),
    "absolute address with a query only": (get(target=b"http://x?a=b"), [(200, "610")]),
    "fragment": (get(target=PATH + b"?a=b#c?d"), [FINE]),
    "dot segments": (get(target=b"/rest/../bulk/v1/leads/batch/1.json"), [(200, "1013")]),
    "encoded dot segments": (get(target=b"/bulk/%2e%2E" + PATH), [FINE]),
    "more dot segments than segments": (get(target=b"/../../.." + PATH), [FINE]),
    "encoded slash": (get(target=b"/rest%2fv1/leads/partitions.json"), [FINE]),
    "slashes": (get(target=b"///rest//v1/leads///partitions.json"), [FINE]),
    "encoded NUL": (get(target=b"/rest/v1/lead/%00.json"), [(200, "1001")]),
    "encoded byte that is no text": (get(target=b"/rest/v1/lead/%ff.json"), [(200, "1001")]),
    "percent sign that encodes nothing": (get(target=b"/rest/v1/lead/%zz%.json"), [(200, "1001")]),
    "NUL in a name": (get(target=b"/rest/v1/customobjects/a%00b/describe.json"), [(200, "1013")]),
    "query that is no text": (get(target=PATH + b"?x=%ff%fe&%80=%"), [FINE]),
    "8193 bytes": (get(target=PATH + b"?" + b"y" * (8192 - len(PATH))), [(414, "414")]),
    "100 kB of address": (MANY % (b"y" * 100_000), [(414, "414")]),
    "10 MB of address": (MANY % (b"y" * 10_000_000), [(414, "414")]),
    "a long header": (get(HOST, b"X-A: " + b"y" * 100_000 + b"\r\n"), [(431, None)]),
    "many headers": (get(HOST, b"X-A: y\r\n" * 20_000), [(431, None)]),
    "a header without end": (get(HOST, b"X-A: " + b"y" * 10_000_000), [(431, None)]),
    "empty host": (get(b"Host:\r\n"), [FINE]),
    "host with a port": (get(b"Host: [::1]:8080\r\n"), [FINE]),
    "names in upper case": (get(b"HOST: x\r\n").replace(b"TOKEN", b"X-B: c\r\nTOKEN"), [FINE]),
    "HTTP/1.0 without a host": (get(b"X-A: b\r\n", version=b"HTTP/1.0"), [FINE]),
    "lines before a request": (b"\r\n\r\n" + get(), [FINE]),
    "a body where none is asked for": (get(HOST, b"Content-Length: 40\r\n") + SECOND + b"aa", [FINE]),
    "leading zeros": (upload(LENGTH.replace(b": ", b": 000")), [FINE]),
    "chunks": (upload(b"Transfer-Encoding: Chunked\r\n", body=CHUNKS), [FINE]),
    "chunk extension": (upload(CHUNKED, body=CHUNKS.replace(b"\r\n", b';a=b;c="d"\r\n', 1)), [FINE]),
    "trailer": (upload(CHUNKED, body=CHUNKS[:-2] + b"Content-Type: text/plain\r\n\r\n"), [FINE]),
    "a wish for 100": (upload(LENGTH, b"Expect: 100-continue\r\n"), [(100, None), FINE]),
    "a wish for 100 with HTTP/1.0": (
        upload(LENGTH, b"Expect: 100-continue\r\n", version=b"HTTP/1.0"),
        [FINE],
    ),
    "another wish": (upload(LENGTH, b"Expect: 200-maybe\r\n"), [FINE]),
    "space in the address": (get(target=PATH + b"?x=a b"), [FINE]),
    "spaces in the address": (get(target=PATH + b"?x=a  b c&y= "), [FINE]),
    "space in the path": (get(target=b"/rest/v1/lead/a b.json"), [(200, "1001")]),
    "spaces in all of a row": (get(target=PATH + b"?x=a b") * 3, [FINE] * 3),
    "spaces behind a body like a request": (
        upload(b"Content-Length: %d\r\n" % len(FAKE), body=FAKE) + SPACED,
        [(200, "613"), FINE],
    ),
    "spaces behind chunks": (chunks(b"x") + SPACED, [(200, "613"), FINE]),
    "spaces behind chunks like a request": (chunks(FAKE) + SPACED, [(200, "613"), FINE]),
    "spaces behind a trailer": (chunks(b"x", b"X-A: b\r\n") + SPACED, [(200, "613"), FINE]),
    "spaces and the wish for another protocol": (
        get(HOST, b"Connection: Upgrade\r\nUpgrade: h2c\r\n", target=PATH + b"?x=a b") * 2,
        [FINE, FINE],
    ),
    "8 kB with its spaces": (get(target=PATH + b"?" + b" " * 2800 + b"x"), [(414, "414")]),
    "100 kB of spaces": (get(target=PATH + b"?" + b" " * 100_000 + b"x"), [(414, "414")]),
    "many requests within a body": (chunks(FAKE * 2000) + SECOND, [(200, "613"), FINE]),
    "three in a row": (get() + SECOND + get(), [FINE] * 3),
    "a line end behind a body": (upload(LENGTH) + b"\r\n" + SECOND, [FINE, FINE]),
    "nothing behind the last": (get(HOST, b"Connection: close\r\n") + SECOND, [FINE]),
    "garbage behind a request": (get() + SECOND + b"GARBAGE\r\n\r\n", [FINE, FINE, (400, None)]),
    "a broken body behind a request": (get() + upload(CHUNKED, body=b"zz\r\n"), [FINE, (400, None)]),
    "the wish for another protocol": (get(HOST, b"Connection: Upgrade\r\nUpgrade: websocket\r\n"), [FINE]),
    "that wish, with a body": (
        upload(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n", LENGTH) + SECOND,
        [FINE, FINE],
    ),
    "that wish, with a body like a request": (
        get(HOST, b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: %d\r\n" % len(SECOND)) + SECOND,
        [FINE],
    ),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_answered(server: Server, name: str) -> None:
    """As many answers as requests, each the right one."""
    request, expected = ANSWERED[name]
    assert answers(said(server, request)) == expected


def test_head(server: Server) -> None:
    """HEAD tells 605 as anything else would, without a body; health checks know it."""
    head, _, body = said(server, get(method=b"HEAD")).partition(b"\r\n\r\n")
    assert (head.split()[1], body) == (b"200", b"")
    assert said(server, get(method=b"HEAD", target=b"/health/live")).startswith(b"HTTP/1.1 200 ")


def test_a_body_is_no_request_though_it_comes_later(server: Server) -> None:
    """What follows the head of an upgrade in a segment of its own is its body."""
    wish = b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: %d\r\nExpect: 100-continue\r\n" % len(
        SECOND
    )
    with connect(server) as raw:
        raw.sendall(
            upload(wish, body=b"").replace(b"TOKEN", f"Authorization: Bearer {server.token}\r\n".encode())
        )
        assert raw.recv(65_536).startswith(b"HTTP/1.1 100 ")
        raw.sendall(SECOND)
        raw.shutdown(socket.SHUT_WR)
        assert answers(answer_of(raw)) == [(200, "613")]


def test_a_space_is_no_end_of_a_value(server: Server) -> None:
    """§3.2, §5.1: what stands behind the space belongs to the value, as if it were `%20`."""
    said_of = {
        space: said(server, get(target=b"/bulk/v1/leads/batch/a%sb.json" % space)).partition(b"\r\n\r\n")[2]
        for space in (b" ", b"%20")
    }
    told = [json.loads(each)["errors"] for each in said_of.values()]
    assert (
        told[0] == told[1] == [{"code": "1001", "message": "Invalid value 'a b'. Required of type 'Integer'"}]
    )


def test_a_request_in_pieces_of_one_byte(server: Server) -> None:
    """Two requests on one connection, cut everywhere."""
    whole = upload(CHUNKED, body=CHUNKS) + SPACED
    whole = whole.replace(b"TOKEN", b"Authorization: Bearer %s\r\n" % server.token.encode())
    with connect(server) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(whole)):
            raw.sendall(whole[at : at + 1])
        raw.shutdown(socket.SHUT_WR)
        assert answers(answer_of(raw)) == [FINE, FINE]
