"""`leadline serve`: the whole product in one command."""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from leadline.cli.loading import loading
from leadline.cli.options import (
    file_option,
    host_option,
    log_format_option,
    option,
    port_option,
    settings_from,
    store_options,
    workers_option,
)
from leadline.cli.outputs import leave
from leadline.config import Settings, let_arrow_give_back
from leadline.store.server_lock import sole_server
from leadline.worker.child import first_child

if TYPE_CHECKING:
    from leadline.subscriptions.file import SubscriptionFile

_LEAVING_SECONDS = 9.5
"""Workers end beside the last calls; a call that hangs in a store does not keep the process longer."""


def serve(
    settings: Settings,
    subscription: "SubscriptionFile | Path | None",
    *,
    on_ready: Callable[[str], None] = lambda address: None,
    log: TextIO = sys.stderr,
) -> None:
    """Run API and workers until SIGTERM, SIGINT or SIGHUP; raises `OperatorError` when it cannot start.

    `on_ready` is called with the server's address, on a thread of its own; `log` takes the
    events. What a server is made of is loaded here, beside the libraries of a worker.
    """
    let_arrow_give_back()
    with first_child(settings.workers) as first:
        with loading():
            from leadline.cli.whole_server import WholeServer
            from leadline.subscriptions.file import read_subscription
            from leadline.telemetry.subscriber import quiet_libraries
            from leadline.worker.supervisor import Supervisor

        quiet_libraries()
        if isinstance(subscription, Path):
            subscription = read_subscription(subscription)
        server = WholeServer(settings, partial(Supervisor, first=first), log)
        server.set_up(subscription)
        server.run(on_ready, _end_soon)


def _end_soon() -> None:
    """End this process though a thread of its should hang."""
    last = threading.Timer(_LEAVING_SECONDS, os._exit, (0,))
    last.daemon = True
    last.start()


@click.command("serve")
@store_options
@file_option("--setup", "Subscription file to apply before serving.")
@host_option
@port_option()
@workers_option(0, "Number of worker processes; 0 serves the API alone.  [2]")
@file_option("--tls-cert", "File of the certificate chain, PEM; needs --tls-key.")
@file_option("--tls-key", "File of the private key, PEM, without a passphrase.")
@option(
    "--allow-plain-http",
    is_flag=True,
    default=None,
    help="Allow an address beyond this machine without TLS.",
)
@log_format_option
def serve_command(**flags: Any) -> None:
    """Serve the API and import jobs, until Ctrl-C.

    The first start on an empty store creates a demo subscription, unless --setup names a
    subscription file. A terminal shows its credentials once; elsewhere a file has them.
    """
    settings = settings_from(**flags)
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise click.UsageError("TLS needs both: give --tls-cert and --tls-key together.")
    is_sole = settings.database is None
    with sole_server(settings.data, sandbox=False) if is_sole else nullcontext():
        serve(settings, settings.setup)
    leave()
