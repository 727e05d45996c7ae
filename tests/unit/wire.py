"""A connection without a socket: a client says pieces, an application answers when it may, a wire keeps what is written."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from leadline.http.connection import Connection


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what was asked, once it may; read the body first, except for `/early`."""
    await scope["state"]["may answer"].wait()
    said = b"%s %s" % (scope["method"].encode(), scope["raw_path"])
    said += b"?" + scope["query_string"] if scope["query_string"] else b""
    if not scope["path"].startswith("/early"):
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size, more = size + len(message["body"]), message["more_body"]
        said += b" %d" % size
    headers = [(b"content-length", b"%d" % len(said))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": said})


CONFIG = uvicorn.Config(application, http=Connection, lifespan="off", log_config=None)
CONFIG.load()


class Wire(asyncio.Transport):
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_paused = self.is_ended = self.is_closed = False

    def write(self, data: bytes) -> None:
        """Keep it; what is written to a closed wire is lost."""
        assert not self.is_ended, "written behind the end"
        self.written += b"" if self.is_closed else data

    def pause_reading(self) -> None:
        """Note that nothing is to come."""
        self.is_paused = True

    def resume_reading(self) -> None:
        """Note that more may come."""
        self.is_paused = False

    def can_write_eof(self) -> bool:
        """Tell that one side can be ended, as without TLS."""
        return True

    def write_eof(self) -> None:
        """End this side."""
        self.is_ended = True

    def is_closing(self) -> bool:
        """Tell whether it is closed."""
        return self.is_closed

    def close(self) -> None:
        """Close it."""
        self.is_closed = True

    def get_write_buffer_size(self) -> int:
        """Tell that all was taken."""
        return 0


TIMES = ("at once", "at the end", "late")
"""When the application runs: after each piece; after all; after each, but it answers only when nothing is read."""


@dataclass
class Driver:
    """A connection, and when the application answers what comes on it."""

    when: str
    wire: Wire = field(default_factory=Wire)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, pieces: Sequence[bytes]) -> list[tuple[int, bytes]]:
        """Let a client send these pieces and then end its side; return what it reads."""
        connection = Connection(CONFIG, ServerState(), {"may answer": self.may_answer})
        connection.connection_made(self.wire)
        if self.when != "late":
            self.may_answer.set()
        for piece in pieces:
            await self._let_it_read()
            if self.wire.is_closed:
                break
            connection.data_received(piece)
        await self._let_it_read()
        if not self.wire.is_closed and not connection.eof_received():
            self.wire.close()
        self.may_answer.set()
        await run_on()
        assert self.wire.is_closed, "the connection is left open"
        connection.connection_lost(None)
        await run_on()
        return answers(self.wire.written)

    async def _let_it_read(self) -> None:
        """Run the application as far as it has its time now, in any case until the connection reads on."""
        if self.when != "at the end":
            await run_on()
        if self.wire.is_paused:
            self.may_answer.set()
            await run_on()
            assert not self.wire.is_paused or self.wire.is_closed, "nothing is read any more"
            if self.when == "late":
                self.may_answer.clear()


async def run_on() -> None:
    """Let the application do what it can."""
    for _ in range(12):
        await asyncio.sleep(0)


def answers(written: bytes) -> list[tuple[int, bytes]]:
    """Return status and body of each answer; of HEAD none is expected."""
    found = []
    while written:
        head, _, written = written.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        sizes = [int(each.partition(b":")[2]) for each in lines if each.lower().startswith(b"content-length")]
        status, size = int(lines[0].split()[1]), sizes[0] if sizes else 0
        if written.startswith(b"HTTP/1.1 "):
            size = 0
        found.append((status, written[:size]))
        written = written[size:]
    return found
