"""Closing a connection so that its client gets to the last answer."""

import asyncio
from typing import Any, Protocol


class Sender(Protocol):
    """The connection, as far as closing it needs to know."""

    def is_sending(self) -> bool:
        """Tell whether more of a request may be on its way."""

    def read_on(self) -> None:
        """Go on reading, if that was paused."""


class LingeringTransport:
    """A transport whose `close` waits for a client that still sends.

    A connection that is closed with bytes unread is reset, and a client that writes its whole
    request before it reads would see the reset and not its answer. So the answer is ended, and
    what still comes is read and forgotten, until the client closes or its time is over.
    """

    def __init__(self, transport: asyncio.Transport, sender: Sender) -> None:
        self._transport = transport
        self._sender = sender
        self.is_lingering = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Tell whether nothing more is to be written."""
        return self.is_lingering or self._transport.is_closing()

    def close(self) -> None:
        """Close, at once when nothing is on its way or this is asked a second time."""
        if self.is_closing() or not self._sender.is_sending():
            self._transport.close()
            return
        self.is_lingering = True
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._sender.read_on()
