"""How each kind of import looks on the wire: its paths, parameters, answers and errors (contract §4-§6)."""

from leadline.api.endpoint import WRITE_LEAD, WRITE_OBJECT, Parameter
from leadline.api.job_answers import CreatedJob, CreatedObjectJob, JobStatus, ObjectJobStatus
from leadline.api.request_keys import KEY_PARAMETER
from leadline.errors import (
    COLUMNS_NOT_FOUND,
    DUPLICATE_COLUMN,
    EMPTY_FILE,
    FIELD_NOT_SUPPORTED,
    HEADER_OPEN,
    HEADER_TOO_LARGE,
    LIST_BUSY,
    LOOKUP_FIELD_NOT_FOUND,
    NOT_TEXT,
    OBJECT_NOT_FOUND,
    PARTITION_DENIED,
    PARTITION_NEEDED,
    PROGRAM_NOT_FOUND,
    PROGRAM_STATUS_NOT_FOUND,
    Entry,
)
from leadline.model.dataclass import dataclass
from leadline.model.jobs import FileFormat, JobKind

OF_FILE = (NOT_TEXT, EMPTY_FILE, DUPLICATE_COLUMN, HEADER_OPEN, HEADER_TOO_LARGE, COLUMNS_NOT_FOUND)
OBJECT = Parameter("apiName", "path", "The custom object", required=True)


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of import looks on the wire: its paths, its parameters, the words of its answers.

    `target` is the path parameter that names what is imported into; `batches` are the paths
    that a job's number and `status`, `failures` or `warnings` complete. `preview_path` takes the same form,
    and shows what the import would do.
    """

    kind: JobKind
    subject: str
    noun: str
    create_path: str
    preview_path: str
    batches: tuple[str, ...]
    permissions: tuple[str, ...]
    created: type[CreatedJob] | type[CreatedObjectJob]
    status: type[JobStatus] | type[ObjectJobStatus]
    target: Parameter | None = None
    parameters: tuple[Parameter, ...] = ()
    refusals: tuple[Entry, ...] = ()


KINDS = (
    Kind(
        JobKind.LEAD,
        "bulk.leads",
        "lead",
        "/bulk/v1/leads.json",
        "/leadline/v1/previews/leads.json",
        ("/bulk/v1/leads/batch/{batchId}",),
        WRITE_LEAD,
        CreatedJob,
        JobStatus,
        parameters=(
            Parameter("lookupField", "form", "The field that finds a lead; email when absent"),
            Parameter("listId", "form", "Static list that every imported lead joins", "integer"),
            Parameter("partitionName", "form", "Partition of new leads"),
        ),
        refusals=(
            *(OBJECT_NOT_FOUND, LIST_BUSY, LOOKUP_FIELD_NOT_FOUND, FIELD_NOT_SUPPORTED),
            *(PARTITION_DENIED, PARTITION_NEEDED),
        ),
    ),
    Kind(
        JobKind.MEMBER,
        "bulk.members",
        "program-member",
        "/bulk/v1/program/{programId}/members/import.json",
        "/leadline/v1/previews/program/{programId}/members.json",
        ("/bulk/v1/program/members/import/{batchId}",),
        WRITE_LEAD,
        CreatedJob,
        JobStatus,
        target=Parameter("programId", "path", "The program", "integer", required=True),
        parameters=(
            Parameter("programMemberStatus", "form", "The status that members are brought to", required=True),
        ),
        refusals=(PROGRAM_NOT_FOUND, PROGRAM_STATUS_NOT_FOUND, PARTITION_NEEDED),
    ),
    Kind(
        JobKind.OBJECT,
        "bulk.objects",
        "custom-object",
        "/bulk/v1/customobjects/{apiName}/import.json",
        "/leadline/v1/previews/customobjects/{apiName}.json",
        (
            "/bulk/v1/customobjects/{apiName}/import/{batchId}",
            "/bulk/v1/customobjects/import/{batchId}",
        ),
        WRITE_OBJECT,
        CreatedObjectJob,
        ObjectJobStatus,
        target=OBJECT,
        refusals=(OBJECT_NOT_FOUND,),
    ),
)


def permissions_for(kind: JobKind) -> tuple[str, ...]:
    """Return which permissions open the jobs of a kind."""
    return next(each.permissions for each in KINDS if each.kind is kind)


def form_of(kind: Kind) -> tuple[Parameter, ...]:
    """Return what the calls take that create an import, or show what it would do."""
    on_create = (kind.target,) if kind.target else ()
    return (
        *on_create,
        Parameter("file", "form", "The file: a header line, then one line a record", "binary", True),
        Parameter("format", "form", "csv when absent", choices=tuple(FileFormat)),
        *kind.parameters,
        KEY_PARAMETER,
    )
