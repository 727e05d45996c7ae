"""Use case: create an import job (contract §2, §4)."""

from itertools import chain
from typing import IO

from leadline.engine.encoding import FileBytes, read_through
from leadline.engine.header import Header, detect_encoding, plan_columns, read_header
from leadline.errors import NOT_TEXT, QUEUE_FULL, ServiceError
from leadline.events import Emit, JobQueued
from leadline.imports.requests import CheckedForm, ImportForm, check_form
from leadline.model.callers import Caller
from leadline.model.jobs import FileFormat, Job, JobKind
from leadline.model.rules import Limits
from leadline.model.subscription_time import SubscriptionTime
from leadline.source_file.file_kinds import HEAD_BYTES, kind_of
from leadline.store import admission, uploads
from leadline.store.admission import SHARED_QUEUE, Queue, Upload
from leadline.store.directory import Stores

_BLOCK_BYTES = 1024 * 1024


class Submissions:
    """Takes files into the queue."""

    def __init__(self, stores: Stores, time: SubscriptionTime, emit: Emit) -> None:
        self._stores = stores
        self._time = time
        self._emit = emit

    def submit(self, caller: Caller, form: ImportForm) -> Job:
        """Create a job; when this returns, the batch id, the job and its file are durable.

        Checks in the order of contract §4.2; raises `ServiceError`, and then nothing is kept.
        """
        database = self._stores.subscription(caller.munchkin_id)
        queue = _queue_of(form.kind, caller.limits)
        with database.read() as session:
            checked = check_form(session, caller, form)
            is_full = admission.is_full(session, queue)
        request, file = checked.request, form.file
        assert file is not None, "a form without a file was refused"
        header = _check_header(file, request.file_format, checked)
        if is_full:  # the file need not be stored to find that out
            raise ServiceError(QUEUE_FULL, limit=queue.seats)
        seen = _look_through(file)
        with database.write() as session:
            name, size = uploads.keep(session, file), form.file_bytes
            issue_bytes = caller.limits.issue_bytes_of(size)
            upload = Upload(name, header.text, size, issue_bytes, seen.invalid_from, seen.has_slashes)
            job = admission.admit(session, request, upload, self._time.now(caller.munchkin_id), queue)
        self._stores.hint_at_work(caller.munchkin_id)  # before the event wakes this node's workers
        self._emit(JobQueued(caller.munchkin_id, job.batch_id, form.file_bytes))
        return job


def _check_header(file: IO[bytes], file_format: FileFormat, checked: CheckedForm) -> Header:
    """Read the header and match it to fields; a custom object ignores columns it does not know."""
    file.seek(0)
    kind = kind_of(file.read(HEAD_BYTES))
    if kind is not None:
        raise ServiceError(NOT_TEXT, kind=kind.name, cure=kind.cure)
    file.seek(0)
    header = read_header(iter(lambda: file.read(_BLOCK_BYTES), b""), file_format)
    request = checked.request
    ignores = request.rules.unknown_columns == "ignore" or request.kind is JobKind.OBJECT
    plan_columns(header, checked.object_type, checked.key, ignore_unknown=ignores, beside=checked.beside)
    return header


def _queue_of(kind: JobKind, limits: Limits) -> Queue:
    return Queue(SHARED_QUEUE if limits.shared_queue else kind.value, limits.jobs_queued_max)


def _look_through(file: IO[bytes]) -> FileBytes:
    """Look at each byte before the writer's turn is taken, so that no worker must before its first row."""
    file.seek(0)
    blocks = iter(lambda: file.read(_BLOCK_BYTES), b"")
    head = next(blocks, b"")
    return read_through(chain([head], blocks), detect_encoding(head))
