"""Completion in real shells, on a terminal, by the lines of the page: commands, options, values, files."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from leadline.cli.commands import COMMANDS
from tests.harness import LEADLINE

PAGE = (Path(__file__).parents[2] / "docs/reference/command-line.md").read_text("utf-8")
SHELLS = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
    "fish": ("fish", "--no-config", "-i"),
}
BEFORE = {"bash": "", "zsh": "unsetopt zle_bracketed_paste; autoload -U compinit; compinit -D; ", "fish": ""}
DEADLINE_SECONDS = 30.0


class Terminal:
    """A shell on a terminal, and what it has written there, without colours."""

    def __init__(self, shell: str, folder: Path) -> None:
        primary, secondary = pty.openpty()
        self._primary, self._text = primary, ""
        self.process = subprocess.Popen(
            ("setsid", "--ctty", *SHELLS[shell]),
            stdin=secondary,
            stdout=secondary,
            stderr=secondary,
            cwd=folder,
            env={
                "PATH": f"{Path(LEADLINE).parent}:{os.defpath}",
                "HOME": str(folder),
                "TERM": "dumb",
                "LANG": "C.UTF-8",
                "PS1": "$ ",
                "LEADLINE_PORT": "8081",  # a setting of the user's, beside the name that asks for completion
            },
        )
        os.close(secondary)

    def type(self, text: str, shows: str) -> None:
        """Type, and wait until the terminal shows something."""
        os.write(self._primary, text.encode())
        end = time.monotonic() + DEADLINE_SECONDS
        while shows not in self._text:
            assert time.monotonic() < end, f"typed {text!r}, waited for {shows!r}; it shows: {self._text!r}"
            if select.select([self._primary], [], [], 0.5)[0]:
                new = os.read(self._primary, 65_536).decode(errors="replace")
                self._text += re.sub(r"\x1b\[[\d;?>=]*[A-Za-z]|\x1b\][^\x07]*\x07|[\r\x07]", "", new)
        self._text = self._text.partition(shows)[2]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._primary)


@contextmanager
def terminal(shell: str, folder: Path) -> Iterator[Terminal]:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not on this machine (Debian: apt install {shell})")
    opened = Terminal(shell, folder)
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell(shell: str, tmp_path: Path) -> None:
    """What is typed here is the shortest beginning that only one name has."""
    (tmp_path / "crm-2026.csv").touch()
    (line,) = re.findall(rf"^.*{shell}_source.*$", PAGE, re.MULTILINE)
    with terminal(shell, tmp_path) as shown:
        shown.type(f"{BEFORE[shell]}{line}; echo re''ady\n", "ready")
        shown.type("leadline hea\t", "leadline health ")
        shown.type("--ur\t", "--url ")
        shown.type("\x15leadline push crm\t", "crm-2026.csv ")
        shown.type("--lookup\t", "--lookup-field ")
        shown.type("\x15leadline push --kind mem\t", "members ")


def completed(words: str, number: int) -> list[str]:
    """Return what is offered for a word of a command line, as a shell asks for it."""
    asked = {"_LEADLINE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(number)}
    done = subprocess.run([LEADLINE], env=os.environ | asked, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_the_commands_are_offered_without_loading_them() -> None:
    """A Tab is answered while one waits for it."""
    asked = {"_LEADLINE_COMPLETE": "bash_complete", "COMP_WORDS": "leadline se", "COMP_CWORD": "1"}
    traced = os.environ | asked | {"PYTHONPROFILEIMPORTTIME": "1"}
    done = subprocess.run([LEADLINE], env=traced, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == [f"plain,{name}" for name in COMMANDS if name.startswith("se")]
    assert "leadline.cli.commands" in done.stderr
    assert not re.search(r"\b(pydantic|leadline\.config)\b", done.stderr)
