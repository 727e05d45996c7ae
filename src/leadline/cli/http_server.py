"""The HTTP server of `leadline serve`: where it listens, and how the library is set."""

import asyncio
import ipaddress
import math
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from leadline.api.connection import protocol_with
from leadline.api.door import SPARE_CONNECTIONS, Door, Places
from leadline.config import Server
from leadline.errors import OperatorError

_GRACE_SECONDS = 5
_CALL_THREADS = 40
_OWN_DESCRIPTORS = 256
"""Files that the process has open besides its connections: stores, their write-ahead logs, spools."""


class Tls:
    """Certificate and key files, or none."""

    def __init__(self, cert: Path | None, key: Path | None) -> None:
        if (cert is None) != (key is None):
            raise OperatorError("TLS needs both: give --tls-cert and --tls-key together.")
        self.cert = cert
        self.key = key

    @property
    def scheme(self) -> str:
        """The scheme of the server's address."""
        return "https" if self.cert else "http"


def http_config(app: ASGIApp, door: Door, tls: Tls) -> uvicorn.Config:
    """Return how the library is to serve the application."""
    return uvicorn.Config(
        app,
        http=protocol_with(door),
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=math.ceil(door.limits.quiet_seconds),
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ssl_certfile=tls.cert,
        ssl_keyfile=tls.key,
    )


def places(limits: Server) -> Places:
    """Return how many connections may be open, after asking the system for as many files as it grants."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.connections_max + SPARE_CONNECTIONS + _OWN_DESCRIPTORS
    granted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < granted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
    total = min(limits.connections_max, max(granted - SPARE_CONNECTIONS - _OWN_DESCRIPTORS, granted // 4))
    return Places(total, min(total, limits.connections_per_address_max))


class HttpServer(uvicorn.Server):
    """A server that ends quietly on SIGTERM and SIGINT, and says when it is up."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the two signals for the time of the run."""

        def leave(signal_number: int, frame: object) -> None:
            self.should_exit = True

        before = {each: signal.signal(each, leave) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so; blocking work of calls has threads of its own."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_CALL_THREADS, "call"))
        await super().startup(sockets)
        self._ready()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises `OperatorError` when the place is taken or unknown."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise OperatorError(
            f"Cannot listen on {host} port {port}: {error.strerror}. Choose another with --host or --port."
        ) from error


def refuse_open_plain_http(host: str, tls: Tls, *, allowed: bool) -> None:
    """Raise `OperatorError` when secrets would travel in plain text beyond this machine, unless allowed."""
    if tls.cert or allowed or _is_loopback(host):
        return
    raise OperatorError(
        f"{host} is reachable from other machines and secrets would travel in plain text. Give --tls-cert "
        "and --tls-key, or --allow-plain-http when a proxy in front speaks TLS."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
