"""What the changes of a record look like in answers, and where its values come from."""

from typing import Annotated, NotRequired, TypedDict

from leadline.api.schemas import Instant
from leadline.model.changes import ChangeKind


class Source(TypedDict):
    """What changed a value: an import with its row, or a call; the rest is null."""

    kind: ChangeKind
    batchId: Annotated[int | None, "The job of an import or an undo"]
    row: Annotated[int | None, "The data row of the file"]
    fileName: str | None
    user: str
    credential: Annotated[str, "The name of the credential"]
    requestId: str | None


class RestoringSource(Source):
    """The undo that brought a value back, and when."""

    at: Instant


class Change(TypedDict):
    """A change of one field or of a membership: `list` with ids of lists, `programStatus`."""

    at: Instant
    field: str
    old: object
    new: object
    source: Source
    undone: Annotated[bool, "Whether an undo has taken it back since"]
    programId: NotRequired[Annotated[int, "The program, of what belongs to a membership in one"]]


class ValueOrigin(TypedDict):
    """A field's value and where it comes from."""

    field: str
    value: object
    at: Annotated[Instant | None, "When the value was written, null where it is not known"]
    source: Annotated[Source | None, "Who wrote the value first, null where the log does not know"]
    before: NotRequired[Annotated[Instant, "The value was written then or earlier, by somebody unknown"]]
    restoredBy: NotRequired[RestoringSource]
