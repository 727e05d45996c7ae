"""`leadline serve`: the whole product in one command."""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import click

from leadline.api.door import Door
from leadline.cli.crew import Crew
from leadline.cli.http_server import (
    HttpServer,
    Tls,
    find_place,
    http_config,
    listen,
    places,
    refuse_open_plain_http,
)
from leadline.cli.outputs import say
from leadline.cli.settings import settings_from, store_options
from leadline.cli.setup import DEMO, print_changes
from leadline.cli.wiring import build_api, build_subscriptions, build_traffic, open_stores
from leadline.config import Settings
from leadline.errors import StoreBusyError, StoreFaultError
from leadline.events import Event, JobQueued, ServerReady
from leadline.schema.subscription import SubscriptionFile, parse_subscription, read_subscription
from leadline.subscriptions import Subscriptions
from leadline.telemetry import Telemetry, quiet_libraries
from leadline.traffic import Traffic

_FLUSH_SECONDS = 1.0
_LEAVING_SECONDS = 9.5
"""Workers end beside the last calls; a call that hangs in a store does not keep the process longer."""


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
    place = find_place(settings.host, settings.port)
    refuse_open_plain_http(place, tls, allowed=allow_plain_http)
    listener = listen(place)  # before anything is made or shown
    stores = open_stores(settings)
    subscriptions = build_subscriptions(stores)
    if subscription is None and subscriptions.none_yet():
        subscription = parse_subscription(DEMO)
    if subscription is not None:
        _set_up(subscriptions, subscription)
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
        say(f"Leadline is ready at {address}")
        threading.Thread(target=on_ready, args=(address,), daemon=True).start()

    def leaving() -> None:
        threading.Thread(target=crew.stop, daemon=True).start()
        last = threading.Timer(_LEAVING_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()

    traffic, done = build_traffic(stores, settings), threading.Event()
    flusher = threading.Thread(target=_flush_until, args=(done, traffic), daemon=True)
    flusher.start()
    app = build_api(settings, stores, traffic, telemetry, emit)
    door = Door(settings.server, places(settings.server), telemetry.emit)
    config = http_config(app, door, tls)
    try:
        HttpServer(config, ready, leaving).run(sockets=[listener])
    finally:
        crew.stop()
        done.set()
        flusher.join()
        stores.close()


def _set_up(subscriptions: Subscriptions, file: SubscriptionFile) -> None:
    """Apply a subscription file; a known subscription whose store cannot be used does not stop the others."""
    try:
        print_changes(subscriptions.apply(file))
    except (StoreBusyError, StoreFaultError) as error:
        if not subscriptions.knows(file.munchkin_id):
            raise
        say(f"leadline: subscription {file.munchkin_id} cannot be set up now: {error}", err=True)


def _flush_until(done: threading.Event, traffic: Traffic) -> None:
    """Add the calls that were counted to the store, every second and at the end."""
    while True:
        is_over = done.wait(_FLUSH_SECONDS)
        with suppress(StoreBusyError, StoreFaultError):
            traffic.flush()
        if is_over:
            return


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
    if (tls_cert is None) != (tls_key is None):
        raise click.UsageError("TLS needs both: give --tls-cert and --tls-key together.")
    settings = settings_from(data=data, database=database, host=host, port=port, workers=workers)
    subscription = read_subscription(setup_file) if setup_file else None
    serve(settings, subscription, Tls(tls_cert, tls_key), allow_plain_http=allow_plain_http)
