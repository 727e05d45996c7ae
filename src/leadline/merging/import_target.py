"""What an import writes into, looked up when it begins: any of it may have been deleted since the call."""

from datetime import date

from leadline.engine.header import Header
from leadline.engine.members import plan_members
from leadline.engine.plan import MergePlan, plan_import
from leadline.engine.wording import FILE
from leadline.merging.memberships import ProgramTarget, status_change
from leadline.model.dataclass import dataclass
from leadline.model.job_words import IMPORT_WORDS
from leadline.model.jobs import ImportRequest, JobKind
from leadline.schema.catalog import ObjectType
from leadline.schema.leads import new_lead
from leadline.store import catalog, lists, objects, programs
from leadline.store.base import Constants, Session


class NoLongerPossibleError(Exception):
    """What the job was to write into is gone; the text is the job's message."""


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """How rows become records, what new ones have in common, and the program that leads come into, if any."""

    plan: MergePlan
    new_record: Constants
    program: ProgramTarget | None


def find_import_target(session: Session, request: ImportRequest, header: Header, today: date) -> ImportTarget:
    """Look up what a request named; raises `NoLongerPossibleError`."""
    object_type = _object_type(session, request)
    member_type = catalog.load_member_type(session) if request.kind is JobKind.MEMBER else None
    plan = plan_import(header, object_type, request, today, beside=member_type)
    program = _program_target(session, request, plan, member_type) if member_type else None
    new_record: Constants = {} if request.kind is JobKind.OBJECT else _new_lead(session, request)
    return ImportTarget(plan, new_record, program)


def _object_type(session: Session, request: ImportRequest) -> ObjectType:
    if request.kind is not JobKind.OBJECT:
        return catalog.load_lead_type(session)
    found = objects.load_object_type(session, request.object_type)
    if found is None:
        raise NoLongerPossibleError(
            IMPORT_WORDS.failed(f"the custom object {request.object_type} was deleted")
        )
    return found[1]


def _program_target(
    session: Session, request: ImportRequest, plan: MergePlan, member_type: ObjectType
) -> ProgramTarget:
    program = programs.find_program(session, request.program_id or 0)
    channel = programs.channel_of(session, program) if program else None
    status = channel.status(request.program_status or "") if channel else None
    if channel is None or status is None:
        raise NoLongerPossibleError(IMPORT_WORDS.failed("the program or its status was deleted"))
    change = status_change(status, channel, repeats=True, warns=plan.rules.member_backward == "warn")
    members = plan_members(member_type, plan.columns, plan.rules, plan.today, FILE)
    return ProgramTarget(request.program_id or 0, members, change)


def _new_lead(session: Session, request: ImportRequest) -> Constants:
    """Return what new leads of this import have in common; raises `NoLongerPossibleError`."""
    if request.list_id is None:
        return new_lead(request.partition_scope.home, "Web service API", None)
    found = lists.find_list(session, request.list_id)
    if found is None:
        raise NoLongerPossibleError(IMPORT_WORDS.failed("its static list was deleted"))
    return new_lead(request.partition_scope.home, "List import", f"List: {found.name}")
