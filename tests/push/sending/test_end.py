"""Why a push ends: the gravest reason stands, and only what is not done counts."""

from itertools import permutations

import pytest

from leadline.client import Exit, PushError
from leadline.client.ended import PieceEnd, State
from leadline.client.plan import Piece
from leadline.client.sending.end import End

GRAVE = [Exit.UNFINISHED, Exit.REFUSED, Exit.UNKNOWN, Exit.INTERRUPTED]


def ends(*states: State) -> list[PieceEnd]:
    return [PieceEnd(Piece(number, 1, (), 5, 50), state) for number, state in enumerate(states, 1)]


@pytest.mark.parametrize("reasons", list(permutations(GRAVE)))
def test_the_gravest_reason_stands(reasons: tuple[Exit, ...]) -> None:
    end = End()
    for each in reasons:
        end.because_of(PushError(each.name, exit_code=each))
        assert end.stop.is_set()
    assert (end.exit, end.message) == (Exit.INTERRUPTED, "INTERRUPTED")
    assert not end.leave.is_set()


def test_the_first_of_two_like_reasons_is_told() -> None:
    end = End()
    end.because(Exit.REFUSED, "first")
    end.because(Exit.REFUSED, "second")
    assert end.message == "first"


def test_a_time_that_is_over_just_when_all_is_done_is_no_matter() -> None:
    end = End()
    end.now(Exit.UNFINISHED, "the time is over")
    assert end.leave.is_set()
    assert end.ended(ends(State.DONE, State.CANCELLED), 7).exit is Exit.IMPORTED
    for state in (State.UNSENT, State.ACCEPTED, State.REFUSED, State.UNKNOWN):
        found = end.ended(ends(State.DONE, state), 7)
        assert (found.exit, found.message, found.calls) == (Exit.UNFINISHED, "the time is over", 7)


@pytest.mark.parametrize("reason", [Exit.INTERRUPTED, Exit.REFUSED, Exit.UNFINISHED])
def test_other_reasons_stand_also_when_all_is_done(reason: Exit) -> None:
    end = End()
    end.because(reason, "so it is")
    assert end.ended(ends(State.DONE), 1).exit is reason
