"""The page of commands has a section for each, with the help that the command prints."""

from leadline.cli.main import COMMANDS
from tests.docs.command_line import PAGE, commands_of, with_help


def test_each_command_has_its_section() -> None:
    assert sorted(commands_of(PAGE.read_text("utf-8"))) == sorted(COMMANDS)


def test_the_help_is_what_the_commands_print() -> None:
    """After a change: `python -m tests.docs.command_line` writes it anew."""
    text = PAGE.read_text("utf-8")
    assert with_help(text) == text
    assert "Usage: leadline serve" in text
    assert with_help(text.replace("Usage: leadline serve", "Usage: of old")) == text
