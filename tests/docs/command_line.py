"""The commands' own help, as docs/reference/command-line.md shows it.

`python -m tests.docs.command_line` writes the page anew.
"""

import re
from pathlib import Path

from click.testing import CliRunner

from leadline.cli.main import COMMANDS, cli

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command-line.md"
SECTION = re.compile(r"(## `leadline (\w+)`\n(?:.*\n)*?```\n)((?:.*\n)*?)(```\n)")


def help_of(command: str) -> str:
    """Return what `leadline COMMAND --help` prints on a terminal of 80 columns."""
    done = CliRunner().invoke(cli, [command, "--help"], prog_name="leadline", terminal_width=80)
    assert done.exit_code == 0, done.output
    return done.output


def with_help(page: str) -> str:
    """Return the page with the help of each command in its block."""
    return SECTION.sub(lambda found: found[1] + help_of(found[2]) + found[4], page)


def commands_of(page: str) -> list[str]:
    """Return the commands that have a section of their own."""
    return [found[2] for found in SECTION.finditer(page)]


if __name__ == "__main__":
    PAGE.write_text(with_help(PAGE.read_text("utf-8")), "utf-8")
    missing = set(COMMANDS) - set(commands_of(PAGE.read_text("utf-8")))
    print("\n".join(f"Write a section for `leadline {each}`." for each in sorted(missing)), end="")
