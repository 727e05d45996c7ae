"""A job and what was asked for (contract §2)."""

from enum import StrEnum

from leadline.model.callers import EVERYWHERE, Caller, PartitionScope
from leadline.model.dataclass import dataclass
from leadline.model.job_words import JobWords, words_for
from leadline.model.rules import DEFAULT_RULES, Rules


class Status(StrEnum):
    """The four words of a job's life (contract §2.1)."""

    QUEUED = "Queued"
    IMPORTING = "Importing"
    COMPLETE = "Complete"
    FAILED = "Failed"


class JobKind(StrEnum):
    """The three kinds of import (contract §2)."""

    LEAD = "lead"
    MEMBER = "program_member"
    OBJECT = "custom_object"

    @classmethod
    def of(cls, object_type: str) -> "JobKind":
        """Return the kind of import into an object type, by its name."""
        return cls(object_type) if object_type in (cls.LEAD.value, cls.MEMBER.value) else cls.OBJECT


class FileFormat(StrEnum):
    """The three formats of an upload (contract §3.1)."""

    CSV = "csv"
    TSV = "tsv"
    SSV = "ssv"

    @property
    def delimiter(self) -> str:
        """The one character between two cells."""
        return {"csv": ",", "tsv": "\t", "ssv": ";"}[self.value]


class IssueKind(StrEnum):
    """A failure's row was not imported, a warning's row was."""

    FAILURE = "failure"
    WARNING = "warning"

    @property
    def column(self) -> str:
        """The column that stands behind the upload's own in a file of such rows (contract §7.2)."""
        return f"Import {self.value.capitalize()} Reason"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a client asked for when it created a job, already checked.

    `object_type` is `lead`, `program_member` or the API name of a custom object, `key` what
    finds its records. Members: the program and the status they are brought to. `rules` are those
    that held when it was asked; the job keeps them, so that all its rows are judged alike.
    """

    object_type: str
    file_format: FileFormat
    key: str
    list_id: int | None = None
    partition_scope: PartitionScope = EVERYWHERE
    program_id: int | None = None
    program_status: str | None = None
    rules: Rules = DEFAULT_RULES

    @property
    def kind(self) -> JobKind:
        """Which of the three kinds of import it is."""
        return JobKind.of(self.object_type)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asked for a job, and with what: client id, credential's name, user, and the uploaded file.

    `file_name` is a label that the client gave, `fingerprint` the same for what was asked for twice:
    `imports/fingerprint.py` says what it is made of. These are None where no file was uploaded.
    """

    client_id: str = ""
    credential: str = ""
    user: str = ""
    file_name: str | None = None
    file_sha256: str | None = None
    fingerprint: str | None = None

    @classmethod
    def of(cls, caller: Caller) -> "Origin":
        """Return the origin of a job that somebody asks for without a file."""
        return cls(caller.client_id, caller.credential, caller.user)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a job is for beside an import of a new file; such a job takes no seat.

    `undoes` is the job that it takes back, where it `refuses_conflicts` as a whole or not at all; `applies`
    is the preview that it imports as it was shown, or in the ordinary way where it `accepts_drift`.
    """

    undoes: int | None = None
    refuses_conflicts: bool = False
    applies: str | None = None
    accepts_drift: bool = False

    @property
    def is_import(self) -> bool:
        """Whether the job imports a new file."""
        return self.undoes is None and self.applies is None

    @property
    def words(self) -> JobWords:
        """The words in which people are told of such a job."""
        return words_for(self.undoes, self.applies)


IMPORT = Purpose()
NOBODY = Origin()


@dataclass(frozen=True, slots=True)
class Job:
    """One job in the queue: an import, or what its purpose says; counts are rows, times epoch seconds.

    `invalid_from` is where the upload stops being text, in bytes of UTF-8 without mark, None when it
    never does. `has_slashes`: a slash stands somewhere in it, as in dates that are written day first.
    `issue_bytes_left` are how many bytes more of its failed and warned rows are kept, `unlisted_failures`
    and `unlisted_warnings` how many rows were not.
    `day_first` are the places of the columns whose dates are written day first, known from the
    first applied row on. `reverted` to `gone` are the rows of an undo by outcome. `rescued` is how often its
    worker died, and the queue had it again.
    """

    batch_id: int
    request: ImportRequest
    status: Status
    file_bytes: int
    issue_bytes_left: int
    created_at: int
    token: int = 0
    attempt: int = 0
    invalid_from: int | None = None
    has_slashes: bool = True
    done_bytes: int = 0
    next_row: int = 1
    processed: int = 0
    failed: int = 0
    warned: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    unlisted_failures: int = 0
    unlisted_warnings: int = 0
    day_first: frozenset[int] = frozenset()
    origin: Origin = NOBODY
    purpose: Purpose = IMPORT
    cancelled: bool = False
    reverted: int = 0
    partly: int = 0
    kept: int = 0
    deleted: int = 0
    gone: int = 0
    rescued: int = 0
    started_at: int | None = None
    finished_at: int | None = None
    message: str | None = None

    def unlisted(self, kind: IssueKind) -> int:
        """Return how many rows its failure or warning file does not list."""
        return self.unlisted_failures if kind is IssueKind.FAILURE else self.unlisted_warnings

    def is_import_of(self, kind: JobKind) -> bool:
        """Tell whether the job brings a file into records of a kind, so that clients of imports know it."""
        return self.request.kind is kind and self.purpose.undoes is None

    @property
    def finished(self) -> bool:
        """Whether the job has reached its last status."""
        return self.status in (Status.COMPLETE, Status.FAILED)

    def rate(self, now: int) -> float | None:
        """Return the rows per second, from its beginning until it ended or now; None before it begins."""
        if self.started_at is None:
            return None
        return round((self.processed + self.failed) / self._elapsed(self.started_at, now), 1)

    def remaining(self, now: int) -> float | None:
        """Return how many seconds it will take, None where that is not known."""
        if self.started_at is None:
            return None
        if self.finished:
            return 0
        if not self.done_bytes:
            return None
        left = max(self.file_bytes - self.done_bytes, 0)
        return round(self._elapsed(self.started_at, now) * left / self.done_bytes, 1)

    def _elapsed(self, started_at: int, now: int) -> int:
        return max((self.finished_at or now) - started_at, 1)


@dataclass(frozen=True, slots=True)
class JobLookup:
    """What a subscription has under a batch id, past its days or not: a job, or None."""

    batch_id: int
    job: Job | None


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many rows of a job have a reason, and the first of them.

    `column` is the name of the column at fault as the file has it, None for the row as a whole.
    """

    kind: IssueKind
    reason: str
    column: str | None
    rows: int
    first_row: int
