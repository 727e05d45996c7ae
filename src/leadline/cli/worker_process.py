"""One worker process: claim, import, tidy up, wait."""

import multiprocessing
import os
import signal
import uuid
from multiprocessing.connection import Connection, wait

from leadline import clock
from leadline.config import Settings
from leadline.errors import StoreBusyError
from leadline.events import Event, StoreBusy, WorkerStarted
from leadline.janitor import Janitor
from leadline.store.connect import Stores
from leadline.telemetry import dying_at
from leadline.worker import Worker

_IDLE_SECONDS = 1.0
_PURGE_SECONDS = 60.0


def run_worker(settings: Settings, wake: Connection, events: Connection) -> None:
    """Work until told to stop, or until the server process is gone.

    `wake` says that there may be work; `events` carries what happens to the server.
    """
    os.umask(0o077)
    WorkerProcess(settings, wake, events).run()


class WorkerProcess:
    """The loop around a worker and its janitor."""

    def __init__(self, settings: Settings, wake: Connection, events: Connection) -> None:
        self._wake = wake
        self._events = events
        self._server = multiprocessing.parent_process()
        self._told_to_stop = False
        self._signals, signals_in = os.pipe()
        os.set_blocking(signals_in, False)
        signal.set_wakeup_fd(signals_in)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._stores = Stores(settings.data, worker=True)
        worker_id = uuid.uuid4().hex
        self._sign_of_life = self._stores.begin_worker(worker_id)
        self._emit = dying_at(settings.faults, self._send)
        self._worker = Worker(self._stores, settings, self._emit, worker_id, self._stopping)
        self._janitor = Janitor(self._stores, settings, self._emit)
        self._purged_at = -_PURGE_SECONDS

    def _stop(self, signal_number: int, frame: object) -> None:
        self._told_to_stop = True

    def _stopping(self) -> bool:
        return self._told_to_stop or (self._server is not None and not self._server.is_alive())

    def _send(self, event: Event) -> None:
        try:
            self._events.send(event)
        except OSError:  # the server is gone; `_stopping` says so too
            self._told_to_stop = True

    def run(self) -> None:
        """Go round until told to stop."""
        self._worker.warm_up()
        self._emit(WorkerStarted(os.getpid()))
        untidy: set[str] = set()
        while not self._stopping():
            worked = self._round(untidy)
            if not worked:
                self._upkeep(untidy)
                self._wait()
        self._stores.close()

    def _round(self, untidy: set[str]) -> bool:
        """Give each subscription one turn, so that a busy one delays the others by one job."""
        worked = False
        for munchkin_id in self._stores.munchkin_ids():
            try:
                self._janitor.rescue(munchkin_id)
                job = None if self._stopping() else self._worker.claim(munchkin_id)
            except StoreBusyError:
                self._emit(StoreBusy(munchkin_id, 0))
                continue
            if job is not None:
                self._worker.import_job(munchkin_id, job)
                untidy.add(munchkin_id)
                worked = True
        return worked

    def _upkeep(self, untidy: set[str]) -> None:
        """Do what may wait until there is nothing else to do."""
        while untidy:
            self._janitor.tidy(untidy.pop())
        if clock.monotonic() - self._purged_at >= _PURGE_SECONDS:
            self._purged_at = clock.monotonic()
            for munchkin_id in self._stores.munchkin_ids():
                self._janitor.purge(munchkin_id)

    def _wait(self) -> None:
        server = [self._server.sentinel] if self._server is not None else []
        ready = wait([self._wake, self._signals, *server], _IDLE_SECONDS)
        while self._wake in ready and self._wake.poll():
            self._wake.recv_bytes()
