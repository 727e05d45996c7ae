"""One piece on its way. What comes next follows from its state in the manifest, also after a crash."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

from leadline.client.calls.errors import CallRefusedError, OutcomeUnknownError, StoppedError, TooLargeError
from leadline.client.calls.refusals import Outcome
from leadline.client.calls.server import Tried, Upload
from leadline.client.calls.transport import wait_unless
from leadline.client.ended import JobStatus, State
from leadline.client.errors import Exit, PushError
from leadline.client.events import (
    PieceAccepted,
    PieceDone,
    PieceHalved,
    PieceProgress,
    PieceRefused,
    PieceSending,
    PieceUnknown,
    Waiting,
)
from leadline.client.manifest.course import TOO_LARGE, PieceCourse
from leadline.client.manifest.lines import PieceLine
from leadline.client.plan import Piece
from leadline.client.sending.polling import poll_waits
from leadline.client.sending.surroundings import Surroundings, halves_of
from leadline.client.sending.unknown import SENDS_MAX, Answer, answer_for

_BATCH_UNKNOWN = "1013"
_NEARLY = 1.25
"""Halves are about as long as half a piece; one a little longer than another is not halved once more."""


@dataclass(slots=True)
class PieceRun:
    """Brings a piece as far as it can go."""

    push: Surroundings
    piece: Piece
    _sends: int = 0

    @property
    def _course(self) -> PieceCourse:
        return self.push.journal.course.piece(self.piece.number)

    async def run(self) -> None:
        """Go on until the piece is settled, or nothing more can be done for it in this push."""
        try:
            while await self._step():
                pass
        except StoppedError:
            pass
        except (PushError, OSError) as error:
            self.push.end.because_of(error)

    async def _step(self) -> bool:
        """Do what comes next; return whether there is more to do."""
        match self._course.state:
            case State.REFUSED if self._course.code == TOO_LARGE and self.piece.rows == 1:
                return False  # later waves may be imported by now: this row may no longer follow them
            case State.UNSENT | State.REFUSED:
                return await self._send()
            case State.SENDING:  # the process was killed before it knew
                self._note(State.UNKNOWN, code=self._course.code or None)
                return True
            case State.UNKNOWN:
                return await self._decide()
            case State.ACCEPTED:
                return await self._poll()
            case State.HALVED:
                await self._run_halves()
            case State.DONE | State.CANCELLED:
                await self._keep_again()
        return False

    async def _send(self) -> bool:
        """Post the piece, or halve it first where others of its size were too large."""
        most = self.push.journal.course.piece_bytes
        is_long = most is not None and self.piece.bytes > most * _NEARLY and self.piece.rows > 1
        if is_long and self._course.state is not State.UNKNOWN:  # that one may have been taken as it is
            return self._halve(learns=False)
        if self.push.end.stop.is_set():
            return False
        with tempfile.TemporaryFile() as content:
            sha256 = await asyncio.to_thread(self.push.material.write, self.piece, content)
            return await self._post(content, sha256)

    async def _post(self, content: IO[bytes], sha256: str) -> bool:
        upload = self._upload(content, sha256)
        await self._back_off()
        self._sends += 1
        try:
            job = await self.push.server.create(upload, self._tried(sha256, upload.key))
        except OutcomeUnknownError as error:
            self._note(State.UNKNOWN, code=str(error))
            return True
        except TooLargeError as error:
            if self._halve(learns=True):
                return True
            self._refused(error)  # a row of its own: all others go on
            return False
        except CallRefusedError as error:
            self._refused(error)
            raise
        try:
            self._note(State.ACCEPTED, batch_id=job.batch_id)
        except PushError as error:
            taken = f"The server has taken piece {self.piece.number} as job {job.batch_id}."
            raise PushError(str(error), taken, exit_code=error.exit_code) from None
        self.push.tell(PieceAccepted(self.piece.number, self.piece.rows, job.batch_id))
        return True

    async def _back_off(self) -> None:
        """Wait before a piece is sent again whose answer was lost in this run, longer each time."""
        if self._sends:
            await wait_unless(self.push.end.stop, 2.0 ** (self._sends - 1), self.push.clock)

    def _upload(self, content: IO[bytes], sha256: str) -> Upload:
        number, push = self.piece.number, self.push
        plan, key = push.journal.course.plan, None
        if push.server.is_leadline and plan is not None:
            key = f"{plan.id}-{number}-{sha256[:16]}"
        return Upload(content, push.material.format, f"{push.options.file.stem}-{number}", key)

    def _tried(self, sha256: str, key: str | None) -> Tried:
        def before() -> None:
            if self._course.state is State.SENDING:  # with a key: the try before it may have been taken
                self._note(State.UNKNOWN)
            self._note(State.SENDING, rows=self.piece.rows, sha256=sha256, key=key)
            self.push.tell(PieceSending(self.piece.number, self.piece.rows, self._course.attempts))

        def refused(outcome: Outcome) -> None:
            self._note(State.REFUSED, code=outcome.code or outcome.meaning.name.lower())

        return Tried(before, refused, self.push.end.stop)

    def _refused(self, error: CallRefusedError) -> None:
        outcome = error.outcome
        self.push.tell(PieceRefused(self.piece.number, self.piece.rows, outcome.code, outcome.words))

    def _halve(self, *, learns: bool) -> bool:
        """Put two halves in the place of the piece; return whether it has more than one row."""
        course = self.push.journal.course
        number = max(course.last_number + 1, self.push.first_free)
        halves = self.push.material.halves(self.piece, number)
        if halves is None:
            return False
        into = (halves[0].number, halves[1].number)
        size = max(self.push.material.measured(each).bytes for each in halves) if learns else None
        self._note(State.HALVED, into=into, piece_bytes=size)
        self.push.tell(PieceHalved(self.piece.number, self.piece.rows, into))
        return True

    async def _run_halves(self) -> None:
        """Run both, one after the other, since rows of one key may stand in both."""
        halves = halves_of(self.push.material, self.piece, self._course)
        await run_in_order(self.push, [self.push.material.measured(each) for each in halves])

    async def _decide(self) -> bool:
        """Send an unknown piece again, or stop."""
        course, push = self._course, self.push
        answer = await answer_for(
            self.piece, course, push.options.unknown, push.ask, push.clock, push.end.stop
        )
        repeats = answer is not Answer.STOP and self._sends < SENDS_MAX and not push.end.stop.is_set()
        why = course.code or "no answer is known"
        if course.batch_id is not None:
            why = f"job {course.batch_id} is no longer known"
        push.tell(PieceUnknown(self.piece.number, self.piece.rows, why, repeats))
        if repeats:
            return await self._send()
        if answer is Answer.REPEAT:
            raise PushError(
                f"No answer comes to piece {self.piece.number} ({why}). Run the same command again, and it "
                "goes on: the piece is taken once.",
                exit_code=Exit.UNFINISHED,
            )
        push.end.because(
            Exit.UNKNOWN,
            f"Nobody knows whether the server has taken piece {self.piece.number} ({why}). Run the same "
            "command with --unknown resend to send it again: its rows are then written once more, with the "
            "same values.",
        )
        return False

    async def _poll(self) -> bool:
        """Ask about the job until it has ended, and keep its result before the manifest says so."""
        push, misses = self.push, 0
        begun = push.clock.monotonic() if self._sends else None
        for wait in poll_waits(push.options.pace.poll, is_leadline=push.server.is_leadline):
            status = await self._look()
            if status is None:
                misses += 1  # where the job is new, a part of the server may not know it yet
                if begun is None or misses == SENDS_MAX:
                    self._note(State.UNKNOWN, code=_BATCH_UNKNOWN)
                    return True
            elif status.is_finished:
                await self._done(status, None if begun is None else push.clock.monotonic() - begun)
                return False
            await wait_unless(push.end.leave, wait, push.clock)
            if push.end.leave.is_set():
                return False
        return False

    async def _look(self) -> JobStatus | None:
        """Ask once, and tell what is seen; None where the server does not know the job."""
        try:
            status = await self.push.server.status(self._course.batch_id or 0)
        except CallRefusedError as error:
            if error.outcome.code == _BATCH_UNKNOWN:
                return None
            raise
        number, rows = self.piece.number, self.piece.rows
        self.push.tell(
            PieceProgress(number, rows, status.batch_id, status.status, status.processed, status.failed)
        )
        return status

    async def _done(self, status: JobStatus, seconds: float | None) -> None:
        kept = await self.push.results.keep(self.piece, status)
        self._note(
            State.CANCELLED if status.is_cancelled else State.DONE,
            rows=self.piece.rows,
            batch_id=status.batch_id,
            status=status.status,
            imported=kept.imported,
            failed=kept.failed,
            warned=kept.warned,
            seconds=None if seconds is None else round(seconds, 3),
        )
        self.push.tell(
            PieceDone(
                self.piece.number,
                self.piece.rows,
                status.batch_id,
                status.status,
                kept.imported,
                kept.failed,
                kept.warned,
                seconds or 0.0,
            )
        )

    async def _keep_again(self) -> None:
        """Fetch a result that is no longer where it was kept, while the server has it."""
        is_kept = self.push.results.is_kept(self.piece, self._course.batch_id or 0)
        status = None if is_kept else await self._look()
        if status is not None:
            await self.push.results.keep(self.piece, status)

    def _note(self, state: State, **members: Any) -> None:
        self.push.journal.append(PieceLine(self.push.clock.now(), state, self.piece.number, **members))


async def run_in_order(push: Surroundings, pieces: Sequence[Piece]) -> None:
    """Run pieces one after another, each when the one before can no longer overtake it."""
    for place, piece in enumerate(pieces):
        await PieceRun(push, piece).run()
        is_last = place + 1 == len(pieces)
        if not is_last and not await settled(push, [piece]):
            return


async def settled(push: Surroundings, pieces: Sequence[Piece]) -> bool:
    """Wait until rows of these pieces can no longer come after others; return whether they cannot."""
    numbers, course = [piece.number for piece in pieces], push.journal.course
    if not course.is_settled(numbers):
        return False
    wait = course.quiet_at(numbers) - push.clock.now()
    if wait > 0:
        push.tell(Waiting("what may have been taken twice", wait))
        await wait_unless(push.end.stop, wait, push.clock)
    return not push.end.stop.is_set()
