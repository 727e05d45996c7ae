"""`leadline work`: more workers for a server store, on any machine."""

import signal
import sys
import threading

import click

from leadline.cli.main import SIGNALS
from leadline.cli.options import database_option, settings_from, workers_option
from leadline.cli.outputs import say
from leadline.cli.wiring import open_stores
from leadline.config import let_arrow_give_back
from leadline.telemetry import Telemetry, quiet_libraries
from leadline.worker.supervisor import Supervisor


@click.command("work")
@database_option
@workers_option(1, "Number of worker processes.  [2]")
def work_command(database: str | None, workers: int | None) -> None:
    """Import jobs of a PostgreSQL store, until Ctrl-C.

    Runs workers without an API, beside those of other machines.
    """
    settings = settings_from(database=database, workers=workers)
    if settings.database is None:
        raise click.UsageError(
            "Workers of other machines need a PostgreSQL store: give --database postgresql://... The "
            "embedded store is served by the workers of `leadline serve` alone."
        )
    quiet_libraries()
    let_arrow_give_back()
    stores = open_stores(settings)
    supervisor = Supervisor(settings, Telemetry(sys.stderr).emit)
    done = threading.Event()
    for each in SIGNALS:
        signal.signal(each, lambda number, frame: done.set())
    supervisor.start()
    say(f"{settings.workers} workers import jobs of {stores.where}")
    stores.close()
    done.wait()
    supervisor.stop()
