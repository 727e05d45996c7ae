"""The clock of a sandbox's subscription."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.model.subscription_time import SubscriptionTime
from leadline.sandbox.clock import Clock
from leadline.sandbox.durations import LATEST_MS

START_MS = 1_772_366_400_000


class HandSetTime(SubscriptionTime):
    """A machine whose time passes when a test says so."""

    passed = 0.0

    def now_ms(self, munchkin_id: str) -> int:
        return START_MS + int(self.passed * 1000)

    def elapsed(self, munchkin_id: str) -> float:
        return 500.0 + self.passed


def new_clock() -> tuple[HandSetTime, Clock]:
    machine = HandSetTime()
    return machine, Clock(machine, "123-ABC-456")


def test_it_flows_like_the_machine() -> None:
    machine, clock = new_clock()
    machine.passed = 2.5
    assert (clock.now_ms(), clock.elapsed(), clock.rate) == (START_MS + 2500, 502.5, 1.0)


def test_a_frozen_clock_stands_until_it_is_advanced_or_runs() -> None:
    machine, clock = new_clock()
    clock.freeze(START_MS + 60_000)
    machine.passed = 10
    assert (clock.now_ms(), clock.elapsed(), clock.rate) == (START_MS + 60_000, 560, 0)
    clock.advance(3600)
    assert (clock.now_ms(), clock.elapsed(), clock.rate) == (START_MS + 3_660_000, 4160, 0)
    clock.flow(1)
    machine.passed = 12
    assert (clock.now_ms(), clock.elapsed(), clock.rate) == (START_MS + 3_662_000, 4162, 1)


def test_a_running_clock_runs_on_when_it_is_advanced() -> None:
    machine, clock = new_clock()
    clock.advance(3600)
    machine.passed = 1
    assert (clock.now_ms(), clock.rate) == (START_MS + 3_601_000, 1)


def test_a_fast_clock() -> None:
    machine, clock = new_clock()
    clock.flow(60)
    machine.passed = 2
    assert (clock.now_ms(), clock.elapsed()) == (START_MS + 120_000, 620)


def test_a_clock_that_is_reset_shows_the_machine_again() -> None:
    machine, clock = new_clock()
    clock.advance(86_400)
    machine.passed = 1
    clock.reset()
    machine.passed = 3
    assert (clock.now_ms(), clock.rate) == (START_MS + 3000, 1)
    assert clock.elapsed() == 500 + 86_400 + 3


def test_it_never_goes_beyond_9998() -> None:
    machine, clock = new_clock()
    with pytest.raises(ValueError, match="9998"):
        clock.advance(1e15)
    assert clock.now_ms() == START_MS
    clock.freeze(LATEST_MS)
    clock.flow(100)
    machine.passed = 1000
    assert clock.now_ms() == LATEST_MS


_changes = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.floats(0, 1e6)),
        st.tuples(st.just("freeze"), st.integers(0, LATEST_MS)),
        st.tuples(st.just("advance"), st.floats(0, 1e6)),
        st.tuples(st.just("flow"), st.floats(0.001, 1000)),
        st.tuples(st.just("reset"), st.none()),
    )
)


@given(_changes)
def test_elapsed_never_falls(changes: list[tuple[str, float]]) -> None:
    machine, clock = new_clock()
    last = clock.elapsed()
    for name, value in changes:
        if name == "pass":
            machine.passed += value
        elif name == "reset":
            clock.reset()
        elif name != "advance" or clock.now_ms() + value * 1000 <= LATEST_MS:
            getattr(clock, name)(value)
        assert clock.elapsed() >= last
        assert 0 <= clock.now_ms() <= LATEST_MS
        last = clock.elapsed()
