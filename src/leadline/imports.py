"""Use case: create import jobs and say what became of them (contract §2, §4, §7)."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from leadline import clock
from leadline.config import Settings
from leadline.engine.header import Header, plan_columns, read_header
from leadline.errors import (
    FIELD_NOT_SUPPORTED,
    INVALID_VALUE,
    LIST_BUSY,
    LOOKUP_FIELD_NOT_FOUND,
    OBJECT_NOT_FOUND,
    PARAMETER_MISSING,
    PARTITION_DENIED,
    PARTITION_NEEDED,
    ServiceError,
    StoreBusyError,
)
from leadline.events import Emit, JobQueued
from leadline.model import Caller, FileFormat, ImportRequest, IssueKind, Job, Partition, Status
from leadline.schema.catalog import Field, ObjectType
from leadline.store import jobs, settings, uploads
from leadline.store.base import Session
from leadline.store.connect import Stores

DEFAULT_LOOKUP = "email"
_DAY_SECONDS = 86_400
_INT32_MAX = 2**31 - 1
_HEADER_BLOCK_BYTES = 1024 * 1024
_ISSUE_COLUMN = {
    IssueKind.FAILURE: "Import Failure Reason",
    IssueKind.WARNING: "Import Warning Reason",
}


@dataclass(frozen=True, slots=True)
class ImportForm:
    """The parameters of a creation call as sent; None where absent."""

    file: IO[bytes] | None
    file_bytes: int
    format: str | None
    lookup_field: str | None
    list_id: str | None
    partition_name: str | None


class Imports:
    """The queue as its clients see it."""

    def __init__(self, stores: Stores, settings: Settings, emit: Emit) -> None:
        self._stores = stores
        self._settings = settings
        self._emit = emit

    def submit(self, caller: Caller, form: ImportForm) -> int:
        """Create a lead import job; when this returns, the batch id, the job and its file are durable.

        Checks in the order of contract §4.2; raises `ServiceError`.
        """
        if form.file is None:
            raise ServiceError(PARAMETER_MISSING, name="file")
        file_format = _parse_format(form.format)
        list_id = None if not form.list_id else parse_int32(form.list_id)
        database = self._stores.subscription(caller.munchkin_id)
        with database.read() as session:
            if list_id is not None:
                _check_list(session, list_id)
            object_type = settings.load_lead_type(session)
            lookup = _parse_lookup(object_type, form.lookup_field or DEFAULT_LOOKUP)
            partitions = settings.partitions(session)
        open_partitions = _open_partitions(caller, partitions)
        partition_id = _choose_partition(form.partition_name, partitions, open_partitions)
        header = self._check_header(form.file, file_format, object_type, lookup)
        request = ImportRequest(
            object_type=object_type.name,
            file_format=file_format,
            lookup_field=lookup.name,
            list_id=list_id,
            partition_id=partition_id,
            partition_fixed=bool(form.partition_name),
            open_partitions=open_partitions,
        )
        limits = self._settings.limits
        with database.write() as session:
            upload = jobs.Upload(uploads.keep(session, form.file), header.text, form.file_bytes)
            batch_id = jobs.admit(session, request, upload, clock.now(), limits.jobs_queued_max)
        self._stores.hint_at_work(caller.munchkin_id)  # before the event wakes this node's workers
        self._emit(JobQueued(caller.munchkin_id, batch_id, form.file_bytes))
        return batch_id

    def _check_header(
        self, file: IO[bytes], file_format: FileFormat, object_type: ObjectType, lookup: Field
    ) -> Header:
        file.seek(0)
        header = read_header(iter(lambda: file.read(_HEADER_BLOCK_BYTES), b""), file_format)
        ignore_unknown = self._settings.rules.unknown_columns == "ignore"
        plan_columns(header, object_type, lookup, ignore_unknown=ignore_unknown)
        return header

    def job(self, caller: Caller, batch_id: int) -> Job:
        """Return a job within its retention; raises `ServiceError` 1013."""
        with self._stores.subscription(caller.munchkin_id).glance() as session:
            job = jobs.find(session, batch_id, self._oldest_answered())
        if job is None:
            raise ServiceError(OBJECT_NOT_FOUND)
        return job

    def jobs(self, caller: Caller) -> list[Job]:
        """Return the subscription's jobs within their retention, newest first."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return jobs.newest_first(session, self._oldest_answered())

    def issues(self, caller: Caller, batch_id: int, kind: IssueKind) -> list[bytes] | None:
        """Return the pieces of a finished job's failure or warning file, or None when there is none."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            job = jobs.find(session, batch_id, self._oldest_answered())
            if job is None or not job.finished:
                return None
            lines = jobs.issue_lines(session, batch_id, kind)
            header = jobs.header_of(session, batch_id)
        if not lines:
            return None
        return [f"{header}{job.request.file_format.delimiter}{_ISSUE_COLUMN[kind]}\n".encode(), *lines]

    def ledger(self, caller: Caller, batch_id: int) -> Iterator[bytes] | None:
        """Return the pieces of a finished job's ledger, or None while there is none."""
        from leadline.engine.ledger import LEDGER_HEADER, unpack_ledger

        with self._stores.subscription(caller.munchkin_id).read() as session:
            job = jobs.find(session, batch_id, self._oldest_answered())
            if job is None or not job.finished:
                return None
            packed = jobs.ledger_blocks(session, batch_id)
        return iter([LEDGER_HEADER, *(unpack_ledger(block, first_row) for first_row, block in packed)])

    def jobs_by_status(self) -> dict[str, int]:
        """Return how many jobs of all subscriptions are in each status."""
        totals = dict.fromkeys(Status, 0)
        for munchkin_id in self._stores.munchkin_ids():
            with suppress(StoreBusyError), self._stores.subscription(munchkin_id).read() as session:
                for status, count in jobs.count_by_status(session).items():
                    totals[Status(status)] += count
        return {status.value: count for status, count in totals.items()}

    def _oldest_answered(self) -> int:
        return clock.now() - self._settings.limits.retention_days * _DAY_SECONDS


def parse_int32(text: str) -> int:
    """Return an id parameter; raises `ServiceError` 1001."""
    if not re.fullmatch(r"[+-]?[0-9]{1,10}", text) or abs(int(text)) > _INT32_MAX:
        raise ServiceError(INVALID_VALUE, value=text, type="Integer")
    return int(text)


def _parse_format(text: str | None) -> FileFormat:
    try:
        return FileFormat((text or FileFormat.CSV).lower())
    except ValueError:
        allowed = ", ".join(each.value for each in FileFormat)
        raise ServiceError(INVALID_VALUE, value=text, type=allowed) from None


def _check_list(session: Session, list_id: int) -> None:
    if settings.find_list(session, list_id) is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    if jobs.list_is_busy(session, list_id):
        raise ServiceError(LIST_BUSY)


def _parse_lookup(object_type: ObjectType, name: str) -> Field:
    field = object_type.lookup_field(name)
    if field is None:
        raise ServiceError(LOOKUP_FIELD_NOT_FOUND, name=name)
    if not object_type.may_look_up(field):
        raise ServiceError(FIELD_NOT_SUPPORTED, name=name)
    return field


def _open_partitions(caller: Caller, partitions: list[Partition]) -> frozenset[int] | None:
    if caller.partitions is None:
        return None
    return frozenset(each.id for each in partitions if each.name in caller.partitions)


def _choose_partition(
    name: str | None, partitions: list[Partition], open_partitions: frozenset[int] | None
) -> int:
    """Return where new leads go (contract §4.6); raises `ServiceError` 1008 or 1009."""
    allowed = [each for each in partitions if open_partitions is None or each.id in open_partitions]
    if name:
        for each in allowed:
            if each.name.lower() == name.lower():
                return each.id
        raise ServiceError(PARTITION_DENIED, name=name)
    if allowed and allowed[0].id == partitions[0].id:
        return allowed[0].id
    if len(allowed) == 1:
        return allowed[0].id
    raise ServiceError(PARTITION_NEEDED)
