"""What a client sends, cut so that each request line is seen before the parser gets it.

A line's raw spaces are changed there and nowhere else, least of all in a body: it begins where
the parser itself says that a message is complete. To know that, a head is a part of its own, and
so is a body whose length is announced; after chunks it is cut where a request seems to follow,
be it that only its first letters have come.
"""

import re
from collections.abc import Iterator

from leadline.http.request_line import RequestLine

_BLANK_LINE = b"\r\n\r\n"
_SEAM = len(_BLANK_LINE) - 1
_NEXT_REQUEST = re.compile(rb"\r\n\r\n(?=[A-Z]+ /|[A-Z]{1,20} ?\Z)")
_CUTS_MAX = 16
"""How often chunks are cut in what comes at once: one who fakes requests in a body gains nothing."""


class MessageParts:
    """Cuts what comes; the connection tells what the parser has seen."""

    def __init__(self) -> None:
        self._line: RequestLine | None = RequestLine()
        self._in_line = True
        self._in_body = False
        self._body_left: int | None = 0
        self._tail = b""
        """The last bytes of head or chunks, which may begin a blank line."""
        self._cuts = 0

    def split(self, data: bytes) -> Iterator[bytes]:
        """Yield the parts, each for the parser to take before the next is asked for."""
        at, self._cuts = 0, 0
        while at < len(data):
            end = self._end_of_part(data, at)
            part, at = data[at:end], end
            self._tail = (self._tail + part[-_SEAM:])[-_SEAM:]
            self._in_line = self._line is not None
            if self._line is not None:
                part = self._line.take(part)
                self._line = None if self._line.is_over else self._line
            yield part

    def _end_of_part(self, data: bytes, at: int) -> int:
        if self._line is not None:
            return data.find(b"\n", at) + 1 or len(data)
        if self._in_body and self._body_left is not None:
            return min(at + max(self._body_left, 1), len(data))
        seam = (self._tail + data[at : at + _SEAM]).find(_BLANK_LINE)
        if seam >= 0:
            return at + seam + len(_BLANK_LINE) - len(self._tail)
        if not self._in_body:
            blank = data.find(_BLANK_LINE, at)
            return len(data) if blank < 0 else blank + len(_BLANK_LINE)
        self._cuts += 1
        following = _NEXT_REQUEST.search(data, at) if self._cuts <= _CUTS_MAX else None
        return following.end() if following else len(data)

    def message_began(self) -> None:
        """Say that a message has begun; where that was in the midst of a part, its line was not seen."""
        self._in_body = False
        if not self._in_line:
            self._line = None

    def body_began(self, size: int | None) -> None:
        """Say that a head is complete, and how long its body is, if that is known."""
        self._in_body, self._body_left, self._tail = True, size, b""

    def body_came(self, count: int) -> None:
        """Say that so much of a body was seen."""
        if self._body_left is not None:
            self._body_left -= count

    def message_ended(self) -> None:
        """Say that a message is complete: what comes next is a request line."""
        self._in_body, self._line = False, RequestLine()
