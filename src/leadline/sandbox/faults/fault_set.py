"""The faults of a subscription: set, listed, removed, and asked of each call what goes wrong with it."""

import random
import threading
from collections.abc import Iterable
from dataclasses import field
from typing import Any

from leadline.model.dataclass import dataclass
from leadline.sandbox.control.refusal import ControlError
from leadline.sandbox.faults.effects import Effect, Phase
from leadline.sandbox.faults.fault import Fault
from leadline.sandbox.faults.operations import Asked

FAULTS_MAX = 1000


@dataclass(slots=True)
class _SetFault:
    """A fault with what has become of it."""

    id: int
    fault: Fault
    noise: random.Random
    matched: int = 0
    fired: int = 0

    @property
    def left(self) -> int | None:
        """How often it may still happen, None for always."""
        return None if self.fault.times is None else self.fault.times - self.fired

    def shown(self) -> dict[str, Any]:
        left = "always" if self.left is None else self.left
        counts = {"matched": self.matched, "fired": self.fired, "left": left}
        return {"id": self.id, "on": self.fault.on, "do": self.fault.do, **counts}


@dataclass(frozen=True, slots=True)
class Firing:
    """One fault that happens to one call; `noise` is the fault's own, for what is left to chance."""

    fault_id: int
    effect: Effect
    phase: Phase
    ends: bool
    noise: random.Random = field(compare=False)


class FaultSet:
    """Faults in the order in which they were set.

    Each counts the calls that match it. One that ends the call, as an answer does, happens once to a
    call at most: the oldest that is due; the others stay due. Delays, expired tokens and what befalls
    jobs come in addition.
    """

    def __init__(self) -> None:
        self._faults: list[_SetFault] = []
        self._last_id = 0
        self._lock = threading.Lock()

    def add(self, faults: Iterable[Fault]) -> list[dict[str, Any]]:
        """Set faults; return them as `listed` does."""
        with self._lock:
            added = []
            for each in faults:
                self._last_id += 1
                added.append(_SetFault(self._last_id, each, random.Random(each.seed)))
            if len(self._faults) + len(added) > FAULTS_MAX:
                raise ControlError(f"There are at most {FAULTS_MAX} faults. Delete those that are done.", 409)
            self._faults += added
            return [each.shown() for each in added]

    def listed(self) -> list[dict[str, Any]]:
        """Return the faults as JSON shows them."""
        with self._lock:
            return [each.shown() for each in self._faults]

    def remove(self, fault_id: int | None = None) -> None:
        """Remove one fault, or all; raises `ControlError`."""
        with self._lock:
            kept = [] if fault_id is None else [each for each in self._faults if each.id != fault_id]
            if fault_id is not None and len(kept) == len(self._faults):
                raise ControlError(f"There is no fault {fault_id}.", 404)
            self._faults = kept

    def befalling(self, asked: Asked) -> list[Firing]:
        """Count a call and return what happens to it."""
        if not self._faults:
            return []
        with self._lock:
            found: list[Firing] = []
            for each in self._faults:
                if each.fault.matches(asked) and (firing := self._firing(each, asked, found)):
                    each.fired += 1
                    found.append(firing)
            return found

    def _firing(self, each: _SetFault, asked: Asked, others: list[Firing]) -> Firing | None:
        fault = each.fault
        each.matched += 1
        if each.matched <= fault.skip or each.left == 0:
            return None
        step = fault.steps[each.fired % len(fault.steps)]
        if asked.operation not in step.operations:
            return None
        if fault.probability < 1 and each.noise.random() >= fault.probability:
            return None
        if step.ends and any(other.ends for other in others):
            return None
        return Firing(each.id, step.effect, step.phase, step.ends, each.noise)

    def take_back(self, firing: Firing) -> None:
        """Say that a fault has not happened after all, such as to a job that was never made."""
        with self._lock:
            for each in self._faults:
                if each.id == firing.fault_id:
                    each.fired -= 1
