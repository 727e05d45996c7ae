"""The commands: the one that is asked for is found and run, and faults are turned into one sentence."""

import importlib
import os
import sys
from contextlib import suppress

import click
from click.shell_completion import CompletionItem

from leadline import __version__
from leadline.cli.loading import loading
from leadline.cli.outputs import prepare_outputs
from leadline.errors import OperatorError, StoreBusyError, StoreDeniedError, StoreFaultError, StoreRightsError

COMMANDS = (
    "backup",
    "check",
    "credentials",
    "demo",
    "health",
    "push",
    "sandbox",
    "serve",
    "settings",
    "setup",
    "subscriptions",
    "work",
)


class Commands(click.Group):
    """The commands, imported when they are asked for: none waits for what only others need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return `serve_command` of `leadline.cli.serve`, and so on."""
        if cmd_name not in COMMANDS:
            return None
        with loading():
            module = importlib.import_module(f"leadline.cli.{cmd_name}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name, or an option of them all; no command is loaded for that."""
        names = [CompletionItem(name) for name in COMMANDS if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leadline")
def cli() -> None:
    """Leadline: a server for the Marketo Engage bulk import REST API.

    `leadline serve` is the whole product in one command. Settings come from options, then
    the environment (LEADLINE_<SECTION>__<NAME>), then leadline.toml, then defaults.
    """


def _take_all_descriptors() -> None:
    """Let this process and its workers open as many files as the system grants, before anything is opened."""
    try:
        import resource
    except ImportError:  # Windows, where clients run
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # macOS names no limit and grants less
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def run() -> None:
    """Run a command; what is wrong is one sentence, with exit code 2 for wrong usage and 1 for the rest."""
    os.umask(0o077)
    _take_all_descriptors()
    prepare_outputs()
    try:
        sys.exit(cli(standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as help_page:
        help_page.show()
        sys.exit(help_page.exit_code)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "leadline"
        message = error.format_message().rstrip(".")
        click.echo(f"leadline: {message}. Run `{command} --help`.", err=True)
        sys.exit(error.exit_code)
    except (click.Abort, BrokenPipeError):
        sys.exit(1)
    except OperatorError as error:
        click.echo(f"leadline: {error}", err=True)
        sys.exit(1)
    except StoreDeniedError as error:
        click.echo(
            f"leadline: {error}: the database allows it only to the owner. Run it as the owner.", err=True
        )
        sys.exit(1)
    except StoreRightsError as error:
        click.echo(f"leadline: {error}", err=True)
        sys.exit(1)
    except (StoreBusyError, StoreFaultError) as error:
        why = str(error).rstrip(".")
        click.echo(f"leadline: the store cannot be used: {why}. Run `leadline check`.", err=True)
        sys.exit(1)
