"""The program `leadline`: from its first moment on, a signal ends it without a word."""

import os
import signal

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))
"""Windows, where clients run, has no SIGHUP."""

BY_SIGNAL = 128
"""The exit code of a program that a signal has ended is so much and its number, in every shell."""


def main() -> None:
    """Run a command; a signal that comes before it serves anything ends it as a shell says of any program.

    What a command needs is imported behind that: it takes most of a start.
    """
    for each in SIGNALS:
        if signal.getsignal(each) is not signal.SIG_IGN:  # as nohup does
            signal.signal(each, _end)
    from leadline.cli.commands import run

    run()


def _end(number: int, frame: object) -> None:
    os._exit(BY_SIGNAL + number)
