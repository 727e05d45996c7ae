"""What a client asks for when it creates a job, checked in this order (contract §4.2, §5.1, §6.1)."""

import re
from typing import IO

from leadline.engine.encoding import FileBytes
from leadline.errors import (
    INVALID_VALUE,
    LIST_BUSY,
    OBJECT_NOT_FOUND,
    PARAMETER_MISSING,
    PROGRAM_NOT_FOUND,
    ServiceError,
)
from leadline.merging.targets import choose_partition, find_status, lookup_key
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import FileFormat, ImportRequest, JobKind
from leadline.model.tables import line_for_each
from leadline.schema.catalog import DEDUPE_FIELDS, Key, ObjectType
from leadline.schema.outer_space import trimmed
from leadline.store import admission, catalog, lists, objects, programs
from leadline.store.base import Session

DEFAULT_LOOKUP = "email"
_INT32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ImportForm:
    """The parameters of a creation call; None where absent or blank.

    `target` is what the path names: a program's id, or the API name of a custom object. `file_name`
    is a label. `seen` is what was found in the file while it came; None where nobody has looked yet.
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
    file_name: str | None = None
    seen: FileBytes | None = None


@dataclass(frozen=True, slots=True)
class ParsedForm:
    """A creation call whose parameters can be read, whatever the store says of them."""

    kind: JobKind
    file: IO[bytes]
    file_bytes: int
    file_format: FileFormat
    target: str | None
    program_id: int | None
    lookup_field: str | None
    list_id: int | None
    partition_name: str | None
    member_status: str | None
    file_name: str | None
    seen: FileBytes | None


@dataclass(frozen=True, slots=True)
class CheckedForm:
    """A request that may become a job, once its file's header fits the object type."""

    request: ImportRequest
    object_type: ObjectType
    key: Key
    beside: ObjectType | None = None


def parse_form(form: ImportForm) -> ParsedForm:
    """Read the parameters; raises `ServiceError` 1001 or 1002."""
    if form.file is None:
        raise ServiceError(PARAMETER_MISSING, name="file")
    return ParsedForm(
        kind=form.kind,
        file=form.file,
        file_bytes=form.file_bytes,
        file_format=_parse_format(form.format),
        target=form.target,
        program_id=parse_int32(form.target or "") if form.kind is JobKind.MEMBER else None,
        lookup_field=form.lookup_field,
        list_id=None if form.list_id is None else parse_int32(form.list_id),
        partition_name=form.partition_name,
        member_status=form.member_status,
        file_name=form.file_name,
        seen=form.seen,
    )


def check_form(session: Session, caller: Caller, form: ParsedForm) -> CheckedForm:
    """Check everything but the file; raises `ServiceError`."""
    return _CHECKS[form.kind](session, caller, form)


def _check_lead(session: Session, caller: Caller, form: ParsedForm) -> CheckedForm:
    if form.list_id is not None:
        _check_list(session, form.list_id)
    object_type = catalog.load_lead_type(session)
    key = lookup_key(object_type, form.lookup_field or DEFAULT_LOOKUP)
    scope = choose_partition(session, caller, form.partition_name, creates=key.name != "id")
    request = ImportRequest(
        object_type=object_type.name,
        file_format=form.file_format,
        key=key.name,
        list_id=form.list_id,
        partition_scope=scope,
        rules=caller.rules,
    )
    return CheckedForm(request, object_type, key)


def _check_member(session: Session, caller: Caller, form: ParsedForm) -> CheckedForm:
    assert form.program_id is not None, "members are imported into a program"
    program = programs.find_program(session, form.program_id)
    if program is None:
        raise ServiceError(PROGRAM_NOT_FOUND)
    if form.member_status is None:
        raise ServiceError(PARAMETER_MISSING, name="programMemberStatus")
    status = find_status(session, program, form.member_status)
    object_type = catalog.load_lead_type(session)
    key = lookup_key(object_type, DEFAULT_LOOKUP)
    scope = choose_partition(session, caller, None)
    request = ImportRequest(
        object_type=form.kind.value,
        file_format=form.file_format,
        key=key.name,
        partition_scope=scope,
        program_id=program.id,
        program_status=status.name,
        rules=caller.rules,
    )
    return CheckedForm(request, object_type, key, beside=catalog.load_member_type(session))


def _check_object(session: Session, caller: Caller, form: ParsedForm) -> CheckedForm:
    found = objects.load_object_type(session, form.target or "")
    if found is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    object_type = found[1]
    key = object_type.key(DEDUPE_FIELDS)
    assert key is not None, "an object is approved with its dedupe fields only"
    request = ImportRequest(
        object_type=object_type.name, file_format=form.file_format, key=key.name, rules=caller.rules
    )
    return CheckedForm(request, object_type, key)


_CHECKS = line_for_each(
    JobKind, {JobKind.LEAD: _check_lead, JobKind.MEMBER: _check_member, JobKind.OBJECT: _check_object}
)


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
    if admission.list_is_busy(session, list_id):
        raise ServiceError(LIST_BUSY)
