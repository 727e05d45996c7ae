"""The command line's front door."""

import os
import sys

import click

from leadline import __version__
from leadline.cli.check import check_command
from leadline.cli.demo import demo_command
from leadline.cli.serve import serve_command
from leadline.cli.setup import setup_command
from leadline.cli.work import work_command
from leadline.errors import OperatorError, StoreBusyError, StoreDeniedError, StoreFaultError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leadline")
def cli() -> None:
    """Leadline: a server for the Marketo Engage bulk import REST API.

    `leadline serve` is the whole product in one command. Settings come from options, then
    the environment (LEADLINE_<SECTION>__<NAME>), then leadline.toml, then defaults.
    """


for command in (serve_command, work_command, setup_command, check_command, demo_command):
    cli.add_command(command)


def main() -> None:
    """Run a command; what is wrong is one sentence, with exit code 2 for wrong usage and 1 for the rest."""
    os.umask(0o077)
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
    except (StoreBusyError, StoreFaultError) as error:
        why = str(error).rstrip(".")
        click.echo(f"leadline: the store cannot be used: {why}. Run `leadline check`.", err=True)
        sys.exit(1)
