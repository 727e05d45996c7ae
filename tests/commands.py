"""Commands of `leadline` in the test's own process: what they print, and their exit codes.

The same code as the program's, without the start of a process, which takes longer than most commands.
What only a process has is tested on real ones: `tests/edge/test_command_line.py` starts each command once.
"""

import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from typing import IO
from unittest.mock import patch

from leadline.cli.main import SIGNALS, main

DEADLINE_SECONDS = 60


def leadline(*arguments: object, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, in a directory if one is given."""
    words = ["leadline", *map(str, arguments)]
    with ExitStack() as around:
        around.enter_context(chdir(cwd or Path.cwd()))
        outputs = [around.enter_context(_written(number)) for number in (1, 2)]
        for name, value in (("argv", words), ("stdout", sys.stdout), ("stderr", sys.stderr)):
            around.enter_context(patch.object(sys, name, value))  # the program sets its own streams
        around.enter_context(
            patch.object(sys.modules["__main__"], "__package__", None)
        )  # else it is pytest's
        around.enter_context(_as_a_process_does())
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        texts = [_text_of(each) for each in outputs]
    return subprocess.CompletedProcess(words, code, *texts)


@contextmanager
def _written(number: int) -> Iterator[IO[bytes]]:
    """Let what is written to a descriptor come into a file."""
    kept = os.dup(number)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), number)
        try:
            yield file
        finally:
            os.dup2(kept, number)
            os.close(kept)


def _text_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@contextmanager
def _as_a_process_does() -> Iterator[None]:
    """Take back what a command changes of its process; fail when it does not end."""

    def fail(number: int, frame: object) -> None:
        raise TimeoutError("the command does not end")

    before = {each: signal.getsignal(each) for each in (*SIGNALS, signal.SIGALRM)}
    signal.signal(signal.SIGALRM, fail)
    mask = os.umask(0o077)
    signal.alarm(DEADLINE_SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # its end would close what is open
            yield
    finally:
        signal.alarm(0)
        for each, handler in before.items():
            signal.signal(each, handler)
        os.umask(mask)
