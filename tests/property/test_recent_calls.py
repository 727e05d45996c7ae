"""§10: in no 20 seconds are more calls let in than the limit, and never is one refused that would not be too many."""

from hypothesis import given
from hypothesis import strategies as st

from leadline.subscriptions.call_limits import RATE_SECONDS, RecentCalls

LIMIT = 5
STEPS = st.lists(
    st.tuples(st.floats(0, RATE_SECONDS, width=16), st.sampled_from(["counts", "does not", "ends later"])),
    max_size=60,
)


@given(STEPS)
def test_exactly_so_many_in_any_window(steps: list[tuple[float, str]]) -> None:
    """Against a plain list of all calls; answers that do not count leave the window, also after later calls."""
    recent, now = RecentCalls(), 1000.0
    counted: list[float] = []
    unfinished: list[float] = []
    for pause, kind in steps:
        now += pause
        held = [when for when in counted if now - when < RATE_SECONDS]
        assert recent.count(now) == len(held)
        if len(held) >= LIMIT:
            continue
        recent.note(now)
        if kind == "does not":
            recent.take_back(now)
            continue
        counted.append(now)
        if kind == "ends later":
            unfinished.append(now)
        elif unfinished:
            entered = unfinished.pop(0)
            recent.take_back(entered)
            counted.remove(entered)
