"""The loop of a worker: claim, import, upkeep, wait."""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from leadline import clock
from leadline.config import Settings
from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.events import Emit, StoreFailed, WorkerStarted, tell_busy
from leadline.model.dataclass import dataclass
from leadline.model.job_gate import JobGate
from leadline.model.jobs import Job
from leadline.model.rules import Limits
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import claimed_jobs, previews, unfinished_work
from leadline.store.credentials import DirectoryEntry
from leadline.store.directory import Stores
from leadline.worker.janitor import Janitor
from leadline.worker.kept_memory import KeptMemory
from leadline.worker.polling import PollSchedule
from leadline.worker.preview_run import PreviewMaker
from leadline.worker.tour import Tour
from leadline.worker.turns import Turns, never
from leadline.worker.worker import Worker

_IDLE_SECONDS = 1.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Work:
    """What a look at a subscription has found: a job that was claimed, and whether a preview could be."""

    job: Job | None = None
    preview_waits: bool = False


class WorkerLoop:
    """The loop around a worker and its janitor, with stores of its own."""

    def __init__(
        self,
        settings: Settings,
        time: SubscriptionTime,
        emit: Emit,
        worker_id: str,
        pause: Callable[[float], bool],
        *,
        stores: Stores | None = None,
        gate: JobGate | None = None,
    ) -> None:
        """`pause` waits for so many seconds, or until there may be work, and tells whether to stop.

        `stores` are those of a server in the same process, where it shares them.
        """
        self._emit = emit
        self._pause = pause
        self._policy = settings.policy
        self._gate = gate or JobGate()
        self._stores = stores or Stores(settings.data, settings.database, worker=True)
        self._closes_stores = stores is None
        self._liveness_lock = self._stores.work.begin_worker(worker_id)
        self._worker = Worker(self._stores, time, settings, emit, worker_id, pause, self._gate)
        self._previews = PreviewMaker(self._stores, time, settings, emit, worker_id, self._gate)
        self._kept_memory = KeptMemory(self._stores)
        self._schedule = PollSchedule()
        self._turns = Turns(self._due, lambda munchkin_id: self._found_in(munchkin_id).job)
        self._sweep_seconds = settings.times.sweep_seconds
        self._sweep = Tour(self._sweep_seconds)
        self._upkeeps = Tour(settings.times.upkeep_seconds)
        self._listed: list[str] = []
        self._listed_at = -self._sweep_seconds
        self._janitor = Janitor(self._stores, time, settings, emit)
        self._upkeep_seconds = settings.times.upkeep_seconds
        self._purged_at = -self._upkeep_seconds

    def run(self) -> None:
        """Go round until told to stop."""
        self._worker.warm_up()
        self._emit(WorkerStarted(os.getpid()))
        to_checkpoint: set[str] = set()
        worked = False
        while not self._stopping():
            was_idle, worked = not worked, False
            try:
                worked = self._round(to_checkpoint)
                if was_idle and not worked:  # the next job of several small ones need not wait for it
                    self._checkpoint(to_checkpoint)
                self._upkeep()
            except StoreBusyError as error:
                tell_busy(self._emit, "", error)
            if worked:
                self._kept_memory.note_work()
            else:
                self._kept_memory.give_back_when_quiet()
                self._pause(_IDLE_SECONDS)
        self._import_claimed(to_checkpoint)  # it is handed back
        self._worker.put_aside.release_all()
        if self._closes_stores:
            self._stores.close()
        if self._liveness_lock is not None:
            os.close(self._liveness_lock)

    def _stopping(self) -> bool:
        return self._pause(0)

    def _round(self, to_checkpoint: set[str]) -> bool:
        """Give each subscription one turn, so that a busy one delays the others by one."""
        worked = False
        for munchkin_id in self._sweep.visits(self._known()):
            if not self._schedule.rests(munchkin_id):
                with self._stores.visit(munchkin_id):
                    worked |= self._turn_of(munchkin_id, to_checkpoint)
        worked |= self._import_claimed(to_checkpoint)
        for munchkin_id in self._due():
            worked |= self._turn_of(munchkin_id, to_checkpoint)
            if self._import_claimed(to_checkpoint):  # who has waited longest is another one now
                break
        return worked

    def _due(self) -> list[str]:
        return self._schedule.due(self._stores.work.hints())

    def _known(self) -> list[str]:
        """Return the subscriptions, read now and then: one that is new says itself that it has work."""
        if clock.monotonic() - self._listed_at >= self._sweep_seconds:
            self._listed_at, self._listed = clock.monotonic(), self._stores.munchkin_ids()
        return self._listed

    def _turn_of(self, munchkin_id: str, to_checkpoint: set[str]) -> bool:
        if self._stopping():
            return False
        with self._gate.turn(munchkin_id) as is_mine:
            if not is_mine:
                return False
            found = self._found_in(munchkin_id)
            if found.job is not None:
                self._import(munchkin_id, found.job)
            elif not (found.preview_waits and self._asked(munchkin_id, self._previews.make_one)):
                return False
        to_checkpoint.add(munchkin_id)
        return True

    def _import(self, munchkin_id: str, job: Job) -> None:
        """Import a claimed job, as long as its turn lasts."""
        self._schedule.has_turn(munchkin_id)
        self._turns.begin()
        gives_way = never if self._gate.decides else partial(self._turns.is_over, munchkin_id)
        if not self._worker.import_job(munchkin_id, job, gives_way):
            self._schedule.failed(munchkin_id)
        self._stores.note_import(munchkin_id)

    def _import_claimed(self, to_checkpoint: set[str]) -> bool:
        """Import the job that was claimed while another one had its turn; tell whether there was one."""
        claimed = self._turns.take()
        if claimed is not None:
            self._import(*claimed)
            to_checkpoint.add(claimed[0])
        return claimed is not None

    def _found_in(self, munchkin_id: str) -> _Work:
        return self._asked(munchkin_id, self._look_at) or _Work()

    def _asked(self, munchkin_id: str, question: Callable[[str], T]) -> T | None:
        """Return what a look at a subscription's store gives; a store that fails rests for a while."""
        try:
            return question(munchkin_id)
        except StoreBusyError as error:
            tell_busy(self._emit, munchkin_id, error)
        except (StoreFaultError, OperatorError) as error:
            if self._worker.has_lost(munchkin_id):
                self._schedule.forget(munchkin_id)
                return None
            self._emit(StoreFailed(munchkin_id, str(error)))
        self._schedule.failed(munchkin_id)
        return None

    def _look_at(self, munchkin_id: str) -> _Work:
        """Rescue what dead workers held, and claim a job if one waits."""
        listing = self._stores.find(munchkin_id)
        if listing is None:  # it was removed
            self._stores.work.none_in(munchkin_id)
            self._schedule.forget(munchkin_id)
            return _Work()
        with self._stores.subscription(munchkin_id).read_once() as session:
            unfinished = unfinished_work.look(session)
            held = claimed_jobs.claimed(session) if unfinished.jobs_are_held else []
            foreseen = previews.claimed(session) if unfinished.previews_are_held else []
        is_idle = not unfinished.is_any
        self._schedule.looked(munchkin_id, unfinished=not is_idle)
        if self._gate.decides and (taken_up := self._worker.put_aside.take_up(munchkin_id)) is not None:
            return _Work(taken_up)
        if is_idle:
            self._stores.work.none_in(munchkin_id)
            return _Work()
        back = self._worker.hand_back(munchkin_id, held) + self._janitor.rescue(munchkin_id, held)
        self._previews.rescue(munchkin_id, foreseen)
        job = None
        if unfinished.jobs_wait or back:
            job = self._worker.claim(munchkin_id, self._limits_of(listing).jobs_importing_max)
        return _Work(job, unfinished.previews_wait and not foreseen)

    def _limits_of(self, listing: DirectoryEntry) -> Limits:
        return self._policy.of_subscription(listing.own).limits

    def _checkpoint(self, to_checkpoint: set[str]) -> None:
        """Do what may wait until there is nothing else to do."""
        while to_checkpoint:
            munchkin_id = to_checkpoint.pop()
            with self._gate.turn(munchkin_id) as is_mine, suppress(StoreFaultError):
                if is_mine:
                    self._janitor.checkpoint(munchkin_id)

    def _upkeep(self) -> None:
        """Do what must be done now and then, however busy this worker is."""
        if clock.monotonic() - self._purged_at >= self._upkeep_seconds:
            self._purged_at = clock.monotonic()
            self._some_time("", self._stores.control.erase_deleted)
        for munchkin_id in self._upkeeps.visits(self._known()):
            with self._gate.turn(munchkin_id) as is_mine:
                if is_mine and not self._stopping():
                    self._some_time(munchkin_id, partial(self._upkeep_of, munchkin_id))

    def _upkeep_of(self, munchkin_id: str) -> None:
        listing = self._stores.find(munchkin_id)
        if listing is not None:
            with self._stores.visit(munchkin_id):
                self._janitor.upkeep(munchkin_id, self._limits_of(listing))

    def _some_time(self, munchkin_id: str, work: Callable[[], None]) -> None:
        """Do something for a store that another time will do for as well."""
        try:
            with suppress(StoreFaultError, OperatorError):
                work()
        except StoreBusyError as error:
            tell_busy(self._emit, munchkin_id, error)
