"""What the connections of `http` use of the server library beyond its public interface is there.

The library may rename it in any version. Where a test here fails after an upgrade, read what became of
the name in `uvicorn/protocols/http/httptools_impl.py`, and change `http/connection.py` or `timed_connection.py` accordingly.
"""

import ast
import asyncio
import inspect

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from leadline.http.connection import Connection
from leadline.http.timed_connection import TimedConnection

OVERRIDDEN = {
    *("connection_made", "connection_lost", "data_received", "eof_received"),
    *("on_message_begin", "on_url", "on_header", "on_headers_complete", "on_body", "on_message_complete"),
    "on_response_complete",
}
"""Methods of the protocol that the library or its parser calls, and that the connection extends."""

OF_PROTOCOL = {
    *("app", "client", "cycle", "expect_100_continue", "flow", "headers", "parser", "pipeline", "scheme"),
    *("scope", "transport", "url", "_unset_keepalive_if_required"),
}
OF_CYCLE = {
    *("disconnected", "keep_alive", "message_event", "response_complete", "response_started"),
    "waiting_for_100_continue",
}
OF_FLOW = {"read_paused", "resume_reading"}
OF_PARSER = {"feed_data", "get_http_version", "get_method", "should_upgrade"}


class Transport(asyncio.Transport):
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass


async def _application(scope: dict, receive: object, send: object) -> None:
    return None


async def _in_a_request() -> HttpToolsProtocol:
    """Return the library's own protocol with one request begun."""
    config = uvicorn.Config(_application, http=HttpToolsProtocol, lifespan="off", log_config=None)
    config.load()
    protocol = HttpToolsProtocol(config, ServerState(), {})
    protocol.connection_made(Transport())
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    return protocol


@pytest.mark.parametrize("name", sorted(OVERRIDDEN))
def test_the_methods_are_called_by_the_library(name: str) -> None:
    assert callable(getattr(HttpToolsProtocol, name, None)), (
        f"uvicorn's protocol has no method {name} any more"
    )


def test_the_names_are_there() -> None:
    async def look() -> None:
        protocol = await _in_a_request()
        for owner, names in (
            (protocol, OF_PROTOCOL),
            (protocol.cycle, OF_CYCLE),
            (protocol.flow, OF_FLOW),
            (protocol.parser, OF_PARSER),
        ):
            lost = {name for name in names if not hasattr(owner, name)}
            assert not lost, f"{type(owner).__name__} of uvicorn has no {sorted(lost)} any more"
        await asyncio.sleep(0)

    asyncio.run(look())


def _used() -> dict[str, set[str]]:
    """Return which names the connection uses, by what they are a part of: self, cycle, flow, parser."""
    found: dict[str, set[str]] = {"self": set(), "cycle": set(), "flow": set(), "parser": set()}
    source = inspect.getsource(Connection) + inspect.getsource(TimedConnection)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            if isinstance(owner, ast.Name) and owner.id == "self":
                found["self"].add(node.attr)
            elif isinstance(owner, ast.Attribute) and owner.attr in found:
                found[owner.attr].add(node.attr)
    return found


def test_the_list_is_whole() -> None:
    """A name that the connection begins to use is added here, so that its loss is noticed."""
    used, library = _used(), inspect.getsource(inspect.getmodule(HttpToolsProtocol))
    of_library = {name for name in used["self"] if f"self.{name}" in library} - (
        set(vars(Connection)) | set(vars(TimedConnection))
    )
    assert of_library == OF_PROTOCOL
    assert (used["cycle"], used["flow"], used["parser"]) == (OF_CYCLE, OF_FLOW, OF_PARSER)
