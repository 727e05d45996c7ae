"""What servers and workers on the same stores see of each other: waiting work, and ended workers."""

from contextlib import suppress
from pathlib import Path

from leadline import clock
from leadline.errors import StoreBusyError, StoreFaultError
from leadline.store import credentials
from leadline.store.base import Database
from leadline.store.data_folder import WORK, WORKERS
from leadline.store.heartbeats import Heartbeats, Held
from leadline.store.location import StoreLocation
from leadline.store.process_lock import is_alive, take_liveness_lock
from leadline.store.work_hints import WorkHints


class SignsOfWork:
    """Files beside embedded stores; rows of the control store, and heartbeats, where it is on a server."""

    def __init__(self, control: Database, folder: Path | None) -> None:
        """`folder` holds the embedded control store; None where it is on a server."""
        self._control = control
        self._folder = folder
        self._files = None if folder is None else WorkHints(folder / WORK)
        self._hints: dict[str, tuple[int, int]] = {}
        self._heartbeats = Heartbeats()

    def hint(self, munchkin_id: str) -> None:
        """Let workers see a new job at once; where the hint is lost they see it later."""
        if self._files is not None:
            self._files.add(munchkin_id)
        else:
            with suppress(StoreBusyError, StoreFaultError), self._control.write() as session:
                credentials.raise_work_hint(session, munchkin_id)

    def hints(self) -> dict[str, tuple[int, int] | None]:
        """Return the subscriptions in which work is hinted at.

        What stands for a hint is another one with each new job, also of a subscription that is made anew;
        None says that the hint stays until `none_in` is told. While the control store is down they are the
        last ones known.
        """
        if self._files is not None:
            return dict.fromkeys(self._files.read())
        with suppress(StoreBusyError), self._control.read_once() as session:
            self._hints = credentials.work_hints(session)
        return dict(self._hints)

    def none_in(self, munchkin_id: str) -> None:
        """Take back the hints that were read before the store was looked at."""
        if self._files is not None:
            self._files.remove(munchkin_id)

    def begin_worker(self, worker_id: str) -> int | None:
        """Take the liveness lock of a worker; return its descriptor, or None where heartbeats are used."""
        return None if self._folder is None else take_liveness_lock(self._liveness_file(worker_id))

    def is_abandoned(
        self, munchkin_id: str, location: StoreLocation, held: Held, lease_seconds: float
    ) -> bool:
        """Return whether the worker of a job or preview has ended, or was silent for a lease."""
        if location.is_file:
            return not is_alive(self._liveness_file(held.worker))
        return self._heartbeats.have_ceased(munchkin_id, held, clock.monotonic(), lease_seconds)

    def _liveness_file(self, worker_id: str) -> Path:
        assert self._folder is not None, "a store is a file only beside an embedded control store"
        return self._folder / WORKERS / f"{worker_id}.lock"
