"""From command-line options to settings."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from leadline.config import Settings, StoreSettings, find_store, load_settings

F = TypeVar("F", bound=Callable[..., Any])

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory of the embedded store.  [leadline-data]",
)


def _server_url(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.startswith(("postgresql://", "postgres://")):
        raise click.BadParameter("give a URL that begins with postgresql://", context, option)
    return value


database_option = click.option(
    "--database",
    metavar="URL",
    callback=_server_url,
    help="URL of a PostgreSQL server to use instead: postgresql://...",
)


def store_options(command: F) -> F:
    """Add the options that say where the store is."""
    return data_option(database_option(command))


def settings_from(**flags: Any) -> Settings:
    """Return the settings; options that were not given leave room for environment and file."""
    return load_settings(_given(flags))


def store_of(**flags: Any) -> StoreSettings | None:
    """Return where the store is, though the other settings be wrong; None when that is wrong too."""
    return find_store(_given(flags))


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    if flags.get("data") is not None and flags.get("database") is not None:
        raise click.UsageError("Give --data or --database, not both.")
    given = {name: value for name, value in flags.items() if value is not None}
    if "data" in given:
        given["database"] = None
    return given
