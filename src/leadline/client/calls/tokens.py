"""The token of a push: bought once, and once more when the server says that it is no longer good."""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from leadline.client.calls.answers import Answer
from leadline.client.clock import Clock

_ALMOST_OVER = 2.0
"""A server that has a token hands it out again to its last second; a call with it would come too late."""


def token_of(answer: Answer) -> tuple[str, float]:
    """Return a token and how many seconds it is good for; raises ValueError where an answer has none."""
    token, seconds = answer.document.get("access_token"), float(str(answer.document.get("expires_in", 0)))
    if not isinstance(token, str) or re.fullmatch(r"[!-~]+", token) is None or not 0 <= seconds < math.inf:
        raise ValueError("no token")
    return token, seconds


@dataclass(slots=True)
class Tokens:
    """Holds a token; `buy` returns one, and how many seconds it is good for."""

    buy: Callable[[], Awaitable[tuple[str, float]]]
    clock: Clock
    _token: str | None = None
    _good_until: float = 0.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self) -> str:
        """Return a token that is good; calls that need one at once buy one together."""
        async with self._turn:
            while self._token is None or self.clock.monotonic() >= self._good_until:
                token, seconds = await self.buy()
                if seconds < _ALMOST_OVER:
                    await self.clock.sleep(seconds + _ALMOST_OVER)
                    token, seconds = await self.buy()
                self._token, self._good_until = token, self.clock.monotonic() + max(seconds, _ALMOST_OVER)
            return self._token

    def drop(self, token: str) -> None:
        """Forget a token that the server no longer takes, unless another one is there by now."""
        if self._token == token:
            self._token = None
