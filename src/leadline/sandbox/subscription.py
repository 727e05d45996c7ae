"""One subscription of a sandbox: what a test controls of it hangs here."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from functools import partial
from pathlib import Path

from leadline.model.dataclass import dataclass
from leadline.model.subscription_time import SubscriptionTime
from leadline.sandbox.calls.calls_in_flight import CallsInFlight
from leadline.sandbox.calls.journal import Journal
from leadline.sandbox.calls.waits import Waits
from leadline.sandbox.clock import Clock
from leadline.sandbox.faults.fault_set import FaultSet
from leadline.sandbox.generated import Generated
from leadline.sandbox.jobs.first_polls import FirstPolls
from leadline.sandbox.jobs.progress import Progress


@dataclass(frozen=True, slots=True)
class Login:
    """A credential as its client knows it."""

    name: str
    client_id: str
    client_secret: str


@dataclass(slots=True, eq=False)
class SandboxSubscription:
    """A subscription, and the switches of it that a test holds in its hands.

    What hangs here goes back with `switch_back`, which a reset calls. `turn` is held by a worker that
    works in the subscription, and by whoever replaces its store.
    """

    munchkin_id: str
    name: str
    generated: Generated
    logins: tuple[Login, ...]
    seed: Path
    """The state that it began with."""
    machine_time: SubscriptionTime
    wake_workers: Callable[[], None]
    original: bool = False
    clock: Clock = field(init=False)
    progress: Progress = field(init=False)
    first_polls: FirstPolls = field(init=False)
    in_flight: CallsInFlight = field(default_factory=CallsInFlight)
    faults: FaultSet = field(default_factory=FaultSet)
    journal: Journal = field(default_factory=Journal)
    waits: Waits = field(default_factory=Waits)
    turn: threading.Lock = field(default_factory=threading.Lock)
    _requests: Iterator[int] = field(init=False)
    is_leaving: bool = False
    """Whether workers are to let go of it after the chunk that they write."""

    def __post_init__(self) -> None:
        self.clock = Clock(self.machine_time, self.munchkin_id)
        self.progress = Progress(self.wake_workers)
        self.first_polls = FirstPolls(partial(self.machine_time.elapsed, self.munchkin_id))
        self._requests = itertools.count(1)

    def switch_back(self) -> None:
        """Bring everything that a test may have changed here to what it was in the beginning."""
        self.clock.reset()
        self.progress.reset()
        self.first_polls.forget()
        self.faults.remove()
        self.waits.let_go()
        self.journal.clear()
        self._requests = itertools.count(1)

    def next_request_id(self) -> str:
        """Return the id of the next call."""
        return self.generated.request_id(next(self._requests))

    @contextmanager
    def without_workers(self) -> Iterator[None]:
        """Keep workers out; one that is in the middle of a job drops it after its chunk."""
        self.is_leaving = True
        try:
            with self.turn:
                yield
        finally:
            self.is_leaving = False
