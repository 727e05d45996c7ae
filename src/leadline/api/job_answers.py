"""What import jobs and statistics look like in answers."""

from typing import Annotated, Literal, NotRequired, TypedDict

from leadline.api.schemas import Day, Instant
from leadline.model.jobs import FileFormat, IssueKind, Status

MadeBefore = Annotated[bool, "true where the same request made the job before, and it was cancelled since"]
MadeBeforeAndUndone = Annotated[int, "The job that has taken it back, where the same request made it before"]


class CreatedJob(TypedDict):
    """A job of leads or program members that was accepted."""

    batchId: int
    importId: Annotated[str, "The batch id as a text"]
    status: Status
    cancelled: NotRequired[MadeBefore]
    undoneBy: NotRequired[MadeBeforeAndUndone]


class JobStatus(TypedDict):
    """How a job of leads or program members is doing; counts are absent while it is queued."""

    batchId: int
    importId: Annotated[str, "The batch id as a text"]
    status: Status

    numOfLeadsProcessed: NotRequired[Annotated[int, "Rows that were imported"]]
    numOfRowsFailed: NotRequired[int]
    numOfRowsWithWarning: NotRequired[int]
    message: NotRequired[Annotated[str, "What became of the job, once it has finished"]]


class CreatedObjectJob(TypedDict):
    """A job of custom objects that was accepted."""

    batchId: int
    status: Status
    objectApiName: str
    cancelled: NotRequired[MadeBefore]
    undoneBy: NotRequired[MadeBeforeAndUndone]


class ObjectJobStatus(TypedDict):
    """How a job of custom objects is doing; counts are absent while it is queued."""

    batchId: int
    operation: Literal["import"]
    status: Status
    objectApiName: str
    numOfObjectsProcessed: NotRequired[Annotated[int, "Rows that were imported"]]
    numOfRowsFailed: NotRequired[int]
    numOfRowsWithWarning: NotRequired[int]
    importTime: NotRequired[Annotated[str, "How long it took: `5 second(s)`"]]
    message: NotRequired[Annotated[str, "What became of the job, once it has finished"]]


class Job(TypedDict):
    """A job with all that is known of it; rows of an undo are `reverted` to `gone`, 0 in an import."""

    batchId: int
    kind: Annotated[str, "`lead`, `program_member`, or the API name of a custom object"]
    programId: int | None
    status: Status
    format: FileFormat
    lookupField: Annotated[str, "The field that finds a record"]
    listId: int | None
    fileBytes: int
    processed: Annotated[int, "Rows that were imported, or that an undo has judged"]
    failed: Annotated[int, "Rows that were not imported"]
    warnings: Annotated[int, "Rows that were imported with a warning"]
    created: int
    updated: int
    unchanged: int
    reverted: int
    partly: int
    kept: int
    deleted: int
    gone: int
    rescued: Annotated[int, "How often its worker died, and another one went on"]
    user: Annotated[str, "Whose token asked for it"]
    clientId: str
    credential: Annotated[str, "The name of the credential"]
    fileName: Annotated[str | None, "As the client gave it, 255 characters at most"]
    fileSha256: Annotated[str | None, "Of the file as it was uploaded"]
    sameFileAs: Annotated[int | None, "The newest job before it that has had the same file"]
    undoes: Annotated[int | None, "The job that it takes back"]
    undoneBy: Annotated[int | None, "The newest job that has taken it back"]
    undoUntil: Annotated[
        Instant | None, "Until when it can be taken back; null where there is nothing to take"
    ]
    cancelled: bool
    appliesPreview: Annotated[str | None, "The preview that it applies"]
    createdAt: Instant
    startedAt: Instant | None
    finishedAt: Instant | None
    rate: Annotated[float | None, "Rows per second, null before the job begins"]
    remaining: Annotated[float | None, "Seconds that it will take, null where it is not known"]
    message: Annotated[str | None, "What became of the job, once it has finished"]


class CancelledJob(TypedDict):
    """A job that was to be ended."""

    batchId: int
    cancelled: Annotated[bool, "Whether it was ended early; false where it had finished before"]
    status: Status
    message: Annotated[str, "What became of the job"]
    undoneBy: NotRequired[Annotated[int | None, "The undo that was queued, where one was asked for"]]
    notUndone: NotRequired[Annotated[str | None, "Why there is none, where one was asked for"]]


class QueuedUndo(TypedDict):
    """A job that takes another one back."""

    batchId: int
    status: Status
    undoes: Annotated[int, "The job that it takes back"]


class UndoBody(TypedDict):
    """How a job is to be taken back."""

    preview: NotRequired[Annotated[bool, "Only show what would be done"]]
    onConflict: NotRequired[
        Annotated[Literal["keep", "refuse"], "What was written since is kept, or nothing is done at all"]
    ]


class JobReason(TypedDict):
    """A reason that rows of a job have."""

    kind: Annotated[IssueKind, "Whether these rows failed, or were imported with a warning"]
    reason: str
    column: Annotated[str | None, "The column at fault as the file names it, null for the row as a whole"]
    rows: int
    firstRow: Annotated[int, "The first of them, as the ledger counts"]


class DayOfJobs(TypedDict):
    """The jobs of one kind and credential that ended on a day in UTC."""

    day: Day
    kind: Annotated[str, "`lead`, `program_member`, the API name of a custom object, or `undo`"]
    credential: str
    jobs: int
    created: Annotated[int, "Rows; so are `updated`, `unchanged` and `failed`"]
    updated: int
    unchanged: int
    failed: int
    fileBytes: int
    seconds: Annotated[int, "How long they were under way, added up"]


class UserCalls(TypedDict):
    """How many calls a user made."""

    userId: str
    count: int


class UsageDay(TypedDict):
    """The calls of a day in US Central time."""

    date: Day
    total: int
    users: list[UserCalls]


class ErrorCalls(TypedDict):
    """How many calls were answered with an error."""

    errorCode: str
    count: int


class ErrorDay(TypedDict):
    """The error answers of a day in US Central time."""

    date: Day
    total: int
    errors: list[ErrorCalls]
