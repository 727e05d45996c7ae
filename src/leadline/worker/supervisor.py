"""The supervisor of worker processes: started, woken, replaced when they die, stopped."""

import multiprocessing
import os
import threading
from contextlib import suppress
from multiprocessing.connection import Connection

from leadline import clock
from leadline.config import Settings
from leadline.events import Emit, Event, WorkerSilent, WorkerStopped

_RESTART_SECONDS = 0.2
_RESTART_SECONDS_MAX = 10.0
_YOUNG_SECONDS = 2.0
_STOP_SECONDS = 8.0
BEAT_SECONDS = 1.0
"""A worker gives a sign of life that often, whatever it is doing."""


def _work(settings: Settings, wake: Connection, events: Connection) -> None:
    """Be a worker; imported only there, so that the server process stays without the engine."""
    from leadline.worker.process import run_worker

    run_worker(settings, wake, events, BEAT_SECONDS)


class Supervisor:
    """Keeps a number of worker processes alive and passes their events on."""

    def __init__(self, settings: Settings, emit: Emit) -> None:
        self._settings = settings
        self._emit = emit
        self._spawn = multiprocessing.get_context("spawn")
        self._stopping = threading.Event()
        self._minders: list[threading.Thread] = []
        self._wakes: dict[int, Connection] = {}
        self._processes: dict[int, multiprocessing.process.BaseProcess] = {}

    def start(self) -> None:
        """Start the workers."""
        for place in range(self._settings.workers):
            minder = threading.Thread(target=self._mind, args=(place,), name=f"minder-{place}", daemon=True)
            self._minders.append(minder)
            minder.start()

    def wake(self) -> None:
        """Say that there is work; a worker that is busy will look anyway."""
        for connection in list(self._wakes.values()):
            with suppress(OSError):
                connection.send_bytes(b"!")

    def stop(self) -> None:
        """Let every worker finish or hand back its chunk, then end; kill what does not. Asked again, wait."""
        if not self._stopping.is_set():  # one that is ending takes a second signal badly
            self._stopping.set()
            for process in list(self._processes.values()):
                process.terminate()
        end = clock.monotonic() + _STOP_SECONDS
        for minder in self._minders:
            minder.join(max(end - clock.monotonic(), 0.0))
        for process in list(self._processes.values()):
            if process.is_alive():
                process.kill()

    def _mind(self, place: int) -> None:
        """Keep one worker going; one that dies young is replaced after a longer pause each time."""
        pause = _RESTART_SECONDS
        while not self._stopping.is_set():
            began = clock.monotonic()
            with suppress(OSError):  # no process to be had now: as if it had died young
                self._employ(place)
            died_young = clock.monotonic() - began < _YOUNG_SECONDS
            pause = min(pause * 2, _RESTART_SECONDS_MAX) if died_young else _RESTART_SECONDS
            self._stopping.wait(pause)

    def _employ(self, place: int) -> None:
        """Start one worker and hear it out."""
        events_in, events_out = self._spawn.Pipe(duplex=False)
        woken, wakes = self._spawn.Pipe(duplex=False)
        os.set_blocking(wakes.fileno(), False)
        with events_in, wakes:
            with events_out, woken:
                process = self._spawn.Process(
                    target=_work,
                    args=(self._settings, woken, events_out),
                    name=f"leadline-worker-{place}",
                )
                process.start()
            self._processes[place], self._wakes[place] = process, wakes
            if self._stopping.is_set():
                process.terminate()
            self._hear(events_in, process)
            process.join()
            self._emit(WorkerStopped(process.pid or 0, process.exitcode or 0))

    def _hear(self, events_in: Connection, process: multiprocessing.process.BaseProcess) -> None:
        """Pass events on until the worker is gone; one cut off in the middle is dropped.

        A worker that has been heard once and then falls silent is frozen, maybe with the
        store's lock in its hands: it is killed. Silence is counted in waits of ours, so that
        time in which this process was frozen itself, or the whole machine, counts once.
        """
        waits_max, silent = round(self._settings.times.silence_seconds / BEAT_SECONDS), 0
        with suppress(EOFError, OSError):
            self._pass_on(events_in.recv())
            while True:
                if events_in.poll(BEAT_SECONDS):
                    self._pass_on(events_in.recv())
                    silent = 0
                    continue
                silent += 1
                if silent == waits_max:
                    self._emit(WorkerSilent(process.pid or 0))
                    process.kill()

    def _pass_on(self, message: Event | None) -> None:
        """Emit an event; a mere sign of life is None."""
        if message is not None:
            self._emit(message)
