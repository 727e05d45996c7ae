"""What a fault can do to a call."""

import math
import random
from typing import Literal

from leadline.model.dataclass import dataclass

Phase = Literal["before", "after"]
"""Before the work of a call, which is then not done; or after it, when only the answer is lost or another."""

SECONDS_MAX = 3600
"""A call that waits goes on after so long at the latest."""

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
        return min(noise.lognormvariate(math.log(self.low), width), SECONDS_MAX)


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
