"""What a request's head must be beyond what the parser asks (RFC 9112), and the answers when it is not.

A doubtful head is refused rather than guessed at: a proxy in front may have guessed otherwise,
and then one of the two takes a part of a body for a request.
"""

import re

from starlette.responses import Response

HEAD_BYTES_MAX = 64 * 1024
URI_BYTES_READ_MAX = 32 * 1024
"""A longer address is not read to its end; from 8 KB on it is refused by the API."""

Headers = list[tuple[bytes, bytes]]

_HOST = re.compile(rb"(?:[\w.~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?#]*)(.*)", re.DOTALL)


def fault_of(version: str, method: bytes, headers: Headers) -> str | None:
    """Return what is wrong with a head, None when nothing is."""
    if version not in ("1.1", "1.0"):
        return "This server speaks HTTP/1.1."
    if method == b"CONNECT":
        return "This server is no proxy."
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (not hosts and version == "1.1"):
        return "A request names its host once."
    if hosts and not _HOST.fullmatch(hosts[0].strip()):
        return "The host is not a name with a port."
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    if codings and (version == "1.0" or b",".join(codings).strip().lower() != b"chunked"):
        return "The only transfer coding is chunked, with HTTP/1.1."
    return None


def body_bytes(headers: Headers) -> int | None:
    """Return how long the body is that a head announces, None when only its chunks will tell."""
    named = dict(headers)
    return None if b"transfer-encoding" in named else int(named.get(b"content-length", b"0"))


def origin_form(url: bytes, headers: Headers) -> bytes:
    """Return the path and query of an absolute address, whose host then counts (RFC 9112 §3.2.2)."""
    absolute = None if url.startswith(b"/") else _ABSOLUTE.fullmatch(url)
    if absolute is None:
        return url
    authority, rest = absolute.groups()
    headers[:] = [(b"host", authority), *(pair for pair in headers if pair[0] != b"host")]
    return rest if rest.startswith(b"/") else b"/" + rest


def without_upgrade(method: bytes, url: bytes, version: str, headers: Headers) -> bytes:
    """Return a head as it would be without the wish for another protocol, which may be ignored.

    The parser takes what follows such a head for that protocol, also when it is a body.
    """
    kept = [b"%s: %s\r\n" % pair for pair in headers if pair[0] != b"upgrade"]
    return b"%s %s HTTP/%s\r\n%s\r\n" % (method, url, version.encode(), b"".join(kept))


def plain_answer(status: int, reason: str, sentence: str) -> bytes:
    """Return an answer outside the API: one sentence, and the connection closes."""
    response = Response(sentence + "\n", status, {"Content-Type": "text/plain;charset=UTF-8"})
    return on_the_wire(response, reason)


def on_the_wire(response: Response, reason: str) -> bytes:
    """Return the bytes of an answer after which the connection closes."""
    lines = [f"HTTP/1.1 {response.status_code} {reason}".encode(), b"connection: close"]
    lines += [b"%s: %s" % pair for pair in response.raw_headers]
    return b"\r\n".join([*lines, b"", bytes(response.body)])


TIMED_OUT = plain_answer(408, "Request Timeout", "The request came too slowly; send it again.")
CUT_SHORT = plain_answer(400, "Bad Request", "The request ended before its end.")
MALFORMED = plain_answer(400, "Bad Request", "This is no HTTP request.")
TOO_MUCH_BESIDE = plain_answer(400, "Bad Request", "Too much stands between the pieces of the body.")
HEAD_TOO_LARGE = plain_answer(
    431, "Request Header Fields Too Large", f"A head has at most {HEAD_BYTES_MAX} bytes."
)
