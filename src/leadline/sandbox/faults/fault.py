"""A fault as a test sets it: which calls it is for, how often it happens, and what it does."""

from collections.abc import Mapping
from typing import Any

from leadline.api.endpoint import Endpoint
from leadline.model.dataclass import dataclass
from leadline.sandbox.control.refusal import ControlError
from leadline.sandbox.faults.effect_kinds import KINDS, whole
from leadline.sandbox.faults.effects import Effect, Phase
from leadline.sandbox.faults.operations import Asked, Operations, matches_name, matches_path

_MEMBERS = ("on", "skip", "times", "probability", "seed", "phase", "do")
_METHODS = ("GET", "POST", "DELETE")
_COUNT_MAX = 10**9
_STEPS_MAX = 1000
_FAULTS_TOLD = 20


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a fault does, at its phase; one that `ends` the call is the last to happen to it."""

    effect: Effect
    phase: Phase
    ends: bool
    operations: frozenset[str]
    """Those of the fault's operations that it can happen to."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a test wants to go wrong.

    The first `skip` calls that match are spared; then each is hit with `probability`, `times` in all,
    None for always. Several `steps` are taken in turn.
    """

    on: str | Mapping[str, str]
    skip: int
    times: int | None
    probability: float
    seed: int
    steps: tuple[Step, ...]
    do: Any

    def matches(self, asked: Asked) -> bool:
        """Tell whether a call is one that the fault is for."""
        if asked.operation is None or not any(asked.operation in each.operations for each in self.steps):
            return False
        if isinstance(self.on, str):
            return asked.endpoint is not None and matches_name(self.on, asked.endpoint)
        return self.on.get("method") in (None, asked.method) and matches_path(self.on["path"], asked)


def parse_fault(document: Any, operations: Operations) -> Fault:
    """Read a fault; raises `ControlError` that names all that is wrong with it at once."""
    if not isinstance(document, dict):
        raise ControlError('A fault is an object such as {"on": "bulk.leads.create", "do": {"code": "606"}}.')
    faults = [f"{name:.100} is no member of a fault" for name in document if name not in _MEMBERS]
    matched = _operations(document, operations, faults)
    steps = _steps(document, matched, faults)
    skip = _number(document, "skip", 0, 0, faults)
    is_endless = document.get("times") == "always"
    times = None if is_endless else _number(document, "times", len(steps) or 1, 1, faults)
    seed = _number(document, "seed", 0, 0, faults)
    probability = document.get("probability", 1)
    if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 < probability <= 1:
        faults.append(f"probability must be a number above 0 and up to 1, not {probability!r:.100}")
    if faults:
        raise ControlError(f"{'; '.join(faults[:_FAULTS_TOLD])}.")
    return Fault(document["on"], skip, times, probability, seed, steps, document["do"])


def _number(document: dict[str, Any], name: str, default: int, least: int, faults: list[str]) -> int:
    try:
        return whole(name, document.get(name, default), least, _COUNT_MAX)
    except ValueError as error:
        faults.append(f'{error}, or "always"' if name == "times" else str(error))
        return default


def _operations(document: dict[str, Any], operations: Operations, faults: list[str]) -> list[Endpoint]:
    """Return the operations that `on` names."""
    on = document.get("on")
    try:
        if isinstance(on, str) and on:
            return operations.named(on)
        if isinstance(on, dict) and isinstance(on.get("path"), str) and set(on) <= {"method", "path"}:
            if "method" not in on or on["method"] in _METHODS:
                return operations.at(on.get("method"), on["path"])
            faults.append(f"on: method must be one of {', '.join(_METHODS)}, not {on['method']!r:.100}")
            return []
        faults.append('on must be a pattern of operationIds such as "bulk.*.create", or {"method", "path"}')
    except ControlError as error:
        faults.append(error.sentence)
    return []


def _steps(document: dict[str, Any], matched: list[Endpoint], faults: list[str]) -> tuple[Step, ...]:
    """Read what the fault does: one thing, or a list of them."""
    phase = document.get("phase")
    if phase not in (None, "before", "after"):
        faults.append(f'phase must be "before" or "after", not {phase!r:.100}')
        phase = None
    do = document.get("do")
    several = do if isinstance(do, list) else [do]
    if not 0 < len(several) <= _STEPS_MAX:
        faults.append(f"do must name 1 to {_STEPS_MAX} things to do, not {len(several)}")
        return ()
    return tuple(step for each in several if (step := _step(each, phase, matched, faults)))


def _step(do: Any, phase: Phase | None, matched: list[Endpoint], faults: list[str]) -> Step | None:
    names = [name for name in do if name != "retryAfter" or "http" not in do] if isinstance(do, dict) else []
    if len(names) != 1 or names[0] not in KINDS:
        faults.append(
            f"do must name one of {', '.join(KINDS)}, http perhaps with retryAfter; not {do!r:.200}"
        )
        return None
    name = names[0]
    kind = KINDS[name]
    try:
        effect = kind.parse(do[name], do)
    except ValueError as error:
        faults.append(f"do.{name}: {error}")
        return None
    if phase is not None and phase not in kind.phases:
        faults.append(f"{name} has no phase {phase}: {kind.why}")
    fitting = frozenset(each.operation_id for each in matched if kind.fits(each))
    if matched and not fitting:
        faults.append(f"{name} needs {kind.needs}")
    return Step(effect, phase or kind.phases[0], kind.ends, fitting)
