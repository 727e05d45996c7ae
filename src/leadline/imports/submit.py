"""Use case: create an import job (contract §2, §4)."""

from leadline.engine.header import Header
from leadline.errors import QUEUE_FULL, ServiceError
from leadline.events import Emit, JobQueued
from leadline.imports.fingerprint import fingerprint_of
from leadline.imports.requests import ImportForm, ParsedForm, check_form, parse_form
from leadline.imports.resubmission import MadeBefore, made_before, once
from leadline.imports.uploaded_file import check_header, look_through, origin_of
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import ImportRequest, Job, JobKind
from leadline.model.rules import Limits
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import admission, jobs, uploads
from leadline.store.admission import SHARED_QUEUE, Queue, Upload
from leadline.store.base import Database, Session
from leadline.store.directory import Stores
from leadline.store.request_keys import Made, RequestKey


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job, and whether it is new; else the same request made it before, and `undone_by` took it back."""

    job: Job
    is_new: bool
    undone_by: int | None = None


class Submissions:
    """Takes files into the queue."""

    def __init__(self, stores: Stores, time: SubscriptionTime, emit: Emit) -> None:
        self._stores = stores
        self._time = time
        self._emit = emit

    def submit(self, caller: Caller, form: ImportForm, key: RequestKey | None = None) -> Submitted:
        """Create a job; when this returns, the batch id, the job and its file are durable.

        Checks in the order of contract §4.2; raises `ServiceError`, and then nothing is kept. A request
        that has a key is created once: when it comes again, nothing is checked but its syntax.
        """
        wanted = parse_form(form)
        database = self._stores.subscription(caller.munchkin_id)
        queue = queue_of(wanted.kind, caller.limits)
        with database.read() as session:
            before = made_before(session, key)
            if before is None:
                checked = check_form(session, caller, wanted)
                is_full = admission.is_full(session, queue)
        if before is not None:
            return self._again(database, wanted, before)
        header = check_header(wanted.file, checked)
        if is_full:  # the file need not be stored to find that out
            raise ServiceError(QUEUE_FULL, limit=queue.seats)
        submitted = self._create(caller, wanted, checked.request, header, key)
        if submitted.is_new:
            self._stores.work.hint(caller.munchkin_id)  # before the event wakes this node's workers
            self._emit(JobQueued(caller.munchkin_id, submitted.job.batch_id, form.file_bytes))
        return submitted

    def _again(self, database: Database, wanted: ParsedForm, before: MadeBefore) -> Submitted:
        """Return what the same request made before; raises `ServiceError` 1003 for another one."""
        made = before.confirmed(fingerprint_of(wanted, look_through(wanted).sha256))
        with database.read() as session:
            return submitted_of(session, made, is_new=False)

    def _create(
        self,
        caller: Caller,
        wanted: ParsedForm,
        request: ImportRequest,
        header: Header,
        key: RequestKey | None,
    ) -> Submitted:
        """Store the file and queue its job, unless a request of the same key is doing so this moment."""
        seen, size = look_through(wanted), wanted.file_bytes
        fingerprint = fingerprint_of(wanted, seen.sha256)
        origin = origin_of(caller, wanted, seen, fingerprint)

        def create() -> int:
            issue_bytes = caller.limits.issue_bytes_of(size)
            upload = Upload(
                new.keep(session), header.text, size, issue_bytes, seen.invalid_from, seen.has_slashes
            )
            now, queue = self._time.now(caller.munchkin_id), queue_of(wanted.kind, caller.limits)
            return admission.admit(session, request, upload, now, queue, origin)

        database = self._stores.subscription(caller.munchkin_id)
        with uploads.prepared(database, wanted.file, size) as new, database.write() as session:
            made, is_new = once(session, key, fingerprint, create)
            return submitted_of(session, made, is_new=is_new)


def submitted_of(session: Session, made: Made, *, is_new: bool) -> Submitted:
    """Return a job that was made, now or before, whatever has become of it."""
    found = jobs.find_shown(session, int(made), created_after=-1)
    assert found is not None, "a key goes with its job"
    return Submitted(found.job, is_new, found.undone_by)


def queue_of(kind: JobKind, limits: Limits) -> Queue:
    """Return the queue in which jobs of a kind stand."""
    return Queue(SHARED_QUEUE if limits.shared_queue else kind.value, limits.jobs_queued_max)
