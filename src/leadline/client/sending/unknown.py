"""What to do with a piece of which nobody knows whether the server has taken it."""

import asyncio
import threading
from contextlib import suppress
from enum import Enum, auto

from leadline.client.clock import Clock
from leadline.client.counted import rows
from leadline.client.events import Ask
from leadline.client.manifest.course import PieceCourse
from leadline.client.options import Unknown
from leadline.client.plan import Piece

SENDS_MAX = 6
"""So often a piece is sent in one run when each time nobody knows what became of it."""

_KEY_SECONDS = 6 * 86_400.0
"""Leadline knows a key as long as its job, which is seven days; later it is no help."""


class Answer(Enum):
    """What is done with it."""

    REPEAT = auto()
    """It is sent again with its key: if it was taken, the server says so."""

    DOUBLE = auto()
    """It is sent again and may be imported twice: its rows are written once more, with the same values."""

    STOP = auto()
    """It stays unknown, and nothing more is sent."""


async def answer_for(
    piece: Piece, course: PieceCourse, option: Unknown, ask: Ask | None, clock: Clock, stop: asyncio.Event
) -> Answer:
    """Return what to do, which a person may be asked, unless nothing more is to be sent."""
    if course.key is not None and course.batch_id is None and clock.now() - course.since < _KEY_SECONDS:
        return Answer.REPEAT
    if option is Unknown.RESEND:
        return Answer.DOUBLE
    if option is Unknown.ASK and ask is not None and not stop.is_set():
        return Answer.DOUBLE if await _asked(ask, question(piece, course), stop) else Answer.STOP
    return Answer.STOP


async def _asked(ask: Ask, text: str, stop: asyncio.Event) -> bool:
    """Ask in a thread that nobody waits for at the end: a person may go away without an answer."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bool] = loop.create_future()

    def take(said: bool) -> None:
        if not answer.done():
            answer.set_result(said)

    def put() -> None:
        said = ask(text)
        with suppress(RuntimeError):  # the push has ended
            loop.call_soon_threadsafe(take, said)

    threading.Thread(target=put, daemon=True).start()
    stopped: asyncio.Future[bool] = asyncio.ensure_future(stop.wait())
    await asyncio.wait([answer, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    return answer.done() and answer.result()


def question(piece: Piece, course: PieceCourse) -> str:
    """Return what a person is asked."""
    if course.batch_id is not None:
        what = f"The server knows the job {course.batch_id} of piece {piece.number} no more"
    else:
        why = f" ({course.code})" if course.code else ""
        what = f"No answer came to piece {piece.number}{why}"
    return (
        f"{what}: its {rows(piece.rows)} may be imported or not. Send them again? Rows that were imported "
        "are written once more, with the same values"
    )
