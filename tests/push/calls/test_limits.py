"""Limits of calls, on a clock of the test's own: no window of the server's ever holds more."""

import random
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from leadline.client.calls.limits import AT_ONCE, WINDOW_SECONDS, CallWindow, DailyCalls, next_day


@given(
    calls_max=st.integers(1, 12),
    lengths=st.lists(st.floats(0.0, 45.0), min_size=1, max_size=60),
    seed=st.integers(0, 1000),
)
def test_no_20_seconds_of_the_server_hold_more_calls(calls_max: int, lengths: list[float], seed: int) -> None:
    """Whenever between its start and its end a server counts each call, and however long each takes."""
    chance = random.Random(seed)
    window, now = CallWindow(calls_max), 1000.0
    open_until: list[float] = []
    counted: list[float] = []
    for length in lengths:
        while True:
            for end in sorted(each for each in open_until if each <= now):
                open_until.remove(end)
                window.end(end)
            wait = window.wait(now)
            if wait == 0.0:
                break
            now = min(open_until) if wait is None else min([now + wait, *open_until])
        window.begin()
        open_until.append(now + length)
        counted.append(chance.choice([now, now + length, chance.uniform(now, now + length)]))
        assert window.in_flight <= min(AT_ONCE, calls_max)
    counted.sort()
    for first, beyond in zip(counted, counted[calls_max:], strict=False):
        assert beyond - first >= WINDOW_SECONDS - 1e-6


def test_a_full_speed_is_reached() -> None:
    """Short calls are made as soon as the window has room: no bucket that refills slowly."""
    window, now = CallWindow(50), 0.0
    for _ in range(50):
        assert window.wait(now) == 0.0
        window.begin()
        window.end(now)
    assert window.wait(now) == WINDOW_SECONDS
    assert window.wait(now + WINDOW_SECONDS) == 0.0


def test_a_pause_holds_all_calls() -> None:
    window = CallWindow(50)
    window.pause(30.0)
    window.pause(20.0)
    assert window.wait(0.0) == 30.0
    assert window.wait(30.0) == 0.0


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_the_calls_of_a_day_are_those_of_the_servers_day() -> None:
    """It begins at midnight of Chicago: 06:00 UTC in winter, 05:00 in summer."""
    calls, evening = DailyCalls(100, reserved=10), at("2026-01-10T05:59:59")
    calls.used_up(evening, 30)
    for _ in range(60):
        assert calls.left(evening) > 0
        calls.note(evening)
    assert calls.left(evening) == 0
    assert calls.left(at("2026-01-10T06:00:00")) == 90
    assert calls.made == 60
    assert next_day(evening) == at("2026-01-10T06:00:00")
    assert next_day(at("2026-07-10T12:00:00")) == at("2026-07-11T05:00:00")


def test_what_the_server_counts_has_own_calls_in_it() -> None:
    calls, now = DailyCalls(100, reserved=0), at("2026-01-10T12:00:00")
    for _ in range(5):
        calls.note(now)
    calls.used_up(now, 25)
    assert calls.left(now) == 75
