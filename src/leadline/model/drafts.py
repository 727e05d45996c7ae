"""A draft: a file that somebody has uploaded to import it, before it is said where its columns go."""

from leadline.model.dataclass import dataclass
from leadline.model.jobs import JobKind

DRAFTS_MAX = 20
DRAFT_BYTES_MAX = 100 * 1024 * 1024
DRAFT_SECONDS = 86_400
"""So many drafts of a subscription are kept, so many bytes of them together, and each of them so long."""

MAPPINGS_MAX = 200
"""So many headers of a subscription are remembered, with the fields that their columns went into."""


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """What a file is to be imported into; the members are as an `ImportForm` has them."""

    kind: JobKind
    target: str | None = None
    lookup_field: str | None = None
    list_id: str | None = None
    partition_name: str | None = None
    member_status: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where the columns of a file go: the field of each, None for one that is left out.

    `dates` says of columns by place in which order their dates name day and month, and the last day that
    a year of two digits may lead to, in ISO 8601. `rows_left_out` rows have values only in columns that
    are left out.
    """

    names: tuple[str | None, ...]
    dates: dict[int, tuple[str, str]]
    rows_left_out: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft that is kept; `survey` is a JSON object with what was found in the file."""

    draft_id: str
    client_id: str
    wanted: DraftRequest
    file_name: str | None
    file_bytes: int
    upload: str
    survey: str
    chosen: Chosen | None
    preview_id: str | None
    created_at: int
