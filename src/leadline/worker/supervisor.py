"""The supervisor of worker processes: started, woken, replaced when they die, stopped."""

import threading
from contextlib import closing, suppress

from leadline import clock
from leadline.config import Settings
from leadline.events import Emit, Event, WorkerSilent, WorkerStarted, WorkerStopped
from leadline.worker.child import WorkerChild

_RESTART_SECONDS = 0.2
_RESTART_SECONDS_MAX = 10.0
_YOUNG_SECONDS = 2.0
_STOP_SECONDS = 8.0
_LATER_SECONDS = 0.3
"""Workers beside the first load when that one may have imported something: loading takes all of a core."""

_WAIT_SECONDS = 1.0
"""For a sign of life of a worker, which gives one that often, whatever it is doing."""

_SILENT_WAITS = 3
"""After so many waits in vain a worker is not counted on any more."""


class Supervisor:
    """Keeps a number of worker processes alive and passes their events on."""

    def __init__(self, settings: Settings, emit: Emit, first: WorkerChild | None = None) -> None:
        """`first` is a worker that was started already, and that waits to be told to begin."""
        self._settings = settings
        self._emit = emit
        self._first = first
        self._stopping = threading.Event()
        self._minders: list[threading.Thread] = []
        self._children: dict[int, WorkerChild] = {}
        self._warm: set[int] = set()

    def start(self) -> None:
        """Start the workers."""
        for place in range(self._settings.workers):
            employed = place, None if place else self._first
            minder = threading.Thread(target=self._mind, args=employed, name=f"minder-{place}", daemon=True)
            self._minders.append(minder)
            minder.start()

    @property
    def living(self) -> dict[int, int]:
        """The process ids of the workers that have started and give signs of life, by their numbers."""
        if self._stopping.is_set():
            return {}
        children = list(self._children.items())
        return {place: child.process.pid for place, child in children if child.process.pid in self._warm}

    def wake(self) -> None:
        """Say that there is work."""
        for child in list(self._children.values()):
            child.wake()

    def stop(self) -> None:
        """Let every worker finish or hand back its chunk, then end; kill what does not. Asked again, wait."""
        if not self._stopping.is_set():  # one that is ending takes a second signal badly
            self._stopping.set()
            for child in list(self._children.values()):
                child.process.terminate()
        end = clock.monotonic() + _STOP_SECONDS
        for minder in self._minders:
            minder.join(max(end - clock.monotonic(), 0.0))
        for child in list(self._children.values()):
            child.process.kill()  # does nothing to one that has ended

    def _mind(self, place: int, child: WorkerChild | None) -> None:
        """Keep one worker going; one that dies young is replaced after a longer pause each time."""
        if place:
            self._stopping.wait(_LATER_SECONDS)
        pause = _RESTART_SECONDS
        while not self._stopping.is_set():
            began = clock.monotonic()
            with suppress(OSError):  # no process to be had now: as if it had died young
                self._employ(place, child or WorkerChild())
            child = None
            died_young = clock.monotonic() - began < _YOUNG_SECONDS
            pause = min(pause * 2, _RESTART_SECONDS_MAX) if died_young else _RESTART_SECONDS
            self._stopping.wait(pause)

    def _employ(self, place: int, child: WorkerChild) -> None:
        """Let a worker begin, and hear it out."""
        with closing(child):
            child.begin(self._settings)
            self._children[place] = child
            if self._stopping.is_set():
                child.process.terminate()
            self._hear(child)
            self._warm.discard(child.process.pid)
            self._emit(WorkerStopped(child.process.pid, child.process.wait()))

    def _hear(self, child: WorkerChild) -> None:
        """Pass events on until the worker is gone; one cut off in the middle is dropped.

        A worker that has been heard once and then falls silent is frozen, maybe with the
        store's lock in its hands: it is killed. Silence is counted in waits of ours, so that
        time in which this process was frozen itself, or the whole machine, counts once.
        """
        events_in, process = child.events, child.process
        waits_max, silent = round(self._settings.times.silence_seconds / _WAIT_SECONDS), 0
        with suppress(EOFError, OSError):
            self._pass_on(events_in.recv())
            has_started = False
            while True:
                if events_in.poll(_WAIT_SECONDS):
                    has_started |= self._pass_on(events_in.recv())
                    if has_started:
                        self._warm.add(process.pid)
                    silent = 0
                    continue
                silent += 1
                if silent == min(_SILENT_WAITS, waits_max):
                    self._warm.discard(process.pid)
                if silent == waits_max:
                    self._emit(WorkerSilent(process.pid))
                    process.kill()

    def _pass_on(self, message: Event | None) -> bool:
        """Emit an event, a mere sign of life being None; tell whether it says that the worker has started."""
        if message is not None:
            self._emit(message)
        return isinstance(message, WorkerStarted)
