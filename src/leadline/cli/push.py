"""`leadline push`: a big file into any Marketo, in one command."""

import importlib
from pathlib import Path
from typing import Any

import click

from leadline.cli.push_options import SECTIONS, options_of

_WORDS = ("status", "results", "undo")
"""What may stand in place of a file; a file of such a name is `./status`."""

_EXAMPLES = """\
  leadline push crm.csv --to 123-ABC-456
  leadline push crm.csv --map 'Mobile=mobilePhone' --map 'Notes=' --list 1001
  leadline push guests.csv --program 1001 --status Invited --yes
  leadline push cars.csv --object car_c --plan
  leadline push crm.csv.push/failures.csv        the rows that failed, mended"""

_EXITS = (
    ("0", "all rows are imported"),
    ("1", "some are not; the result files say which and why"),
    ("2", "wrong usage, or a file that cannot be pushed; nothing was sent"),
    ("3", "refused by the server"),
    ("4", "not finished; the same command goes on"),
    ("5", "nobody knows whether a piece was imported"),
    ("130", "stopped by Ctrl-C; the same command goes on"),
)


class PushCommand(click.Command):
    """A command whose first argument may be the name of another one, and whose help has sections."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Return the context of the push, or that of the command about a manifest."""
        if args and args[0] in _WORDS:
            commands = importlib.import_module("leadline.cli.push_manifest").COMMANDS
            other: click.Command = commands[args[0]]
            return other.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how it is called."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] FILE")
        formatter.write_usage(ctx.command_path, f"{'|'.join(_WORDS)} MANIFEST", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options by section, then examples and exit codes."""
        for title, options in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([record for each in options if (record := each.get_help_record(ctx))])
        formatter.write(f"\nExamples:\n{_EXAMPLES}\n")
        with formatter.section("Exit codes"):
            formatter.write_dl(_EXITS)


@click.command("push", cls=PushCommand)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def push_command(file: Path, **given: Any) -> None:
    """Push a big file into any Marketo.

    FILE is a CSV as a CRM or a spreadsheet exports it. Its columns are matched to fields and
    shown before anything is sent; it goes in pieces, and the same command again goes on where it
    stopped. In the folder FILE.push stands what became of each row.

    LEADLINE_CLIENT_ID and LEADLINE_CLIENT_SECRET have who pushes, or a file that --credentials
    names.
    """
    from leadline.cli.push_run import run_push  # HTTP is loaded by who pushes, not by who asks for help

    run_push(options_of(file, given), given)


push_command.params.extend(option for options in SECTIONS.values() for option in options)
