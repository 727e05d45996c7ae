"""The HTTP server of `leadline serve`: where it listens, and how the library is set."""

import asyncio
import ipaddress
import itertools
import math
import resource
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from leadline.config import Server
from leadline.errors import OperatorError
from leadline.http.connection_limits import SPARE_CONNECTIONS, ConnectionLimits, ConnectionsMax
from leadline.http.timed_connection import protocol_with
from leadline.http.tls import Tls

_GRACE_SECONDS = 5
_TICKS_A_SECOND = 10
_LAST_CALLS_SECONDS = 0.005
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
_OWN_DESCRIPTORS = 256
"""Files that the process has open besides its connections: stores, their write-ahead logs, spools."""


def http_config(app: ASGIApp, limits: ConnectionLimits, tls: Tls) -> uvicorn.Config:
    """Return how the library is to serve the application."""
    config = uvicorn.Config(
        app,
        http=protocol_with(limits),
        loop="auto",  # uvloop where the platform has it, else asyncio's own
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=math.ceil(limits.settings.quiet_seconds),
        ssl_certfile=tls.cert,
        ssl_keyfile=tls.key,
        ssl_ciphers=_CIPHERS,
    )
    config.load()
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return config


def connections_max(limits: Server) -> ConnectionsMax:
    """Return how many connections may be open; a quarter of the process's files is for other things."""
    granted, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    total = limits.connections_max
    if granted != resource.RLIM_INFINITY:
        own = max(_OWN_DESCRIPTORS, granted // 4)
        total = min(total, max(granted - SPARE_CONNECTIONS - own, granted // 4))
    return ConnectionsMax(total, min(total, limits.connections_per_address_max))


class HttpServer(uvicorn.Server):
    """A server that ends quietly on three signals and `leave`.

    It says when it is up and when it ends, and calls `each_second` in between.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        leaving: Callable[[], None],
        each_second: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._each_second = each_second
        self._ready = ready
        self._leaving = leaving
        self._is_left = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the two signals for the time of the run; beside the main thread there are none."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def take(signal_number: int, frame: object) -> None:
            self.leave()

        before = {each: signal.signal(each, take) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def leave(self) -> None:
        """Take no more calls, and end after the last; asked again, do nothing."""
        if not self.should_exit:
            self.should_exit = True
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._is_left.set)
            self._leaving()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then report that the server is ready."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._ready()

    async def main_loop(self) -> None:
        """Do what is due ten times a second, and notice at once that the server is to end."""
        for tick in itertools.cycle(range(_TICKS_A_SECOND)):
            if tick == 0:
                self._each_second()
            if await self.on_tick(tick):
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(1 / _TICKS_A_SECOND):
                    await self._is_left.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and give the last calls their time to be answered."""
        for server in self.servers:
            server.close()
        for each in sockets or []:
            each.close()
        open_ones, calls = self.server_state.connections, self.server_state.tasks
        for connection in list(open_ones):
            connection.shutdown()
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                while open_ones or calls:
                    await asyncio.sleep(_LAST_CALLS_SECONDS)
        except TimeoutError:
            for call in calls:
                call.cancel()


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen: a host as given, the addresses that it stands for, and the options that say so."""

    host: str
    port: int
    family: int
    addresses: tuple[str, ...]
    options: str

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return all(ipaddress.ip_address(each.partition("%")[0]).is_loopback for each in self.addresses)


def find_address(host: str, port: int, options: str = "--host or --port") -> ListenAddress:
    """Return where a host is; raises `OperatorError` when it is unknown."""
    name = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        if not name:
            raise OSError(0, "no host is named")
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _cannot_listen(host, port, options, error) from error
    return ListenAddress(name, port, found[0][0], tuple(str(each[4][0]) for each in found), options)


def listen(address: ListenAddress) -> socket.socket:
    """Return a listening socket; raises `OperatorError` when the place is taken or not ours."""
    try:
        return socket.create_server((address.addresses[0], address.port), family=address.family, backlog=2048)
    except OSError as error:
        raise _cannot_listen(address.host, address.port, address.options, error) from error


def _cannot_listen(host: str, port: int, options: str, error: Exception) -> OperatorError:
    why = str(getattr(error, "strerror", None) or "no such host").partition(" (")[0]
    return OperatorError(f"Cannot listen on {host} port {port}: {why}. Choose another with {options}.")


def refuse_open_plain_http(address: ListenAddress, tls: Tls, *, allowed: bool) -> None:
    """Raise `OperatorError` when secrets would travel in plain text beyond this machine, unless allowed."""
    if tls.cert or allowed or address.is_loopback:
        return
    raise OperatorError(
        f"{address.host} is reachable from other machines and secrets would travel in plain text. Give "
        "--tls-cert and --tls-key, or --allow-plain-http when a proxy in front speaks TLS."
    )
