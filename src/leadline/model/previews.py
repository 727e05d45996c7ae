"""A preview: what an import or an undo would do, before anything is written."""

from enum import StrEnum

from leadline.model.dataclass import dataclass
from leadline.model.jobs import ImportRequest, Origin

PREVIEWS_MAX = 20
PREVIEW_BYTES_MAX = 100 * 1024 * 1024
PREVIEW_SECONDS = 86_400
"""So many previews of a subscription are kept, so many bytes of them together, and each of them so long."""


class PreviewKind(StrEnum):
    """What is foreseen."""

    IMPORT = "import"
    UNDO = "undo"


class PreviewStatus(StrEnum):
    """The words of a preview's life; one that is `Applied` was imported as it was shown."""

    QUEUED = "Queued"
    RUNNING = "Running"
    READY = "Ready"
    FAILED = "Failed"
    APPLIED = "Applied"
    EXPIRED = "Expired"


@dataclass(frozen=True, slots=True)
class PreviewedFile:
    """The file of a preview of an import; its members are as a `Job` and an `Upload` have them."""

    header: str
    upload: str
    file_bytes: int
    issue_bytes: int
    invalid_from: int | None
    has_slashes: bool


@dataclass(frozen=True, slots=True)
class NewPreview:
    """What is to be foreseen, and who asks for it.

    `request` is that of an import, or of the job that an undo takes back; `undoes` is that job, and
    `refuses_conflicts` says that it is taken back as a whole or not at all.
    """

    kind: PreviewKind
    request: ImportRequest
    origin: Origin
    file: PreviewedFile | None = None
    undoes: int | None = None
    refuses_conflicts: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview that is kept; `result` is a JSON object with its counts, once it is ready.

    `batch_id` is the last job that was to apply it. An expired one has lost what it was asked and what
    it found.
    """

    preview_id: str
    wanted: NewPreview
    status: PreviewStatus
    token: int
    attempt: int
    result: str | None
    message: str | None
    batch_id: int | None
    created_at: int
    finished_at: int | None

    @property
    def finished(self) -> bool:
        """Whether no worker has anything to do for it any longer."""
        return self.status not in (PreviewStatus.QUEUED, PreviewStatus.RUNNING)
