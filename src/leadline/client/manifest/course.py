"""The course of a push so far, as it follows from the lines of its manifest and from nothing else."""

from dataclasses import dataclass, field

from leadline.client.ended import State
from leadline.client.manifest.lines import Line, PieceLine, PlanLine

TOO_LARGE = "413"
_NEXT = {
    State.UNSENT: (State.SENDING, State.HALVED),
    State.SENDING: (State.ACCEPTED, State.REFUSED, State.UNKNOWN),
    State.ACCEPTED: (State.DONE, State.CANCELLED, State.UNKNOWN),
    State.REFUSED: (State.SENDING, State.HALVED),
    State.UNKNOWN: (State.SENDING, State.UNDONE),
    State.HALVED: (),
    State.CANCELLED: (State.UNDONE,),
    State.DONE: (State.UNDONE,),
    State.UNDONE: (State.UNDONE,),
}
"""What may come after what. A piece that was refused may be sent again: nothing was taken."""


@dataclass(slots=True)
class PieceCourse:
    """Where a piece stands, and since when.

    It `was_doubled` when it may have been taken and was sent again without a key.
    """

    state: State = State.UNSENT
    attempts: int = 0
    batch_id: int | None = None
    key: str | None = None
    code: str = ""
    into: tuple[int, int] | None = None
    was_doubled: bool = False
    since: float = 0.0
    rows_imported: int = 0


@dataclass(slots=True)
class Course:
    """A push so far; `longest` is how many seconds the longest import took that was watched to its end.

    `others` are the members of its lines that only another version knows.
    """

    plan: PlanLine | None = None
    pieces: dict[int, PieceCourse] = field(default_factory=dict)
    longest: float = 0.0
    piece_bytes: int | None = None
    last_number: int = 0
    others: set[str] = field(default_factory=set)

    @property
    def begun(self) -> PlanLine:
        """How the push began; raises ValueError where it has not."""
        if self.plan is None:
            raise ValueError("no push has begun")
        return self.plan

    @property
    def is_undone(self) -> bool:
        """Tell whether some of it was taken back."""
        return any(piece.state is State.UNDONE for piece in self.pieces.values())

    @property
    def numbers(self) -> list[int]:
        """The numbers of all its pieces, those of the parts in place of one that was halved."""
        return [leaf for number in range(1, self.begun.pieces + 1) for leaf in self.leaves(number)]

    def piece(self, number: int) -> PieceCourse:
        """Return where a piece stands."""
        return self.pieces.get(number) or PieceCourse()

    def check(self, line: Line) -> None:
        """Raise ValueError where a line cannot follow."""
        if isinstance(line, PieceLine):
            before = self.piece(line.piece).state
            if self.plan is None or line.state not in _NEXT[before]:
                raise ValueError(f"{line.state} behind {before}")

    def take(self, line: Line) -> None:
        """Go on by a line; raises ValueError where it cannot follow."""
        self.check(line)
        self.others |= line.others
        if isinstance(line, PlanLine):
            self.plan, self.pieces, self.piece_bytes = line, {}, None
            self.last_number = line.pieces
            return
        piece = self.pieces.setdefault(line.piece, PieceCourse())
        _take(piece, line)
        for half in line.into or ():
            self.pieces[half] = PieceCourse(was_doubled=piece.was_doubled)
        self.longest = max(self.longest, line.seconds or 0.0)
        if line.piece_bytes is not None:
            self.piece_bytes = min(line.piece_bytes, self.piece_bytes or line.piece_bytes)
        self.last_number = max(self.last_number, line.piece, *(line.into or ()))

    def leaves(self, number: int) -> list[int]:
        """Return the number of a piece, or those of the parts that it was halved into."""
        into = self.piece(number).into
        return [number] if into is None else [leaf for half in into for leaf in self.leaves(half)]

    def is_settled(self, numbers: list[int]) -> bool:
        """Tell whether nothing more comes of any of these pieces."""
        return all(self.piece(leaf).state.is_settled for number in numbers for leaf in self.leaves(number))

    def is_over(self, number: int) -> bool:
        """Tell whether nothing of a piece is sent again: a refused one is, unless it is too large."""
        pieces = [self.piece(leaf) for leaf in self.leaves(number)]
        return all(
            each.state.is_settled and (each.state is not State.REFUSED or each.code == TOO_LARGE)
            for each in pieces
        )

    def quiet_at(self, numbers: list[int]) -> float:
        """Return when no row of these pieces can still be imported by a copy that was thought lost.

        Nobody can ask for that copy, so it is given twice as long as any import took, and the second to
        which lines are exact.
        """
        pieces = [self.piece(leaf) for number in numbers for leaf in self.leaves(number)]
        return max((each.since + 2 * self.longest + 1 for each in pieces if each.was_doubled), default=0.0)


def _take(piece: PieceCourse, line: PieceLine) -> None:
    if line.state is State.SENDING:
        piece.attempts += 1
        piece.was_doubled = piece.was_doubled or (piece.state is State.UNKNOWN and line.key is None)
        piece.key, piece.batch_id = line.key, None
    piece.state, piece.since = line.state, line.at
    piece.batch_id = line.batch_id or piece.batch_id
    piece.code = line.code or ""
    piece.into = line.into
    piece.rows_imported = line.imported or 0
