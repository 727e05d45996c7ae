"""`leadline work`: more workers for a server store, on any machine."""

import signal
import sys
import threading
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Any

import click

from leadline.cli.main import SIGNALS
from leadline.cli.opening import build_monitoring, build_telemetry, open_stores
from leadline.cli.options import database_option, given, log_format_option, option, workers_option
from leadline.cli.outputs import say
from leadline.config import WorkSettings, let_arrow_give_back, load
from leadline.engine.records import refuse_wrong_reader
from leadline.telemetry.subscriber import quiet_libraries
from leadline.worker.supervisor import Supervisor


@click.command("work")
@database_option
@workers_option(1, "Number of worker processes.  [2]")
@option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Port for /metrics, /health/live and /health/ready; 0 picks a free one.  [none]",
)
@option("--metrics-host", metavar="ADDRESS", help="Address for these.  [127.0.0.1]")
@log_format_option
def work_command(**flags: Any) -> None:
    """Import jobs of a PostgreSQL store, until Ctrl-C.

    Runs workers without an API, beside those of other machines.
    """
    refuse_wrong_reader()  # else each of its workers would end with that, one after the other
    settings = load(WorkSettings, given(flags))
    if settings.database is None:
        raise click.UsageError(
            "Workers of other machines need a PostgreSQL store: give --database postgresql://... The "
            "embedded store is served by the workers of `leadline serve` alone."
        )
    quiet_libraries()
    let_arrow_give_back()
    telemetry = build_telemetry(settings, sys.stderr)
    supervisor = Supervisor(settings, telemetry.emit)
    done = threading.Event()
    for each in SIGNALS:
        signal.signal(each, lambda number, frame: done.set())
    with closing(open_stores(settings)) as stores:
        answers: AbstractContextManager[object] = nullcontext()
        if settings.metrics_port is not None:
            from leadline.cli.monitoring_server import MonitoringServer

            monitoring = build_monitoring(
                settings, stores, telemetry, lambda: supervisor.living, counts_jobs=False
            )
            answers = MonitoringServer(settings, monitoring, telemetry.emit)
        with answers:
            supervisor.start()
            say(f"{settings.workers} workers import jobs of {stores.where}")
            done.wait()
            supervisor.stop()
