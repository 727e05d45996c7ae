"""`leadline check`: every fault in configuration and store at once."""

import sys
from pathlib import Path

import click

from leadline.cli.options import settings_from, store_of, store_options
from leadline.errors import OperatorError
from leadline.store.directory import Stores
from leadline.store.directory_faults import faults_of


@click.command("check")
@store_options
def check_command(data: Path | None, database: str | None) -> None:
    """Print every fault in configuration and store.

    Exits with 1 if there is any.
    """
    is_wrong = False
    try:
        settings_from(data=data, database=database)
    except OperatorError as error:
        is_wrong = True
        click.echo(f"leadline: {error}", err=True)
    where = store_of(data=data, database=database)
    if where is None:
        sys.exit(1)
    stores = Stores(where.data, where.database)
    for fault in faults_of(stores):
        is_wrong = True
        click.echo(fault)
    stores.close()
    if is_wrong:
        sys.exit(1)
    click.echo(f"No fault found in the configuration and in {stores.where}.")
