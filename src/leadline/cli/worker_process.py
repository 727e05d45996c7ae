"""One worker process: claim, import, tidy up, wait."""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection, wait

from leadline import clock
from leadline.cli.crew import BEAT_SECONDS
from leadline.config import Settings
from leadline.errors import OperatorError, StoreBusyError, StoreFaultError, StoreFullError
from leadline.events import Event, StoreBusy, StoreFailed, StoreFull, WorkerStarted
from leadline.janitor import Janitor
from leadline.model import Job
from leadline.store import jobs
from leadline.store.connect import Stores
from leadline.store.credentials import Listing
from leadline.store.heartbeats import name_worker
from leadline.telemetry import LastResort, dying_at
from leadline.worker import Worker
from leadline.worker.attention import Attention

_IDLE_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1
_NICENESS = 5
"""Workers stand behind the server process, so that polls are answered while imports use all cores."""


def run_worker(settings: Settings, wake: Connection, events: Connection) -> None:
    """Work until told to stop, or until the server process is gone.

    `wake` says that there may be work; `events` carries what happens to the server.
    """
    os.umask(0o077)
    os.nice(_NICENESS)
    _wake_when_the_server_dies()
    worker = WorkerProcess(settings, wake, events)
    with LastResort(worker.tell):
        threading.Thread(target=worker.beat, name="beat", daemon=True).start()
        worker.run()


def _wake_when_the_server_dies() -> None:
    """Let the kernel thaw this process when nobody is left to replace it; it would keep its job for ever."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGCONT)


class WorkerProcess:
    """The loop around a worker and its janitor."""

    def __init__(self, settings: Settings, wake: Connection, events: Connection) -> None:
        self._wake = wake
        self._events = events
        self._sending = threading.Lock()
        self._server = multiprocessing.parent_process()
        self._told_to_stop = False
        self._signals, signals_in = os.pipe()
        os.set_blocking(signals_in, False)
        signal.set_wakeup_fd(signals_in)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._stores = Stores(settings.data, settings.database, worker=True)
        worker_id = name_worker()
        self._sign_of_life = self._stores.begin_worker(worker_id)
        self._emit = dying_at(settings.faults, self.tell)
        self._worker = Worker(self._stores, settings, self._emit, worker_id, self._pause)
        self._attention = Attention(settings.times.sweep_seconds, hinted=self._stores.has_hints)
        self._janitor = Janitor(self._stores, settings, self._emit)
        self._upkeep_seconds = settings.times.upkeep_seconds
        self._purged_at = -self._upkeep_seconds

    def _stop(self, signal_number: int, frame: object) -> None:
        self._told_to_stop = True

    def _stopping(self) -> bool:
        return self._told_to_stop or (self._server is not None and not self._server.is_alive())

    def tell(self, event: Event | None) -> None:
        """Tell the server process of an event; None says that this one lives."""
        try:
            with self._sending:
                self._events.send(event)
        except OSError:  # the server is gone; `_stopping` says so too
            self._told_to_stop = True

    def beat(self) -> None:
        """Give the server a sign of life at short intervals, as long as this process is not frozen."""
        server = [self._server.sentinel] if self._server else []
        while not self._stopping():
            self.tell(None)
            wait(server, BEAT_SECONDS)

    def run(self) -> None:
        """Go round until told to stop."""
        self._worker.warm_up()
        self._emit(WorkerStarted(os.getpid()))
        untidy: set[str] = set()
        while not self._stopping():
            worked = False
            try:
                worked = self._round(untidy)
                if not worked:
                    self._tidy(untidy)
                self._upkeep()
            except StoreBusyError:
                self._emit(StoreBusy("", 0))
            if not worked:
                self._pause(_IDLE_SECONDS)
        self._stores.close()

    def _round(self, untidy: set[str]) -> bool:
        """Give each subscription one turn, so that a busy one delays the others by one job."""
        worked = False
        for listing in self._stores.directory().values():
            if self._stopping() or not self._attention.is_due(listing):
                continue
            try:
                job = self._look_at(listing)
            except StoreFullError:
                self._emit(StoreFull(listing.munchkin_id))
                self._attention.failed(listing)
                continue
            except StoreBusyError:
                self._emit(StoreBusy(listing.munchkin_id, 0))
                self._attention.failed(listing)
                continue
            except (StoreFaultError, OperatorError) as error:
                self._emit(StoreFailed(listing.munchkin_id, str(error)))
                self._attention.failed(listing)
                continue
            if job is not None:
                if not self._worker.import_job(listing.munchkin_id, job):
                    self._attention.failed(listing)
                self._stores.keep_warm(listing.munchkin_id)
                untidy.add(listing.munchkin_id)
                worked = True
        return worked

    def _look_at(self, listing: Listing) -> Job | None:
        """Rescue what dead workers held, and claim a job if one waits."""
        munchkin_id = listing.munchkin_id
        with self._stores.subscription(munchkin_id).read() as session:
            held, waiting = jobs.held(session), jobs.anything_queued(session)
        self._attention.looked(listing, unfinished=bool(held) or waiting)
        back = self._worker.hand_back(munchkin_id, held) + self._janitor.rescue(munchkin_id, held)
        return self._worker.claim(munchkin_id) if waiting or back else None

    def _tidy(self, untidy: set[str]) -> None:
        """Do what may wait until there is nothing else to do."""
        while untidy:
            with suppress(StoreFaultError):
                self._janitor.tidy(untidy.pop())

    def _upkeep(self) -> None:
        """Do what must be done now and then, however busy this worker is."""
        if clock.monotonic() - self._purged_at >= self._upkeep_seconds:
            self._purged_at = clock.monotonic()
            with suppress(StoreBusyError, StoreFaultError):
                self._stores.control.forget()
            for munchkin_id in self._stores.munchkin_ids():
                with suppress(StoreBusyError, StoreFaultError, OperatorError):
                    self._janitor.purge(munchkin_id)
                    self._janitor.forget(munchkin_id)

    def _pause(self, seconds: float) -> bool:
        """Wait for so many seconds, or until there may be work; tell whether to stop."""
        if seconds and not self._stopping():
            server = [self._server.sentinel] if self._server is not None else []
            ready = wait([self._wake, self._signals, *server], seconds)
            while self._wake in ready and self._wake.poll():
                self._wake.recv_bytes()
        return self._stopping()
