"""`leadline backup`: copy the embedded stores of a server while it runs."""

from pathlib import Path

import click

from leadline.cli.options import settings_from, store_options
from leadline.cli.outputs import say
from leadline.store.backup import back_up
from leadline.store.directory import Stores


@click.command("backup")
@click.argument("folder", type=click.Path(path_type=Path))
@store_options
def backup_command(folder: Path, data: Path | None, database: str | None) -> None:
    """Copy the embedded stores while a server uses them.

    FOLDER is made, and is there when it is whole. Each store is in it as it stood at one
    moment, uploads of unfinished jobs included. `leadline serve --data FOLDER` starts on it.
    """
    settings = settings_from(data=data, database=database)
    stores = Stores(settings.data, settings.database)
    for sentence in back_up(stores, folder.absolute()):
        say(f"left out: {sentence}", err=True)
    stores.close()
    say(f"The stores of {stores.where} are in {folder}.")
