"""One worker process: how it is stopped, woken and watched; the loop does the work."""

import ctypes
import os
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection, wait

from leadline.clock import MachineTime
from leadline.config import Settings
from leadline.events import Event
from leadline.store.heartbeats import name_worker
from leadline.worker.last_resort import LastResort, dying_at
from leadline.worker.loop import WorkerLoop

BEAT_SECONDS = 1.0
"""A worker gives a sign of life that often, whatever it is doing."""

_PR_SET_PDEATHSIG = 1
_NICENESS = 5
"""Workers stand behind the server process, so that polls are answered while imports use all cores."""


def run_worker(server: int, wake: Connection, events: Connection) -> None:
    """Work until told to stop, or until the server process is gone, whose id is `server`.

    `wake` brings the settings, then says when there may be work; `events` carries what happens to
    the server, and at short intervals that this process lives.
    """
    os.umask(0o077)
    os.nice(_NICENESS)
    try:
        settings: Settings = wake.recv()
    except EOFError:  # the server is gone already
        return
    _wake_when_the_server_dies()
    worker = WorkerProcess(settings, server, wake, events)
    with LastResort(worker.tell):
        threading.Thread(target=worker.beat, name="beat", daemon=True).start()
        worker.run()


def _wake_when_the_server_dies() -> None:
    """Let the kernel thaw this process when nobody is left to replace it; it would keep its job for ever."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGCONT)


class WorkerProcess:
    """What ties a worker to the server process: signals, a pipe to be woken, a pipe for events."""

    def __init__(self, settings: Settings, server: int, wake: Connection, events: Connection) -> None:
        self._server = server
        self._wake = wake
        self._events = events
        self._sending = threading.Lock()
        self._told_to_stop = False
        self._signals, signals_in = os.pipe()
        os.set_blocking(signals_in, False)
        signal.set_wakeup_fd(signals_in)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        emit = dying_at(settings.faults, self.tell)
        self._loop = WorkerLoop(settings, MachineTime(), emit, name_worker(), self._pause)

    def _stop(self, signal_number: int, frame: object) -> None:
        self._told_to_stop = True

    def _stopping(self) -> bool:
        return self._told_to_stop or os.getppid() != self._server

    def tell(self, event: Event | None) -> None:
        """Tell the server process of an event; None says that this one lives."""
        try:
            with self._sending:
                self._events.send(event)
        except OSError:  # the server is gone; `_stopping` says so too
            self._told_to_stop = True

    def beat(self) -> None:
        """Give the server a sign of life at short intervals, as long as this process is not frozen."""
        never = threading.Event()
        while not self._stopping():
            self.tell(None)
            never.wait(BEAT_SECONDS)

    def run(self) -> None:
        """Work until told to stop."""
        self._loop.run()

    def _pause(self, seconds: float) -> bool:
        """Wait for so many seconds, or until there may be work; tell whether to stop."""
        if seconds and not self._stopping():
            ready = wait([self._wake, self._signals], seconds)
            with suppress(EOFError):  # the server is gone
                while self._wake in ready and self._wake.poll():
                    self._wake.recv_bytes()
        return self._stopping()
