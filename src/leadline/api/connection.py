"""One connection to the HTTP server: the library's protocol, with deadlines and a place at the door.

A request's head must come within seconds; its body at a least rate, and to its end within
minutes; an answer must be read. What a client still sends after its answer (the rest of a body
that was refused) is read on, so that the client gets to its answer, but not without end.
"""

import asyncio
from typing import ClassVar, cast

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from leadline import clock
from leadline.api.door import Door
from leadline.api.envelope import failure_of, new_request_id
from leadline.config import Server
from leadline.errors import UNAVAILABLE

REFUSED_BYTES_MAX = 32 * 1024 * 1024
ANSWER_WINDOWS = 3
ANSWER_BYTES_PER_SECOND_MIN = 1000

_TOO_SLOW = b"The request came too slowly; send it again.\n"
_TIMED_OUT = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain;charset=UTF-8\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(_TOO_SLOW), _TOO_SLOW)
)


def protocol_with(door: Door) -> type[HttpToolsProtocol]:
    """Return the protocol class whose connections come through a door."""
    return cast(type[HttpToolsProtocol], type("ConnectionAtDoor", (Connection,), {"door": door}))


class Connection(HttpToolsProtocol):
    """A client's connection."""

    door: ClassVar[Door]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place; without one, the first request is answered 608."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self.url = b""
        self._head_since: float | None = clock.monotonic()
        self._incoming: _Incoming | None = None
        self._outgoing = _Outgoing()
        welcome = self.door.enter(self)
        if welcome is None:
            transport.abort()
        elif not welcome:
            self.app = _turn_away

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self.door.leave(self)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Note when a request began."""
        super().on_message_begin()
        if self._head_since is None:
            self._head_since = clock.monotonic()

    def on_headers_complete(self) -> None:
        """Note that the head is there and the body is to come."""
        self._head_since, self._incoming = None, _Incoming(clock.monotonic())
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count what comes; end a connection that sends on and on after its answer."""
        super().on_body(body)
        if self._incoming is None:
            return
        self._incoming.window_bytes += len(body)
        self._incoming.held_up |= self.flow.read_paused
        if self.cycle.response_complete:
            self._incoming.refused_bytes += len(body)
            if self._incoming.refused_bytes > REFUSED_BYTES_MAX:
                self.transport.close()

    def on_message_complete(self) -> None:
        """Note that the body is there."""
        self._incoming = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Close where nobody knows what comes next: a body that was announced, and not asked for."""
        super().on_response_complete()
        if self.expect_100_continue and self._incoming is not None and not self._incoming.window_bytes:
            self.transport.close()

    def overdue(self, now: float) -> str | None:
        """Return what the client is too slow at: `head`, `body`, `answer`, or None."""
        limits = self.door.limits
        if self._head_since is not None and now - self._head_since > limits.head_seconds:
            return "head"
        if self._incoming is not None:
            self._incoming.held_up |= self.flow.read_paused or self.cycle.waiting_for_100_continue
            if self._incoming.is_overdue(now, limits):
                return "body"
        left = self.transport.get_write_buffer_size()
        return (
            "answer" if self._outgoing.is_stuck(now, left, ANSWER_WINDOWS * limits.window_seconds) else None
        )

    def end(self, reason: str) -> None:
        """Answer 408 to a request that was begun and not answered, and close; at once when asked again."""
        begun = bool(self.url) if reason == "head" else reason == "body" and not self.cycle.response_started
        if reason == "answer" or self.transport.is_closing():
            self.transport.abort()
            return
        if begun:
            self.transport.write(_TIMED_OUT)
        self.transport.close()


class _Incoming:
    """How a body comes in; times are monotonic seconds."""

    def __init__(self, now: float) -> None:
        self._since = self._window_since = now
        self.window_bytes = 0
        self.refused_bytes = 0
        self.held_up = False
        """Whether the server did not read: then the client is not to blame."""

    def is_overdue(self, now: float, limits: Server) -> bool:
        """Tell whether the last window brought too little, or the whole takes too long."""
        if now - self._since > limits.body_seconds:
            return True
        elapsed = now - self._window_since
        if elapsed < limits.window_seconds:
            return False
        is_slow = self.window_bytes < limits.body_bytes_per_second_min * elapsed and not self.held_up
        if self.held_up:
            self._since += elapsed
        self._window_since, self.window_bytes, self.held_up = now, 0, False
        return is_slow


class _Outgoing:
    """How an answer is read; times are monotonic seconds."""

    def __init__(self) -> None:
        self._since = 0.0
        self._left = 0
        self._read_bytes = 0

    def is_stuck(self, now: float, left: int, window: float) -> bool:
        """Tell whether the client read too little of the bytes left, in the last window (seconds)."""
        before, self._left = self._left, left
        if not left or not before:
            self._since, self._read_bytes = now, 0
            return False
        self._read_bytes += max(before - left, 0)
        if now - self._since < window:
            return False
        is_stuck = self._read_bytes < ANSWER_BYTES_PER_SECOND_MIN * window
        self._since, self._read_bytes = now, 0
        return is_stuck


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 608, and 503 to who asks for the server's health; the connection closes."""
    response = failure_of(new_request_id(), UNAVAILABLE, UNAVAILABLE.template)
    response.headers["Connection"] = "close"
    if scope["path"].startswith("/health/"):
        response.status_code = 503
    await response(scope, receive, send)
