"""What a fault can do to a call, and when that makes sense."""

import math
import random
from collections.abc import Callable, Mapping
from typing import Any, Literal

from leadline.api.endpoint import Endpoint
from leadline.model.dataclass import dataclass
from leadline.sandbox.durations import seconds_of
from leadline.sandbox.faults.error_texts import is_upload, known_codes
from leadline.sandbox.faults.messages import job_message

Phase = Literal["before", "after"]
"""Before the work of a call, which is then not done; or after it, when only the answer is lost or another."""

_SECONDS_MAX = 3600
_NORMAL_95 = 1.6449
"""So many standard deviations above the middle lie 95 of 100 values of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The answer is an error of the product's own catalogue."""

    code: str


@dataclass(frozen=True, slots=True)
class HttpStatus:
    """The answer is what a proxy in front of the API would say."""

    status: int
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset without an answer."""


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer comes for a time; then the connection is closed."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Delay:
    """The call waits: between two times, any as likely; or around a median, 95 of 100 below the other."""

    low: float
    high: float
    is_lognormal: bool = False

    def seconds(self, noise: random.Random) -> float:
        """Return how long one call waits."""
        if not self.is_lognormal:
            return noise.uniform(self.low, self.high)
        width = math.log(self.high / self.low) / _NORMAL_95
        return min(noise.lognormvariate(math.log(self.low), width), _SECONDS_MAX)


@dataclass(frozen=True, slots=True)
class Truncate:
    """The answer breaks off after so many bytes of its body, at the latest before the last one."""

    size: int


@dataclass(frozen=True, slots=True)
class ExpireToken:
    """The token of the call expires, as if its time were over: the call is answered 602."""


@dataclass(frozen=True, slots=True)
class FailJob:
    """The job that the call creates fails, with a message."""

    message: str


@dataclass(frozen=True, slots=True)
class StallJob:
    """The job that the call creates stands still after so many rows, at the latest before the last one."""

    rows: int


@dataclass(frozen=True, slots=True)
class CutBody:
    """The connection is reset when so many bytes of the call's body have come, at the latest at its end."""

    size: int


Effect = Refuse | HttpStatus | Reset | Hang | Delay | Truncate | ExpireToken | FailJob | StallJob | CutBody
_Parse = Callable[[Any, Mapping[str, Any]], Effect]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one member of `do` is read, and what it goes with.

    `phases` are those that make sense, the usual one first, and `why` says it of the other. `fits`
    tells which operations it can happen to, `needs` says so. One that `ends` the call is the last
    thing that happens to it.
    """

    parse: _Parse
    phases: tuple[Phase, ...] = ("before", "after")
    why: str = ""
    fits: Callable[[Endpoint], bool] = lambda endpoint: True
    needs: str = ""
    ends: bool = True


def _has_body(endpoint: Endpoint) -> bool:
    return endpoint.method == "POST"


def _has_token(endpoint: Endpoint) -> bool:
    return not endpoint.open


def _code(value: Any, do: Mapping[str, Any]) -> Effect:
    codes = known_codes()
    if value not in codes:
        raise ValueError(f"{value!r:.100} is no code of this API as a string; it has {', '.join(codes)}")
    return Refuse(value)


def _http(value: Any, do: Mapping[str, Any]) -> Effect:
    after = do.get("retryAfter")
    if after is not None:
        after = whole("retryAfter", after, 0, 86_400)
    return HttpStatus(whole("an HTTP status here", value, 400, 599), after)


def _true(value: Any, do: Mapping[str, Any]) -> Effect:
    if value is not True:
        raise ValueError("it can only be true")
    return Reset()


def _time(value: object) -> float:
    seconds = seconds_of(value)
    if seconds > _SECONDS_MAX:
        raise ValueError(f"{value} is too long: PT1H is the longest")
    return seconds


def _delay(value: Any, do: Mapping[str, Any]) -> Effect:
    if isinstance(value, str):
        return Delay(_time(value), _time(value))
    for least, most, is_lognormal in (("min", "max", False), ("median", "p95", True)):
        if isinstance(value, dict) and set(value) == {least, most}:
            low, high = _time(value[least]), _time(value[most])
            if low > high:
                raise ValueError(f"{least} must not be longer than {most}")
            if is_lognormal and not low:
                raise ValueError("median must be longer than PT0S")
            return Delay(low, high, is_lognormal)
    raise ValueError('give a duration such as "PT2S", or {"min", "max"}, or {"median", "p95"} of durations')


def _token(value: Any, do: Mapping[str, Any]) -> Effect:
    if value != "expire":
        raise ValueError(f'{value!r:.100} is nothing that can be done to a token; "expire" is')
    return ExpireToken()


def _job(value: Any, do: Mapping[str, Any]) -> Effect:
    if isinstance(value, dict) and set(value) == {"fail"}:
        return FailJob(job_message(value["fail"]))
    if isinstance(value, dict) and set(value) == {"stallAfterRows"}:
        return StallJob(whole("stallAfterRows", value["stallAfterRows"], 0, 10**9))
    raise ValueError('give {"fail": a message} or {"stallAfterRows": a number}')


def _cut(value: Any, do: Mapping[str, Any]) -> Effect:
    return CutBody(whole("it", value, 0, 10**12))


def _truncate(value: Any, do: Mapping[str, Any]) -> Effect:
    return Truncate(whole("it", value, 0, 10**12))


def whole(name: str, value: object, least: int, most: int) -> int:
    """Return a whole number within bounds; raises ValueError with a sentence."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}, not {value!r:.100}")
    return value


KINDS: dict[str, Kind] = {
    "code": Kind(_code, fits=_has_token, needs="an operation that answers codes, as identity does not"),
    "http": Kind(_http),
    "reset": Kind(_true),
    "hang": Kind(lambda value, do: Hang(_time(value))),
    "delay": Kind(_delay, ends=False),
    "truncate": Kind(_truncate, ("after",), "there is no answer to truncate before the work"),
    "token": Kind(
        _token,
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
        fits=is_upload,
        needs="an operation that creates a job",
        ends=False,
    ),
    "cutBody": Kind(
        _cut,
        ("before",),
        "after the work the body has come",
        fits=_has_body,
        needs="an operation with a body",
    ),
}
"""By the name of its member in `do`."""
