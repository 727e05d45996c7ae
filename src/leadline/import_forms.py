"""What a client asks for when it creates a job, checked in the contract's order (§4.2, §5.1, §6.1)."""

import re
from dataclasses import dataclass
from typing import IO

from leadline.errors import (
    FIELD_NOT_SUPPORTED,
    INVALID_VALUE,
    LIST_BUSY,
    LOOKUP_FIELD_NOT_FOUND,
    OBJECT_NOT_FOUND,
    PARAMETER_MISSING,
    PARTITION_DENIED,
    PARTITION_NEEDED,
    PROGRAM_NOT_FOUND,
    PROGRAM_STATUS_NOT_FOUND,
    ServiceError,
)
from leadline.model import Caller, FileFormat, ImportRequest, JobKind, Partition
from leadline.schema.catalog import DEDUPE_FIELDS, Key, ObjectType
from leadline.schema.members import NOT_IN_PROGRAM
from leadline.schema.outer_space import trimmed
from leadline.store import jobs, lists, objects, programs, settings
from leadline.store.base import Session

DEFAULT_LOOKUP = "email"
_INT32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ImportForm:
    """The parameters of a creation call; None where absent or blank.

    `target` is what the path names: a program's id, or the API name of a custom object.
    """

    kind: JobKind
    file: IO[bytes] | None
    file_bytes: int
    format: str | None
    target: str | None = None
    lookup_field: str | None = None
    list_id: str | None = None
    partition_name: str | None = None
    member_status: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedForm:
    """A request that may become a job, once its file's header fits the object type."""

    request: ImportRequest
    object_type: ObjectType
    key: Key
    beside: ObjectType | None = None


def check_form(session: Session, caller: Caller, form: ImportForm) -> CheckedForm:
    """Check everything but the file; raises `ServiceError`."""
    if form.file is None:
        raise ServiceError(PARAMETER_MISSING, name="file")
    file_format = _parse_format(form.format)
    check = {JobKind.LEAD: _check_lead, JobKind.MEMBER: _check_member, JobKind.OBJECT: _check_object}
    return check[form.kind](session, caller, form, file_format)


def _check_lead(session: Session, caller: Caller, form: ImportForm, file_format: FileFormat) -> CheckedForm:
    list_id = None if form.list_id is None else parse_int32(form.list_id)
    if list_id is not None:
        _check_list(session, list_id)
    object_type = settings.load_lead_type(session)
    key = lookup_key(object_type, form.lookup_field or DEFAULT_LOOKUP)
    where = choose_partition(session, caller, form.partition_name, creates=key.name != "id")
    request = ImportRequest(
        object_type=object_type.name,
        file_format=file_format,
        key=key.name,
        list_id=list_id,
        partition_id=where.partition_id,
        partition_fixed=where.fixed,
        open_partitions=where.open_partitions,
    )
    return CheckedForm(request, object_type, key)


def _check_member(session: Session, caller: Caller, form: ImportForm, file_format: FileFormat) -> CheckedForm:
    program = programs.find_program(session, parse_int32(form.target or ""))
    if program is None:
        raise ServiceError(PROGRAM_NOT_FOUND)
    if form.member_status is None:
        raise ServiceError(PARAMETER_MISSING, name="programMemberStatus")
    status = find_status(session, program, form.member_status)
    object_type = settings.load_lead_type(session)
    key = lookup_key(object_type, DEFAULT_LOOKUP)
    where = choose_partition(session, caller, None)
    request = ImportRequest(
        object_type=form.kind.value,
        file_format=file_format,
        key=key.name,
        partition_id=where.partition_id,
        open_partitions=where.open_partitions,
        program_id=program["id"],
        program_status=status.name,
    )
    return CheckedForm(request, object_type, key, beside=settings.load_member_type(session))


def _check_object(session: Session, caller: Caller, form: ImportForm, file_format: FileFormat) -> CheckedForm:
    found = objects.load_object_type(session, form.target or "")
    if found is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    object_type = found[1]
    key = object_type.key(DEDUPE_FIELDS)
    assert key is not None, "an object is approved with its dedupe fields only"
    request = ImportRequest(object_type=object_type.name, file_format=file_format, key=key.name)
    return CheckedForm(request, object_type, key)


def parse_int32(text: str) -> int:
    """Return an id parameter; raises `ServiceError` 1001."""
    if not re.fullmatch(r"[+-]?[0-9]{1,10}", trimmed(text)) or abs(int(trimmed(text))) > _INT32_MAX:
        raise ServiceError(INVALID_VALUE, value=text, type="Integer")
    return int(trimmed(text))


def _parse_format(text: str | None) -> FileFormat:
    try:
        return FileFormat((text or FileFormat.CSV).lower())
    except ValueError:
        allowed = ", ".join(each.value for each in FileFormat)
        raise ServiceError(INVALID_VALUE, value=text, type=allowed) from None


def _check_list(session: Session, list_id: int) -> None:
    if lists.find_list(session, list_id) is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    if jobs.list_is_busy(session, list_id):
        raise ServiceError(LIST_BUSY)


def find_status(session: Session, program: dict[str, object], name: str) -> programs.ProgramStatus:
    """Return a status that members of a program may be brought to; raises `ServiceError` 1025."""
    status = programs.channel_of(session, program).status(name)
    if status is None or status.name == NOT_IN_PROGRAM:
        raise ServiceError(PROGRAM_STATUS_NOT_FOUND)
    return status


def lookup_key(object_type: ObjectType, name: str) -> Key:
    """Return the key that a lookup parameter names; raises `ServiceError` 1006 or 1011."""
    field = object_type.field(name)
    if field is None:
        raise ServiceError(LOOKUP_FIELD_NOT_FOUND, name=name)
    if not object_type.may_look_up(field):
        raise ServiceError(FIELD_NOT_SUPPORTED, name=name)
    key = object_type.key(field.name)
    assert key is not None, "a searchable field is a key"
    return key


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where new leads go, whether the client named it, and which partitions may be touched, None for all."""

    partition_id: int
    fixed: bool
    open_partitions: frozenset[int] | None


def open_partitions(caller: Caller, partitions: list[Partition]) -> frozenset[int] | None:
    """Return the ids of the partitions that a credential may touch, None for all."""
    if caller.partitions is None:
        return None
    opened = {name.lower() for name in caller.partitions}
    return frozenset(each.id for each in partitions if each.name.lower() in opened)


def choose_partition(
    session: Session, caller: Caller, name: str | None, *, creates: bool = True
) -> Whereabouts:
    """Return where new leads go (contract §4.6), if there can be any.

    Raises `ServiceError` 1008 or 1009.
    """
    partitions = settings.partitions(session)
    opened = open_partitions(caller, partitions)
    allowed = [each for each in partitions if opened is None or each.id in opened]
    if name:
        for each in allowed:
            if each.name.lower() == name.lower():
                return Whereabouts(each.id, True, opened)
        raise ServiceError(PARTITION_DENIED, name=name)
    if creates and not (allowed and (allowed[0].id == partitions[0].id or len(allowed) == 1)):
        raise ServiceError(PARTITION_NEEDED)
    return Whereabouts(allowed[0].id if allowed else partitions[0].id, False, opened)
