"""Standard output and error that cannot be written: closed, on a full disk, or a pipe without a reader."""

import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, TextIO

import click

from leadline.errors import OperatorError


def prepare_outputs() -> None:
    """Let the program go on where standard output or error cannot be written.

    Python keeps nothing back: it would try again to write what could not be written, when a
    worker is started, which then fails, and at its end, where the exit code is then 120.
    A closed one leads to /dev/null: else the next file that is opened, maybe a store, gets its
    number, and errors are written into that file. A letter that the encoding lacks is escaped.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    sys.stdout, sys.stderr = _unbuffered(1, sys.stdout), _unbuffered(2, sys.stderr)


def _unbuffered(number: int, stream: TextIO | None) -> TextIO:
    raw, encoding = io.FileIO(number, "w", closefd=False), stream.encoding if stream else None
    return io.TextIOWrapper(raw, encoding, errors="backslashreplace", write_through=True)


def leave(exit_code: int = 0) -> NoReturn:
    """End the process of a server that has closed all; Python would take itself apart for 50 ms more."""
    os._exit(exit_code)


def open_log(folder: Path) -> TextIO:
    """Open the log of a server that has the terminal for other things; raises `OperatorError`."""
    path = folder / "server.log"
    try:
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"Cannot write {path}: {error.strerror}. Check the path.") from error


def say(line: str, *, err: bool = False) -> None:
    """Print a line, if it can be written."""
    with suppress(OSError):
        click.echo(line, err=err)
