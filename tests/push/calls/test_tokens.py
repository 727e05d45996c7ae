"""The token of a push: bought once for all calls that need it at once, and anew when it is no longer good."""

import asyncio
from dataclasses import dataclass, field

from leadline.client.calls.tokens import Tokens


@dataclass
class StillClock:
    """A clock that goes on by what is waited."""

    seconds: float = 0.0

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


@dataclass
class Shop:
    """Sells tokens that are good for so long, in turn."""

    lives: list[float]
    sold: list[str] = field(default_factory=list)

    async def buy(self) -> tuple[str, float]:
        await asyncio.sleep(0)
        self.sold.append(f"token-{len(self.sold)}")
        return self.sold[-1], self.lives[min(len(self.sold), len(self.lives)) - 1]


def test_calls_that_need_a_token_at_once_buy_one() -> None:
    async def use() -> list[str]:
        tokens = Tokens(shop.buy, StillClock())
        return await asyncio.gather(*(tokens.get() for _ in range(5)))

    shop = Shop([3600.0])
    assert asyncio.run(use()) == ["token-0"] * 5
    assert shop.sold == ["token-0"]


def test_a_token_is_dropped_once_for_all_calls_that_it_failed() -> None:
    """The second of two calls that were refused with the old one must not drop the new one."""

    async def use() -> list[str]:
        tokens = Tokens(shop.buy, StillClock())
        old = await tokens.get()
        tokens.drop(old)
        new = await tokens.get()
        tokens.drop(old)
        return [old, new, await tokens.get()]

    shop = Shop([3600.0])
    assert asyncio.run(use()) == ["token-0", "token-1", "token-1"]


def test_a_token_is_not_used_beyond_its_time() -> None:
    async def use() -> list[str]:
        clock = StillClock()
        tokens = Tokens(shop.buy, clock)
        first = await tokens.get()
        clock.seconds = 99.0
        again = await tokens.get()
        clock.seconds = 100.0
        return [first, again, await tokens.get()]

    shop = Shop([100.0])
    assert asyncio.run(use()) == ["token-0", "token-0", "token-1"]


def test_a_token_that_is_almost_over_is_waited_out() -> None:
    """A server hands the old one out to its last second, and a new one behind it."""

    async def use() -> tuple[str, float]:
        clock = StillClock()
        return await Tokens(shop.buy, clock).get(), clock.seconds

    shop = Shop([0.0, 3600.0])
    token, waited = asyncio.run(use())
    assert token == "token-1"
    assert 0.0 < waited < 10.0
