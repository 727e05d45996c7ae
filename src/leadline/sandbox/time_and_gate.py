"""What the rest of the program asks a sandbox: what time it is, and whether a job may run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from leadline.model.job_gate import JobGate
from leadline.model.subscription_time import SubscriptionTime
from leadline.sandbox.subscription import SandboxSubscription

Subscriptions = Mapping[str, SandboxSubscription]
"""The subscriptions of a sandbox by munchkin id; one that is being made or removed is not among them."""


class SandboxTime(SubscriptionTime):
    """Each subscription's own clock."""

    def __init__(self, subscriptions: Subscriptions, machine: SubscriptionTime) -> None:
        self._subscriptions = subscriptions
        self._machine = machine

    def now_ms(self, munchkin_id: str) -> int:
        """See `SubscriptionTime.now_ms`."""
        found = self._subscriptions.get(munchkin_id)
        return found.clock.now_ms() if found else self._machine.now_ms(munchkin_id)

    def elapsed(self, munchkin_id: str) -> float:
        """See `SubscriptionTime.elapsed`."""
        found = self._subscriptions.get(munchkin_id)
        return found.clock.elapsed() if found else self._machine.elapsed(munchkin_id)


class SandboxGate(JobGate):
    """Each subscription's own say in how far its jobs get."""

    decides = True

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions

    @contextmanager
    def turn(self, munchkin_id: str) -> Iterator[bool]:
        """See `JobGate.turn`: a subscription that is being reset or removed is left alone."""
        found = self._subscriptions.get(munchkin_id)
        if found is None or found.is_leaving:
            yield False
            return
        with found.turn:
            yield not found.is_leaving and self._subscriptions.get(munchkin_id) is found

    def leaves(self, munchkin_id: str) -> bool:
        """See `JobGate.leaves`: one that is being reset or removed waits for nothing that takes long."""
        found = self._subscriptions.get(munchkin_id)
        return found is None or found.is_leaving

    def may_begin(self, munchkin_id: str, batch_id: int) -> bool:
        """See `JobGate.may_begin`."""
        found = self._subscriptions.get(munchkin_id)
        return found is not None and not found.is_leaving and found.progress.may_begin(batch_id)

    def may_go_on(self, munchkin_id: str, batch_id: int, next_row: int) -> bool:
        """See `JobGate.may_go_on`."""
        found = self._subscriptions.get(munchkin_id)
        return found is not None and not found.is_leaving and found.progress.may_go_on(batch_id, next_row)

    def stop_row(self, munchkin_id: str, batch_id: int) -> int | None:
        """See `JobGate.stop_row`."""
        found = self._subscriptions.get(munchkin_id)
        return found.progress.stop_row(batch_id) if found else None

    def failure_of(self, munchkin_id: str, batch_id: int) -> str | None:
        """See `JobGate.failure_of`."""
        found = self._subscriptions.get(munchkin_id)
        return found.progress.failure_of(batch_id) if found and not found.is_leaving else None
