"""One job in a worker's hands, and its upload as text."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from leadline.config import Settings
from leadline.engine.encoding import skip_bytes, utf8_blocks
from leadline.engine.header import detect_encoding, read_header
from leadline.engine.members import plan_members
from leadline.engine.plan import FileLayout, MergePlan, layout_of, plan_import
from leadline.engine.rows import first_rows
from leadline.engine.wording import FILE
from leadline.merging.memberships import ProgramTarget, status_change
from leadline.model import instants
from leadline.model.jobs import ImportRequest, Job, JobKind
from leadline.schema.catalog import ObjectType
from leadline.schema.leads import new_lead
from leadline.store import catalog, lists, objects, programs, uploads
from leadline.store.base import Constants, Database, LostJobError, Session


@dataclass(frozen=True, slots=True)
class ImportRun:
    """A job with what stays the same until its end: its store, its plan, the constants of new records.

    `program_target` says into which program its leads come, if into any; `is_shifted` that each of the
    first rows has one value more than the header.
    """

    munchkin_id: str
    database: Database
    job: Job
    layout: FileLayout
    plan: MergePlan
    encoding: str
    new_record: Constants
    program_target: ProgramTarget | None
    is_shifted: bool

    def text_from(self, start: int) -> Iterator[bytes]:
        """Yield the upload as UTF-8 from an offset on."""
        blocks = uploads.blocks(self.database, self.job.batch_id)
        return skip_bytes(utf8_blocks(blocks, self.encoding), start)


class NoLongerPossibleError(Exception):
    """What the job was to write into is gone; the text is the job's message."""


def begin_import_run(munchkin_id: str, database: Database, job: Job, config: Settings) -> ImportRun:
    """Look at a claimed job's header and settings; raises `NoLongerPossibleError`, `LostJobError`."""
    request = job.request
    blocks = uploads.blocks(database, job.batch_id)
    head = next(blocks, b"")
    if not head:  # bytes go when a job ends, so another worker has ended it
        raise LostJobError
    encoding, header = detect_encoding(head), read_header(chain([head], blocks), request.file_format)
    today = instants.local_day(
        job.created_at, request.rules.time_zone
    )  # whenever, and how often, it is begun
    with database.read() as session:
        object_type = _object_type(session, request)
        member_type = catalog.load_member_type(session) if request.kind is JobKind.MEMBER else None
        plan = plan_import(header, object_type, request, today, beside=member_type)
        program_target = _program_target(session, request, plan, member_type) if member_type else None
        new_record: Constants = {} if request.kind is JobKind.OBJECT else _new_lead(session, request)
    blocks = utf8_blocks(uploads.blocks(database, job.batch_id), encoding)
    first = first_rows(skip_bytes(blocks, header.size), request.file_format.delimiter, len(header.cells))
    escapes = config.export.escape_formulas
    layout = layout_of(header, request.file_format, first_width=first.width, escapes_formulas=escapes)
    return ImportRun(
        munchkin_id, database, job, layout, plan, encoding, new_record, program_target, first.are_shifted
    )


def _object_type(session: Session, request: ImportRequest) -> ObjectType:
    if request.kind is not JobKind.OBJECT:
        return catalog.load_lead_type(session)
    found = objects.load_object_type(session, request.object_type)
    if found is None:
        raise NoLongerPossibleError(f"Import failed, the custom object {request.object_type} was deleted")
    return found[1]


def _program_target(
    session: Session, request: ImportRequest, plan: MergePlan, member_type: ObjectType
) -> ProgramTarget:
    program = programs.find_program(session, request.program_id or 0)
    channel = programs.channel_of(session, program) if program else None
    status = channel.status(request.program_status or "") if channel else None
    if channel is None or status is None:
        raise NoLongerPossibleError("Import failed, the program or its status was deleted")
    change = status_change(status, channel, repeats=True, warns=plan.rules.member_backward == "warn")
    members = plan_members(member_type, plan.columns, plan.rules, plan.today, FILE)
    return ProgramTarget(request.program_id or 0, members, change)


def _new_lead(session: Session, request: ImportRequest) -> Constants:
    """Return what new leads of this import have in common; raises `NoLongerPossibleError`."""
    if request.list_id is None:
        return new_lead(request.partition_scope.home, "Web service API", None)
    found = lists.find_list(session, request.list_id)
    if found is None:
        raise NoLongerPossibleError("Import failed, its static list was deleted")
    return new_lead(request.partition_scope.home, "List import", f"List: {found.name}")
