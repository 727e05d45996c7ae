"""How a test writes what a fault does, and which calls and phases that goes with."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from leadline.api.endpoint import Endpoint
from leadline.model.dataclass import dataclass
from leadline.sandbox.durations import seconds_of
from leadline.sandbox.faults.effects import (
    SECONDS_MAX,
    CutBody,
    Delay,
    Effect,
    ExpireToken,
    FailJob,
    Hang,
    HttpStatus,
    Phase,
    Refuse,
    Reset,
    StallJob,
    Truncate,
)
from leadline.sandbox.faults.error_texts import creates_job, known_codes
from leadline.sandbox.faults.messages import job_message

_BYTES_MAX = 10**12
_ROWS_MAX = 10**9
_RETRY_SECONDS_MAX = 86_400
_Parse = Callable[[Any, Mapping[str, Any]], Effect]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one member of `do` is read, and what it goes with.

    `parse` is given its value and the whole of `do`, and raises ValueError with a sentence. `phases` are
    those that make sense, the usual one first, and `why` says it of the other. `fits` tells which
    operations it can happen to, `needs` says so. One that `ends` the call is the last thing that
    happens to it.
    """

    parse: _Parse
    phases: tuple[Phase, ...] = ("before", "after")
    why: str = ""
    fits: Callable[[Endpoint], bool] = lambda endpoint: True
    needs: str = ""
    ends: bool = True


def whole(name: str, value: object, least: int, most: int) -> int:
    """Return a whole number within bounds; raises ValueError with a sentence."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}, not {value!r:.100}")
    return value


def _only(word: str | bool, effect: Effect) -> _Parse:
    """Read a member that has but one value."""

    def parse(value: Any, do: Mapping[str, Any]) -> Effect:
        if type(value) is not type(word) or value != word:
            raise ValueError(f"it can only be {json.dumps(word)}, not {value!r:.100}")
        return effect

    return parse


def _bytes(effect: Callable[[int], Effect]) -> _Parse:
    """Read a number of bytes."""
    return lambda value, do: effect(whole("it", value, 0, _BYTES_MAX))


def _seconds(value: object) -> float:
    seconds = seconds_of(value)
    if seconds > SECONDS_MAX:
        raise ValueError(f"{value} is too long: PT1H is the longest")
    return seconds


def _code(value: Any, do: Mapping[str, Any]) -> Effect:
    codes = known_codes()
    if value not in codes:
        raise ValueError(f"{value!r:.100} is no code of this API as a string; it has {', '.join(codes)}")
    return Refuse(value)


def _http(value: Any, do: Mapping[str, Any]) -> Effect:
    after = do.get("retryAfter")
    if after is not None:
        after = whole("retryAfter", after, 0, _RETRY_SECONDS_MAX)
    return HttpStatus(whole("an HTTP status here", value, 400, 599), after)


def _delay(value: Any, do: Mapping[str, Any]) -> Effect:
    if isinstance(value, str):
        return Delay(_seconds(value), _seconds(value))
    for least, most, is_lognormal in (("min", "max", False), ("median", "p95", True)):
        if isinstance(value, dict) and set(value) == {least, most}:
            low, high = _seconds(value[least]), _seconds(value[most])
            if low > high:
                raise ValueError(f"{least} must not be longer than {most}")
            if is_lognormal and not low:
                raise ValueError("median must be longer than PT0S")
            return Delay(low, high, is_lognormal)
    raise ValueError('give a duration such as "PT2S", or {"min", "max"}, or {"median", "p95"} of durations')


def _job(value: Any, do: Mapping[str, Any]) -> Effect:
    match value:
        case {"fail": message, **rest} if not rest:
            return FailJob(job_message(message))
        case {"stallAfterRows": rows, **rest} if not rest:
            return StallJob(whole("stallAfterRows", rows, 0, _ROWS_MAX))
    raise ValueError('give {"fail": a message} or {"stallAfterRows": a number}')


def _has_token(endpoint: Endpoint) -> bool:
    return not endpoint.open


KINDS: dict[str, Kind] = {
    "code": Kind(_code, fits=_has_token, needs="an operation that answers codes, as identity does not"),
    "http": Kind(_http),
    "reset": Kind(_only(True, Reset())),
    "hang": Kind(lambda value, do: Hang(_seconds(value))),
    "delay": Kind(_delay, ends=False),
    "truncate": Kind(_bytes(Truncate), ("after",), "there is no answer to truncate before the work"),
    "token": Kind(
        _only("expire", ExpireToken()),
        ("before",),
        "after the work the token has served",
        fits=_has_token,
        needs="an operation that is called with a token",
        ends=False,
    ),
    "job": Kind(
        _job,
        ("before",),
        "it is the job that goes wrong, not the answer to the call",
        fits=creates_job,
        needs="an operation that creates a job",
        ends=False,
    ),
    "cutBody": Kind(
        _bytes(CutBody),
        ("before",),
        "after the work the body has come",
        fits=lambda endpoint: endpoint.method == "POST",
        needs="an operation with a body",
    ),
}
"""By the name of its member in `do`."""
