"""From command-line options to settings."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from leadline.config import Settings, StoreSettings, env_name, find_store, load_settings

F = TypeVar("F", bound=Callable[..., Any])


class _Option(click.Option):
    """An option whose help has its name in the environment, which is read by `config` alone."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.envvar, self.show_envvar = env_name(self.name or ""), True

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Leave it to `config`."""
        return None


option = partial(click.option, cls=_Option)
"""An option named like the setting that it sets."""


def folder_option(name: str, help: str, *, exists: bool = False) -> Callable[[F], F]:
    """Return an option that names a directory."""
    return option(name, type=click.Path(path_type=Path, exists=exists, file_okay=False), help=help)


def file_option(name: str, help: str, *, exists: bool = True) -> Callable[[F], F]:
    """Return an option that names a file."""
    return option(name, type=click.Path(path_type=Path, exists=exists, dir_okay=False), help=help)


def port_option(default: int = 8080) -> Callable[[F], F]:
    """Return the option that says at which port to listen."""
    which = f"Port to listen on; 0 picks a free one.  [{default}]"
    return option("--port", type=click.IntRange(0, 65535), metavar="PORT", help=which)


def workers_option(least: int, help: str) -> Callable[[F], F]:
    """Return the option that says how many workers there are."""
    return option("--workers", type=click.IntRange(least, 256), metavar="N", help=help)


log_format_option = option(
    "--log-format",
    type=click.Choice(["auto", "json", "text"]),
    help="Form of the log on stderr; auto is text on a terminal, JSON elsewhere.  [auto]",
)
host_option = option("--host", metavar="ADDRESS", help="Address to listen on.  [127.0.0.1]")
data_option = folder_option("--data", "Directory of the embedded store.  [leadline-data]")


def _server_url(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.startswith(("postgresql://", "postgres://")):
        raise click.BadParameter("give a URL that begins with postgresql://", context, option)
    return value


database_option = option(
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
    return load_settings(given(flags))


def store_of(**flags: Any) -> StoreSettings | None:
    """Return where the store is, though the other settings be wrong; None when that is wrong too."""
    return find_store(given(flags))


def given(flags: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given; a directory and a database exclude each other."""
    if flags.get("data") is not None and flags.get("database") is not None:
        raise click.UsageError("Give --data or --database, not both.")
    found = {name: value for name, value in flags.items() if value is not None}
    if "data" in found:
        found["database"] = None
    return found
