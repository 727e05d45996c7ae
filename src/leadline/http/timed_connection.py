"""How long a client may take, and whether there is room for its connection.

A request's head must come within seconds; its body at a least rate, and to its end within minutes;
an answer must be read. No time counts while the server itself does not read.
`ConnectionLimits` counts the connections and asks each whether it is overdue.
"""

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from leadline.http import request_head
from leadline.http.connection import Connection
from leadline.http.connection_limits import ConnectionLimits
from leadline.http.refusals import full_server


def protocol_with(limits: ConnectionLimits) -> type[HttpToolsProtocol]:
    """Return the protocol class whose connections are counted and held to their deadlines by `limits`."""
    return cast(type[HttpToolsProtocol], type("LimitedConnection", (TimedConnection,), {"limits": limits}))


class TimedConnection(Connection):
    """A connection that is counted, and ended when its client is too slow."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection; one too many is answered 608."""
        super().connection_made(transport)
        admitted = self.limits.enter(self)
        if admitted is None:
            self._wire.abort()
        elif not admitted:
            self.app = full_server(self.limits.refuse)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone."""
        self.limits.leave(self)
        super().connection_lost(exc)

    def overdue(self, now: float) -> str | None:
        """Return what the client is too slow at: `head`, `body`, `answer`, `leaving`, or None."""
        settings = self.limits.settings
        is_leaving = self.transport.is_closing()
        if self._head_since is not None and self.flow.read_paused:
            self._head_since = now
        if self._head_since is not None and now - self._head_since > settings.head_seconds:
            return "leaving" if is_leaving else "head"
        if self._incoming is not None:
            self._incoming.held_up |= not is_leaving and self._is_held_up()
            if self._incoming.is_overdue(now, settings):
                return "leaving" if is_leaving else "body"
        elif self._quiet_since is not None and now - self._quiet_since > settings.quiet_seconds:
            self._wire.close()
        is_stuck = self._outgoing.is_stuck(now, self._wire.get_write_buffer_size(), settings)
        return "answer" if is_stuck else None

    def end(self, reason: str) -> None:
        """Answer 408 to a request that was begun and not answered, and close; at once when asked again."""
        if reason == "answer" or self.transport.is_closing():
            self._wire.abort()
            return
        is_first = self._unanswered == (1 if reason == "body" else 0)
        begun = self._is_in_head if reason == "head" else not self.cycle.response_started
        if begun and is_first:
            self._wire.write(request_head.TIMED_OUT)
        self._wire.close()

    def _is_held_up(self) -> bool:
        """Tell whether the client waits for the server: to read, to ask for the body, to answer first."""
        if self._final_answer is not None:
            return self._unanswered > 0
        return self.flow.read_paused or self.cycle.waiting_for_100_continue
