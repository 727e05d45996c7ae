"""A worker process as its server has it: it loads its libraries at once, and begins when it is told to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Pipe

from leadline.config import Settings

Process = subprocess.Popen[bytes]


class WorkerChild:
    """A worker: a program of its own, so that the server process stays without the engine."""

    def __init__(self) -> None:
        """Start the process; raises `OSError` where there is none to be had."""
        self.events, events_out = Pipe(duplex=False)
        woken, self._wakes = Pipe(duplex=False)
        try:
            with events_out, woken:
                self.process = _start(woken.fileno(), events_out.fileno())
        except BaseException:
            self.close()
            raise

    def begin(self, settings: Settings) -> None:
        """Tell the worker to work, now that the stores are there for it."""
        with suppress(OSError):  # it is dead already, which its pipe of events tells
            self._wakes.send(settings)
            os.set_blocking(self._wakes.fileno(), False)

    def wake(self) -> None:
        """Say that there is work; a worker that is busy will look anyway."""
        with suppress(OSError):
            self._wakes.send_bytes(b"!")

    def close(self) -> None:
        """Close the pipes, which a worker takes for the end of its server."""
        self.events.close()
        self._wakes.close()


def _start(*pipes: int) -> Process:
    """Start the program of a worker.

    The Ctrl-C of a terminal, which comes to workers too, is the server's: they inherit a mask, and never
    see it.
    """
    command = [sys.executable, "-P", "-m", "leadline.worker", *map(str, (os.getpid(), *pipes))]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        return subprocess.Popen(command, pass_fds=pipes)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextmanager
def first_child(workers: int) -> Iterator[WorkerChild | None]:
    """Start one worker while the server still loads what it needs itself, so that both are ready together.

    It ends with the block at the latest. A server without workers has None.
    """
    try:
        child = WorkerChild() if workers else None
    except OSError:  # the supervisor will try again
        child = None
    try:
        yield child
    finally:
        if child is not None:
            child.process.kill()
            child.process.wait()
            child.close()
