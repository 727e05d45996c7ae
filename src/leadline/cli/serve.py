"""`leadline serve`: the whole product in one command."""

import asyncio
import ipaddress
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import click
import uvicorn

from leadline.cli.crew import Crew
from leadline.cli.settings import settings_from, store_options
from leadline.cli.setup import DEMO, print_changes
from leadline.cli.wiring import build_api, build_subscriptions, build_traffic, open_stores
from leadline.config import Settings
from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.events import Event, JobQueued, ServerReady
from leadline.schema.subscription import SubscriptionFile, parse_subscription, read_subscription
from leadline.telemetry import Telemetry, quiet_libraries
from leadline.traffic import Traffic

_GRACE_SECONDS = 5
_CALL_THREADS = 40
_FLUSH_SECONDS = 1.0


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


def serve(
    settings: Settings,
    subscription: SubscriptionFile | None,
    tls: Tls,
    *,
    allow_plain_http: bool = False,
    on_ready: Callable[[str], None] = lambda address: None,
    log: TextIO = sys.stderr,
) -> None:
    """Run API and workers until SIGTERM or SIGINT; raises `OperatorError` when it cannot start.

    `on_ready` is called with the server's address, on a thread of its own; `log` takes the
    events.
    """
    quiet_libraries()
    _refuse_open_plain_http(settings.host, tls, allow_plain_http)
    stores = open_stores(settings)
    subscriptions = build_subscriptions(stores)
    if subscription is None and subscriptions.none_yet():
        subscription = parse_subscription(DEMO)
    if subscription is not None:
        print_changes(subscriptions.apply(subscription))
    listener = _listen(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    address = f"{tls.scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    telemetry = Telemetry(log)
    crew = Crew(settings, telemetry.emit)

    def emit(event: Event) -> None:
        telemetry.emit(event)
        if isinstance(event, JobQueued):
            crew.wake()

    def ready() -> None:
        crew.start()
        telemetry.emit(ServerReady(address))
        click.echo(f"Leadline is ready at {address}")
        threading.Thread(target=on_ready, args=(address,), daemon=True).start()

    traffic, done = build_traffic(stores, settings), threading.Event()
    flusher = threading.Thread(target=_flush_until, args=(done, traffic), daemon=True)
    flusher.start()
    app = build_api(settings, stores, traffic, telemetry, emit)
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ssl_certfile=tls.cert,
        ssl_keyfile=tls.key,
    )
    try:
        _Server(config, ready).run(sockets=[listener])
    finally:
        crew.stop()
        done.set()
        flusher.join()
        stores.close()


def _flush_until(done: threading.Event, traffic: Traffic) -> None:
    """Add the calls that were counted to the store, every second and at the end."""
    while True:
        is_over = done.wait(_FLUSH_SECONDS)
        with suppress(StoreBusyError, StoreFaultError):
            traffic.flush()
        if is_over:
            return


class _Server(uvicorn.Server):
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


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise OperatorError(
            f"Cannot listen on {host} port {port}: {error.strerror}. Choose another with --host or --port."
        ) from error


def _refuse_open_plain_http(host: str, tls: Tls, allowed: bool) -> None:
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


@click.command("serve")
@store_options
@click.option(
    "--setup", "setup_file", type=click.Path(path_type=Path, exists=True), help="Subscription file to apply."
)
@click.option("--host", help="Address to listen on.  [127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 picks a free one.  [8080]")
@click.option("--workers", type=click.IntRange(0, 256), help="Worker processes; 0 serves the API alone.  [2]")
@click.option("--tls-cert", type=click.Path(path_type=Path, exists=True), help="Certificate chain, PEM.")
@click.option("--tls-key", type=click.Path(path_type=Path, exists=True), help="Private key, PEM.")
@click.option("--allow-plain-http", is_flag=True, help="Listen beyond this machine without TLS.")
def serve_command(
    data: Path | None,
    database: str | None,
    setup_file: Path | None,
    host: str | None,
    port: int | None,
    workers: int | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    allow_plain_http: bool,
) -> None:
    """Serve the API and import jobs, until Ctrl-C.

    The first start on an empty store makes a demo subscription and prints its
    credentials once, unless --setup names a subscription file.
    """
    settings = settings_from(data=data, database=database, host=host, port=port, workers=workers)
    subscription = read_subscription(setup_file) if setup_file else None
    serve(settings, subscription, Tls(tls_cert, tls_key), allow_plain_http=allow_plain_http)
