"""How far the jobs of a sandbox's subscription may get: by themselves, by polls, or step by step."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum

from leadline.model.dataclass import dataclass
from leadline.sandbox.faults.effects import FailJob, StallJob

POLLS_MAX = 1000
_POLLS = re.compile(r"polls:([1-9][0-9]{0,3})")


class Reach(IntEnum):
    """How far a job may get."""

    QUEUED = 0
    IMPORTING = 1
    """It is taken from the queue, and no row of it is imported."""
    END = 2


@dataclass(slots=True)
class _Job:
    """What was said of one job; what nothing was said of, the subscription's progress decides."""

    reach: Reach | None = None
    message: str | None = None
    """With which it fails because of a step; `fault_message` because of a fault."""
    fault_message: str | None = None
    rows_max: int | None = None
    polls: int = 0


class Progress:
    """Says of each job whether it may begin and go on; `wake` says to workers that the answer has changed."""

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self._wake = wake
        self._changed = threading.Condition()
        self._creating = 0
        self._is_closed = False
        self._jobs: dict[int, _Job] = {}
        self._mode = "auto"
        self._polls = 0

    @property
    def mode(self) -> str:
        """`auto`, `hold` or `polls:` with a number."""
        return self._mode

    @property
    def is_moved_by_polls(self) -> bool:
        """Whether it is the polls of a job that let it get on."""
        return self._polls > 0

    def set_mode(self, mode: object) -> None:
        """Say how jobs get on from now on; `auto` lets go on what was held, by a fault too.

        Raises ValueError with a sentence.
        """
        polls = _POLLS.fullmatch(mode) if isinstance(mode, str) else None
        if mode not in ("auto", "hold") and (polls is None or int(polls[1]) > POLLS_MAX):
            raise ValueError(
                f'progress is "auto", "hold" or "polls:" and a number up to {POLLS_MAX}, not {mode!r:.100}'
            )
        with self._changing():
            self._mode, self._polls = str(mode), int(polls[1]) if polls else 0
            for each in self._jobs.values():
                each.reach = None
                if mode == "auto":
                    each.rows_max = None

    def may_begin(self, batch_id: int) -> bool:
        """Tell whether a queued job may be taken from the queue."""
        with self._changed:
            return self._reach(batch_id) is not Reach.QUEUED and not self._is_just_created(batch_id)

    def may_go_on(self, batch_id: int, next_row: int) -> bool:
        """Tell whether a job that was taken may be worked on, from a row on."""
        with self._changed:
            if self._reach(batch_id) is not Reach.END:
                return False
            return self.failure_of(batch_id) is None and not self._has_stalled(batch_id, next_row)

    def stop_row(self, batch_id: int) -> int | None:
        """Return the row before which a job will be told to stand still, so that a chunk ends there."""
        job = self._jobs.get(batch_id)
        return None if job is None or job.rows_max is None else job.rows_max + 1

    def failure_of(self, batch_id: int) -> str | None:
        """Return the message with which a job is to fail where it stands, or None."""
        with self._changed:
            job = self._jobs.get(batch_id)
            if job is None or self._reach(batch_id) is not Reach.END:
                return None
            return job.message or job.fault_message

    def stands(self, batch_id: int, next_row: int) -> bool:
        """Tell whether a job that was taken is where it gets no further."""
        with self._changed:
            return self._reach(batch_id) is not Reach.END or self._has_stalled(batch_id, next_row)

    def holds(self, batch_id: int) -> bool:
        """Tell whether an unfinished job gets no further unless it is told to."""
        with self._changed:
            job = self._jobs.get(batch_id)
            return self._reach(batch_id) is not Reach.END or (job is not None and job.rows_max is not None)

    @contextmanager
    def creating(self) -> Iterator[Callable[[int, FailJob | StallJob], None]]:
        """Let no new job begin until it is known which one a fault is for; the function yielded says it."""
        with self._changed:
            self._creating += 1

        def befalls(batch_id: int, what: FailJob | StallJob) -> None:
            with self._changed:
                job = self._job(batch_id)
                if isinstance(what, FailJob):
                    job.fault_message = what.message
                else:
                    job.rows_max = what.rows

        try:
            yield befalls
        finally:
            with self._changing():
                self._creating -= 1

    def let(self, batch_id: int, reach: Reach, message: str | None = None) -> None:
        """Let one job get that far, or fail with a message."""
        with self._changing():
            job = self._job(batch_id)
            job.reach, job.message = reach, message
            job.rows_max = None

    def polled(self, batch_id: int) -> Reach:
        """Count a poll of a job and return how far the job may now be seen to be."""
        with self._changing():
            self._job(batch_id).polls += 1
            return self._reach(batch_id)

    def not_polled(self, batch_id: int) -> None:
        """Take a poll back that showed no status."""
        with self._changed:
            self._job(batch_id).polls -= 1

    def hear(self) -> None:
        """Let those look again who wait for a job."""
        with self._changed:
            self._changed.notify_all()

    def wait_until(self, is_so: Callable[[], bool], seconds: float) -> bool:
        """Wait for what jobs bring about, at most so long; tell whether it is so.

        It is not asked any more when the subscription is removed, whose store goes then.
        """
        with self._changed:
            return self._changed.wait_for(lambda: self._is_closed or is_so(), seconds)

    def close(self) -> None:
        """End all waiting for jobs."""
        with self._changing():
            self._is_closed = True

    def reset(self) -> None:
        """Let every job run to its end, and forget what was said of jobs."""
        with self._changing():
            self._jobs.clear()
            self._mode, self._polls = "auto", 0

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._changed:
            yield
            self._changed.notify_all()
        self._wake()

    def _has_stalled(self, batch_id: int, next_row: int) -> bool:
        job = self._jobs.get(batch_id)
        return job is not None and job.rows_max is not None and next_row > job.rows_max

    def _job(self, batch_id: int) -> _Job:
        return self._jobs.setdefault(batch_id, _Job())

    def _is_just_created(self, batch_id: int) -> bool:
        return self._creating > 0 and batch_id not in self._jobs

    def _reach(self, batch_id: int) -> Reach:
        job = self._jobs.get(batch_id)
        if job is not None and job.reach is not None:
            return job.reach
        if self._mode == "hold":
            return Reach.QUEUED
        if self._mode != "auto":
            polls = job.polls if job else 0
            return Reach.END if polls >= self._polls else Reach.IMPORTING if polls > 1 else Reach.QUEUED
        return Reach.END
