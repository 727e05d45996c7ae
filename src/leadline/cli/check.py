"""`leadline check`: every fault in configuration and store at once."""

import sys
from pathlib import Path

import click

from leadline.cli.settings import settings_from, store_options
from leadline.store.connect import Stores


@click.command("check")
@store_options
def check_command(data: Path | None, database: str | None) -> None:
    """Name every fault in configuration and store; exit with 1 if there is any."""
    settings = settings_from(data=data, database=database)
    stores = Stores(settings.data, settings.database)
    faults = list(stores.faults())
    stores.close()
    for fault in faults:
        click.echo(fault)
    if faults:
        sys.exit(1)
    click.echo(f"No fault found in the configuration and in {stores.where}.")
