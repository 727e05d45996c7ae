"""What previews look like in answers."""

from typing import Annotated, NotRequired, TypedDict

from leadline.api.job_answers import JobReason
from leadline.api.schemas import Instant
from leadline.model.previews import PreviewStatus


class CreatedPreview(TypedDict):
    """A preview that was accepted."""

    previewId: str
    status: PreviewStatus


class PreviewedFile(TypedDict):
    """The file of a preview."""

    name: Annotated[str | None, "The label that the client gave it"]
    sha256: str | None
    bytes: int
    rows: Annotated[int, "Data rows"]


class IgnoredCells(TypedDict):
    """Why so many cells of a column are not used."""

    reason: str
    cells: int


class PreviewedColumn(TypedDict):
    """A column of the file and how many of its cells would do what; blank cells that do nothing are none."""

    column: Annotated[str, "As the header of the file names it"]
    field: Annotated[str | None, "The API name of its field, null where it is no field"]
    overwrites: Annotated[int, "Cells that replace a value by another one"]
    fills: Annotated[int, "Cells that give a value where there is none; those of new records do"]
    clears: Annotated[int, "Cells that take a value away"]
    sets: Annotated[int, "Cells that change anything: `overwrites`, `fills` and `clears` together"]
    same: Annotated[int, "Cells that say what is stored already"]
    failed: Annotated[int, "Faults of its cells, not the first of each row alone"]
    ignored: Annotated[int, "Cells that are not used"]
    why: Annotated[list[IgnoredCells], "Why they are not"]


class PreviewedRows(TypedDict, total=False):
    """Rows by what would become of them: those of a file, or those of a job that is to be taken back."""

    created: int
    updated: int
    unchanged: int
    failed: int
    warned: Annotated[int, "Rows that would be imported with a warning"]
    reverted: int
    partly: int
    kept: int
    deleted: int
    gone: int


class PreviewedMembers(TypedDict):
    """People whom the file brings into a list or program."""

    added: int
    alreadyThere: int


class PreviewedCells(TypedDict):
    """Cells that come back, and memberships that end or come back: each is a line of `changes.csv`."""

    restored: int


class KeptReason(TypedDict):
    """Why an undo would keep something."""

    why: str
    rows: Annotated[int, "Rows of the job of which something is kept for that"]
    firstRow: int


class Preview(CreatedPreview):
    """A preview with all that it has found; what it found is there once it is `Ready`, until it expires."""

    kind: Annotated[str, "`lead`, `program_member`, or the API name of a custom object"]
    undoes: Annotated[int | None, "The job that would be taken back, null for a file"]
    batchId: Annotated[int | None, "The job that applies it, null before that was asked for"]
    createdAt: Instant
    finishedAt: Instant | None
    expiresAt: Instant
    message: Annotated[str | None, "Why it has failed"]
    file: NotRequired[PreviewedFile]
    rows: NotRequired[PreviewedRows]
    columns: NotRequired[list[PreviewedColumn]]
    reasons: NotRequired[list[JobReason]]
    members: NotRequired[PreviewedMembers | None]
    cells: NotRequired[PreviewedCells]
    kept: NotRequired[list[KeptReason]]
