"""Use case: create import jobs and say what became of them (contract §2, §4, §7)."""

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from itertools import chain
from typing import IO

from leadline.engine.encoding import FileBytes, read_through
from leadline.engine.header import Header, detect_encoding, plan_columns, read_header
from leadline.errors import (
    NOT_TEXT,
    OBJECT_NOT_FOUND,
    TRANSIENT,
    OperatorError,
    ServiceError,
    StoreBusyError,
    StoreFaultError,
)
from leadline.events import Emit, JobQueued
from leadline.imports.requests import CheckedForm, ImportForm, check_form
from leadline.model.callers import Caller
from leadline.model.jobs import FileFormat, IssueKind, Job, JobKind, Status
from leadline.model.rules import Limits, Rules
from leadline.model.subscription_time import SubscriptionTime
from leadline.schema.objects import folded_name
from leadline.source_file.file_kinds import HEAD_BYTES, kind_of
from leadline.store import jobs, reports, uploads
from leadline.store.directory import Stores

_DAY_SECONDS = 86_400
_BLOCK_BYTES = 1024 * 1024
_MEMORY_BYTES_MAX = 4 * 1024 * 1024
"""How much of a file that is read back is held in memory; a larger one is spooled."""


class Imports:
    """The queue as its clients see it."""

    def __init__(
        self, stores: Stores, time: SubscriptionTime, limits: Limits, rules: Rules, emit: Emit
    ) -> None:
        self._stores = stores
        self._time = time
        self._limits = limits
        self._rules = rules
        self._emit = emit

    def submit(self, caller: Caller, form: ImportForm) -> Job:
        """Create a job; when this returns, the batch id, the job and its file are durable.

        Checks in the order of contract §4.2; raises `ServiceError`.
        """
        database = self._stores.subscription(caller.munchkin_id)
        with database.read() as session:
            checked = check_form(session, caller, form)
        request, file = checked.request, form.file
        assert file is not None, "a form without a file was refused"
        header = self._check_header(file, request.file_format, checked)
        limits = self._limits
        queue = jobs.SHARED_QUEUE if limits.shared_queue else request.kind.value
        with database.read() as session:  # who is refused has kept nothing
            jobs.free_seats(session, request, limits.jobs_queued_max, queue)
        seen = _look_through(file)
        with database.write() as session:
            name, size = uploads.keep(session, file), form.file_bytes
            upload = jobs.Upload(name, header.text, size, seen.invalid_from, seen.has_slashes)
            now = self._time.now(caller.munchkin_id)
            job = jobs.admit(session, request, upload, now, limits.jobs_queued_max, queue)
        self._stores.hint_at_work(caller.munchkin_id)  # before the event wakes this node's workers
        self._emit(JobQueued(caller.munchkin_id, job.batch_id, form.file_bytes))
        return job

    def _check_header(self, file: IO[bytes], file_format: FileFormat, checked: CheckedForm) -> Header:
        """Read the header and match it to fields; a custom object ignores columns it does not know."""
        file.seek(0)
        kind = kind_of(file.read(HEAD_BYTES))
        if kind is not None:
            raise ServiceError(NOT_TEXT, kind=kind.name, cure=kind.cure)
        file.seek(0)
        header = read_header(iter(lambda: file.read(_BLOCK_BYTES), b""), file_format)
        ignores = self._rules.unknown_columns == "ignore" or checked.request.kind is JobKind.OBJECT
        plan_columns(header, checked.object_type, checked.key, ignore_unknown=ignores, beside=checked.beside)
        return header

    def job(
        self, caller: Caller, batch_id: int, kind: JobKind | None = None, target: str | None = None
    ) -> Job:
        """Return a job within its retention; raises `ServiceError` 1013.

        A job of another `kind`, or of another custom object than `target`, is not known.
        """
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            job = jobs.find(session, batch_id, self._oldest_answered(caller))
        if job is None or not _is_of(job, kind, target):
            raise ServiceError(OBJECT_NOT_FOUND)
        return job

    def jobs(self, caller: Caller) -> list[Job]:
        """Return the subscription's jobs within their retention, newest first."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return jobs.newest_first(session, self._oldest_answered(caller))

    def issues(
        self, caller: Caller, batch_id: int, issue: IssueKind, kind: JobKind, target: str | None = None
    ) -> IO[bytes] | None:
        """Return a finished job's failure or warning file, or None when there is none.

        It is read in one transaction, so that it is whole though the job expires meanwhile. Raises
        `ServiceError` 713 when there is no space for it.
        """
        with self._stores.subscription(caller.munchkin_id).read() as session:
            job = jobs.find(session, batch_id, self._oldest_answered(caller))
            if job is None or not job.finished or not _is_of(job, kind, target):
                return None
            lines = reports.issue_lines(session, batch_id, issue)
            first = next(lines, None)
            if first is None:
                return None
            header = jobs.header_of(session, batch_id)
            titles = f"{header}{job.request.file_format.delimiter}{issue.column}\n".encode()
            return _file_of(chain([titles, first], lines))

    def ledger(self, caller: Caller, batch_id: int) -> IO[bytes] | None:
        """Return a finished job's ledger, or None while there is none; raises `ServiceError` 713."""
        from leadline.engine.ledger import LEDGER_HEADER, unpack_ledger

        with self._stores.subscription(caller.munchkin_id).read() as session:
            job = jobs.find(session, batch_id, self._oldest_answered(caller))
            if job is None or not job.finished:
                return None
            packed = reports.ledger_blocks(session, batch_id)
        lines = chain.from_iterable(unpack_ledger(block, first_row) for first_row, block in packed)
        return _file_of(chain([LEDGER_HEADER], lines))

    def jobs_by_status(self) -> dict[str, int]:
        """Return how many jobs of all subscriptions are in each status."""
        totals = dict.fromkeys(Status, 0)
        for munchkin_id in self._stores.munchkin_ids():
            with (
                suppress(StoreBusyError, StoreFaultError, OperatorError),
                self._stores.subscription(munchkin_id).read() as session,
            ):
                for status, count in jobs.count_by_status(session).items():
                    totals[Status(status)] += count
        return {status.value: count for status, count in totals.items()}

    def _oldest_answered(self, caller: Caller) -> int:
        return self._time.now(caller.munchkin_id) - self._limits.retention_days * _DAY_SECONDS


def _look_through(file: IO[bytes]) -> FileBytes:
    """Look at each byte before the writer's turn is taken, so that no worker must before its first row."""
    file.seek(0)
    blocks = iter(lambda: file.read(_BLOCK_BYTES), b"")
    head = next(blocks, b"")
    return read_through(chain([head], blocks), detect_encoding(head))


def _is_of(job: Job, kind: JobKind | None, target: str | None) -> bool:
    """Tell whether a job is of a kind and, where one is named, of a custom object."""
    if kind is not None and job.request.kind is not kind:
        return False
    return target is None or folded_name(job.request.object_type) == folded_name(target)


def _file_of(pieces: Iterable[bytes]) -> IO[bytes]:
    """Put pieces into a file that goes when it is closed; raises `ServiceError` 713 when it has no space."""
    with ExitStack() as until_made:
        file = until_made.enter_context(tempfile.SpooledTemporaryFile(_MEMORY_BYTES_MAX))
        try:
            for piece in pieces:
                file.write(piece)
        except OSError:
            raise ServiceError(TRANSIENT) from None
        until_made.pop_all()
    file.seek(0)
    return file
