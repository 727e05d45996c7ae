"""Workers as threads of the server's own process: what only a process has, such as its death, they lack."""

import itertools
import os
import threading
from collections.abc import Callable

from leadline.events import Emit, WorkerStopped
from leadline.store.heartbeats import name_worker
from leadline.worker.last_resort import LastResort
from leadline.worker.loop import WorkerLoop

_ENDING_SECONDS = 30.0
_numbers = itertools.count()

NewLoop = Callable[[str, Callable[[float], bool]], WorkerLoop]
"""Makes the loop of a worker from its name and its pause."""


class WorkerThreads:
    """Workers of one server, as threads."""

    def __init__(self, count: int, emit: Emit, new_loop: NewLoop) -> None:
        self._emit = emit
        self._new_loop = new_loop
        self._stopping = False
        self._wakes = [threading.Event() for _ in range(count)]
        self._warm: set[str] = set()
        self._threads = [threading.Thread(target=self._work, args=(wake,)) for wake in self._wakes]

    def start(self) -> None:
        """Let them work."""
        for thread in self._threads:
            thread.start()

    @property
    def living(self) -> dict[int, int]:
        """The process id of this process for each worker that has started."""
        return {} if self._stopping else dict.fromkeys(range(len(self._warm)), os.getpid())

    def wake(self) -> None:
        """Say that there is work."""
        for wake in self._wakes:
            wake.set()

    def stop(self) -> None:
        """Wait until they have finished or handed back what they do."""
        self._stopping = True
        self.wake()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(_ENDING_SECONDS)

    def _work(self, wake: threading.Event) -> None:
        def pause(seconds: float) -> bool:
            self._warm.add(worker_id)  # what comes before the first pause is the start
            if seconds and not self._stopping and wake.wait(seconds):
                wake.clear()
            return self._stopping

        worker_id = f"{next(_numbers)}.{name_worker()}"  # a process may have many here
        with LastResort(self._emit):
            try:
                self._new_loop(worker_id, pause).run()
            finally:
                self._warm.discard(worker_id)
            self._emit(WorkerStopped(os.getpid(), 0))
