"""The pieces of a plan, wave after wave: rows of one key are imported in the order of the file."""

import asyncio
from collections.abc import Sequence
from itertools import groupby

from leadline.client.ended import PieceEnd, State
from leadline.client.errors import Exit
from leadline.client.options import Order
from leadline.client.plan import Piece, Plan
from leadline.client.sending.piece_run import PieceRun, run_in_order, settled
from leadline.client.sending.surroundings import Surroundings, halves_of

_TAKEN = (State.ACCEPTED, State.DONE, State.CANCELLED)
_GO_ON = "push the file again, with the options that it had, and it goes on"


async def send_all(push: Surroundings, plan: Plan) -> None:
    """Bring all pieces as far as they can go; a wave waits until the one before is settled."""
    if _is_serial(push):
        await run_in_order(push, plan.pieces)
        return
    for _, group in groupby(plan.pieces, key=lambda piece: piece.wave):
        wave = list(group)
        await _send_wave(push, wave)
        if not await settled(push, wave):
            return


async def wait_for_all(push: Surroundings, plan: Plan) -> None:
    """Send nothing, but wait for what was sent, and fetch each result that is not there."""
    push.end.stop.set()
    await _send_wave(push, [end.piece for end in ends_of(push, plan.pieces) if end.state in _TAKEN])
    states = {end.state for end in ends_of(push, plan.pieces)}
    if states & {State.SENDING, State.UNKNOWN}:
        push.end.because(Exit.UNKNOWN, f"Nobody knows whether the server has taken all pieces: {_GO_ON}.")
    elif not all(state.is_settled for state in states):
        push.end.because(Exit.UNFINISHED, f"The push is not over: {_GO_ON}.")


async def _send_wave(push: Surroundings, wave: Sequence[Piece]) -> None:
    """Run the pieces of a wave, so many at once."""
    places = asyncio.Semaphore(push.options.pace.in_flight)

    async def run(piece: Piece) -> None:
        async with places:
            await PieceRun(push, piece).run()

    async with asyncio.TaskGroup() as group:
        for piece in wave:
            group.create_task(run(piece))


def _is_serial(push: Surroundings) -> bool:
    """Tell whether one piece at a time may be open: a list of the original takes no second file (1019)."""
    has_list = push.options.target.list_id is not None
    return push.options.order is Order.STRICT or (has_list and not push.server.is_leadline)


def ends_of(push: Surroundings, pieces: Sequence[Piece]) -> list[PieceEnd]:
    """Return how each piece ended, the parts of a halved one in its place."""
    ends = []
    for piece in pieces:
        course = push.journal.course.piece(piece.number)
        if course.state is State.HALVED:
            ends += ends_of(push, halves_of(push.material, piece, course))
        else:
            ends.append(PieceEnd(piece, course.state, course.batch_id, course.code))
    return ends
