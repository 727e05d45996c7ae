"""One connection to the HTTP server: the library's protocol, with bounds on what a client may send.

What is no request is refused and the connection closes, after the answers to the requests before it.
How long a client may take is the subject of `timed_connection.py`.
"""

import asyncio
from typing import ClassVar, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from leadline import clock
from leadline.http import request_head
from leadline.http.connection_limits import ConnectionLimits
from leadline.http.lingering_close import LingeringTransport
from leadline.http.message_parts import MessageParts
from leadline.http.refusals import uri_too_long
from leadline.http.transfer_rate import Incoming, Outgoing

REFUSED_BYTES_MAX = 256 * 1024 * 1024
"""How much of a body is read and thrown away, so that its sender gets to the answer that refused it."""


class RefusedError(Exception):
    """Raised in a callback of the parser: it ends parsing, and the connection answers why."""


class Connection(HttpToolsProtocol):
    """A client's connection: the library parses and calls the application, this class sets bounds.

    `tests/unit/test_server_library.py` names what it uses of the library beyond public interfaces.
    Times are monotonic seconds.
    """

    limits: ClassVar[ConnectionLimits]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to note how far the client is."""
        self._wire = cast(asyncio.Transport, transport)
        super().connection_made(cast(asyncio.Transport, LingeringTransport(self._wire, self)))
        self.address = self.client[0] if self.client else ""
        self._is_in_head = False
        self._head_since: float | None = clock.monotonic()
        self._quiet_since: float | None = None
        self._head_bytes = self._stalled_bytes = 0
        self._incoming: Incoming | None = None
        self._outgoing = Outgoing()
        self._unanswered = 0
        self._fault = request_head.MALFORMED
        self._final_answer: bytes | None = None
        self._is_upgrade = False
        self._parts = MessageParts()

    def data_received(self, data: bytes) -> None:
        """Give the parser what came, unless the connection has been refused already."""
        if self._final_answer is not None or self.transport.is_closing():
            self._discard(len(data))
            return
        self._unset_keepalive_if_required()
        head, body = self._head_since, self._incoming
        taken = body.bytes if body else 0
        for part in self._parts.split(data):
            self._parse(part)
            if self._final_answer is not None:
                break
        in_same_head = head is not None and self._head_since is head
        in_same_body = body is not None and self._incoming is body and body.bytes == taken
        self._stalled_bytes = self._stalled_bytes + len(data) if in_same_head or in_same_body else 0
        if self._stalled_bytes > request_head.HEAD_BYTES_MAX and not self.transport.is_closing():
            self._refuse(request_head.HEAD_TOO_LARGE if in_same_head else request_head.TOO_MUCH_BESIDE)

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            version, method = self.parser.get_http_version(), self.parser.get_method()
            head = request_head.without_upgrade(method, self.url, version, self.headers)
            self.parser = httptools.HttpRequestParser(self)
            self._parse(head + data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(self._fault)

    def on_message_begin(self) -> None:
        """Note when a request began."""
        super().on_message_begin()
        self.scope["extensions"] = {"leadline.wire": {"transport": self._wire}}  # for who must break it
        self._parts.message_began()
        self._head_bytes, self._is_in_head, self._is_upgrade, self._quiet_since = 0, True, False, None
        if self._head_since is None:
            self._head_since = clock.monotonic()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        super().on_url(url)
        self._head_bytes += len(url)
        if len(self.url) > request_head.URI_BYTES_READ_MAX:
            raise self._refusal(uri_too_long(self.limits.refuse))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what stands behind a body is none."""
        if self._incoming is not None:
            return
        super().on_header(name, value)
        self._head_bytes += len(name) + len(value) + 4  # the colon, a space, the line end
        if self._head_bytes > request_head.HEAD_BYTES_MAX:
            raise self._refusal(request_head.HEAD_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Check the head, note that it is there and the body is to come."""
        version, method = self.parser.get_http_version(), self.parser.get_method()
        fault = request_head.fault_of(version, method, self.headers)
        if fault is not None:
            raise self._refusal(request_head.plain_answer(400, "Bad Request", fault))
        self._is_upgrade = self.parser.should_upgrade()
        if self._is_upgrade:
            return
        self.url = request_head.origin_form(self.url, self.headers)
        self.expect_100_continue &= version == "1.1"
        super().on_headers_complete()
        self._parts.body_began(request_head.body_bytes(self.headers))
        self._is_in_head, self._head_since, self._incoming = False, None, Incoming(clock.monotonic())
        self._unanswered += 1

    def on_body(self, body: bytes) -> None:
        """Count what comes; end a connection that sends on and on after its answer."""
        super().on_body(body)
        self._parts.body_came(len(body))
        if self._incoming is None:
            return
        self._incoming.bytes += len(body)
        self._incoming.held_up |= self.flow.read_paused
        if self.cycle.response_complete:
            self._incoming.bytes_refused += len(body)
            if self._incoming.bytes_refused > REFUSED_BYTES_MAX:
                self._wire.close()

    def on_message_complete(self) -> None:
        """Note that the body is there."""
        if self._is_upgrade:
            return
        self._incoming = None
        self._parts.message_ended()
        if not self._unanswered:
            self._quiet_since = clock.monotonic()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Close after the last answer where a body was announced and not asked for: it may come or not."""
        self._unanswered -= 1
        super().on_response_complete()
        if self._unanswered:
            return
        self._quiet_since = None if self._is_in_head else clock.monotonic()
        if self._final_answer is not None:
            self._send_final_answer()
        elif self.expect_100_continue and self._incoming is not None and not self._incoming.bytes:
            self.transport.close()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Answer the complete requests of a client that ended its side; refuse the one that it left open."""
        if self.transport.is_closing() or self.scheme == "https":
            return None
        if self._final_answer is None:
            if self._incoming is not None or self._is_in_head:
                self._refuse(request_head.CUT_SHORT)
            elif self.cycle is not None:
                self.cycle.keep_alive = False
        self._incoming = None
        return bool(self._unanswered)

    def is_sending(self) -> bool:
        """Tell whether more of a request may be on its way."""
        return self._incoming is not None

    def read_on(self) -> None:
        """Go on reading, if that was paused."""
        self.flow.resume_reading()

    def _refusal(self, answer: bytes) -> RefusedError:
        self._fault = answer
        return RefusedError()

    def _refuse(self, answer: bytes) -> None:
        """Answer what is wrong, after the answers to earlier requests; nothing more is parsed."""
        if self._incoming is not None and self.cycle.response_started:
            self._wire.close()  # it is answered, and only the rest of its body is wrong
            return
        if self._incoming is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._unanswered -= 1
            if self.pipeline:
                self.pipeline.popleft()
        # No half-closing with TLS, so there is nothing to wait for.
        self._incoming = Incoming(clock.monotonic()) if self._wire.can_write_eof() else None
        self._final_answer = answer
        if not self._unanswered:
            self._send_final_answer()

    def _send_final_answer(self) -> None:
        if not self.transport.is_closing() and self._final_answer is not None:
            self._wire.write(self._final_answer)
            self.transport.close()

    def _discard(self, count: int) -> None:
        if self._incoming is None:
            return
        self._incoming.bytes += count
        self._incoming.bytes_refused += count
        if self._incoming.bytes_refused > REFUSED_BYTES_MAX:
            self._wire.close()
