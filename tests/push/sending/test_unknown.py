"""What becomes of a piece of which nobody knows whether it was taken."""

import asyncio

import pytest

from leadline.client import Unknown
from leadline.client.clock import MachineClock
from leadline.client.manifest.course import PieceCourse
from leadline.client.plan import Piece
from leadline.client.sending.polling import poll_waits
from leadline.client.sending.unknown import Answer, answer_for, question

PIECE = Piece(7, 1, (), 1200, 9000)
DAY = 86_400.0


def answered(
    option: Unknown,
    *,
    key: str | None = None,
    age: float = 0.0,
    batch_id: int | None = None,
    yes: bool | None = None,
) -> tuple[Answer, list[str]]:
    asked: list[str] = []

    def ask(text: str) -> bool:
        asked.append(text)
        return bool(yes)

    async def find() -> Answer:
        clock = MachineClock()
        course = PieceCourse(key=key, batch_id=batch_id, since=clock.now() - age)
        return await answer_for(PIECE, course, option, None if yes is None else ask, clock, asyncio.Event())

    return asyncio.run(find()), asked


@pytest.mark.parametrize("option", Unknown)
def test_with_a_key_nobody_need_be_asked(option: Unknown) -> None:
    assert answered(option, key="k", yes=False) == (Answer.REPEAT, [])


@pytest.mark.parametrize("more", [{}, {"key": "k", "age": 6.5 * DAY}, {"key": "k", "batch_id": 9}])
def test_without_one_that_is_good_the_option_decides(more: dict[str, object]) -> None:
    """A key is as old as its job; one whose job is gone would make another one."""
    assert answered(Unknown.RESEND, **more)[0] is Answer.DOUBLE
    assert answered(Unknown.STOP, yes=True, **more) == (Answer.STOP, [])
    assert answered(Unknown.ASK, **more) == (Answer.STOP, [])
    assert answered(Unknown.ASK, yes=True, **more)[0] is Answer.DOUBLE
    found, asked = answered(Unknown.ASK, yes=False, **more)
    assert found is Answer.STOP
    assert len(asked) == 1


def test_a_person_is_told_what_is_at_stake() -> None:
    lost = question(PIECE, PieceCourse(code="502"))
    assert lost.startswith("No answer came to piece 7 (502): its 1,200 rows may be imported or not.")
    assert question(PIECE, PieceCourse(batch_id=9)).startswith(
        "The server knows the job 9 of piece 7 no more:"
    )


def test_polls_come_less_and_less_often_as_the_original_advises() -> None:
    waits = poll_waits(None, is_leadline=False)
    found = [next(waits) for _ in range(20)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (5.0, 30.0)
    ours = poll_waits(None, is_leadline=True)
    assert next(ours) < 1.0
    chosen = poll_waits(2.5, is_leadline=False)
    assert [next(chosen) for _ in range(3)] == [2.5] * 3
