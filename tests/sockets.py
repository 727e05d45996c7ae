"""Raw sockets to a server: what no HTTP library would send, byte for byte."""

import socket
from urllib.parse import urlsplit

from tests.harness import Server


def connect(server: Server) -> socket.socket:
    """Return a connection to the server whose reads give up after half a minute."""
    parts = urlsplit(server.address)
    raw = socket.create_connection((parts.hostname or "", parts.port or 0))
    raw.settimeout(30)
    return raw


def free_port() -> int:
    """Return a port that nobody listens on now, for a server that cannot say which one it took."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def answer_of(raw: socket.socket) -> bytes:
    """Return all that comes until the server closes or falls silent."""
    received = b""
    try:
        while block := raw.recv(65_536):
            received += block
    except (ConnectionResetError, TimeoutError):
        pass
    return received


def head(server: Server, *lines: str) -> bytes:
    """Return request line and headers of an upload with these headers besides host and token."""
    first = ["POST /bulk/v1/leads.json HTTP/1.1", "Host: x", f"Authorization: Bearer {server.token}"]
    return "\r\n".join([*first, *lines, "", ""]).encode()
