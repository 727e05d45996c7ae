"""`leadline serve`: the whole product in one command."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import click

from leadline.cli.settings import settings_from, store_options
from leadline.cli.whole_server import WholeServer
from leadline.config import Settings
from leadline.http.server import Tls
from leadline.subscriptions.file import SubscriptionFile, read_subscription
from leadline.telemetry import quiet_libraries
from leadline.worker.supervisor import Supervisor

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
    """Run API and workers until SIGTERM, SIGINT or SIGHUP; raises `OperatorError` when it cannot start.

    `on_ready` is called with the server's address, on a thread of its own; `log` takes the
    events.
    """
    quiet_libraries()
    server = WholeServer(settings, tls, Supervisor, log, allow_plain_http=allow_plain_http)
    server.set_up(subscription)
    server.run(on_ready, _end_soon)


def _end_soon() -> None:
    """End this process though a thread of its should hang."""
    last = threading.Timer(_LEAVING_SECONDS, os._exit, (0,))
    last.daemon = True
    last.start()


@click.command("serve")
@store_options
@click.option(
    "--setup",
    "setup_file",
    type=click.Path(path_type=Path, exists=True),
    help="Subscription file to apply before serving.",
)
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Port to listen on; 0 picks a free one.  [8080]",
)
@click.option(
    "--workers",
    type=click.IntRange(0, 256),
    metavar="N",
    help="Number of worker processes; 0 serves the API alone.  [2]",
)
@click.option(
    "--tls-cert",
    type=click.Path(path_type=Path, exists=True),
    help="File of the certificate chain, PEM; needs --tls-key.",
)
@click.option(
    "--tls-key",
    type=click.Path(path_type=Path, exists=True),
    help="File of the private key, PEM, without a passphrase.",
)
@click.option("--allow-plain-http", is_flag=True, help="Allow an address beyond this machine without TLS.")
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

    The first start on an empty store creates a demo subscription and prints its
    credentials once, unless --setup names a subscription file.
    """
    if (tls_cert is None) != (tls_key is None):
        raise click.UsageError("TLS needs both: give --tls-cert and --tls-key together.")
    settings = settings_from(data=data, database=database, host=host, port=port, workers=workers)
    subscription = read_subscription(setup_file) if setup_file else None
    serve(settings, subscription, Tls(tls_cert, tls_key), allow_plain_http=allow_plain_http)
