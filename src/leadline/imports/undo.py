"""Use case: take a job back (`docs/how-to/undo-an-import.md`)."""

from dataclasses import replace

from leadline.errors import CANNOT_BE_UNDONE, NOTHING_TO_TAKE_BACK, OBJECT_NOT_FOUND, ServiceError
from leadline.events import Emit, JobQueued
from leadline.imports.fingerprint import digest_of
from leadline.imports.previews import ASKED_OTHERWISE, SubmittedPreview
from leadline.imports.resubmission import made_before, once
from leadline.imports.submit import Submitted, queue_of
from leadline.merging.targets import open_partitions
from leadline.merging.undo_types import is_type_deleted
from leadline.model.callers import Caller, PartitionScope
from leadline.model.dataclass import dataclass
from leadline.model.jobs import ImportRequest, Job, Origin, Purpose, Status
from leadline.model.listed_jobs import ShownJob
from leadline.model.previews import NewPreview, PreviewKind
from leadline.model.records import WRITING_OUTCOMES
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import admission, catalog, change_log, jobs, lists, previews, reports
from leadline.store.admission import Upload
from leadline.store.base import Session
from leadline.store.directory import Stores
from leadline.store.request_keys import RequestKey


@dataclass(frozen=True, slots=True)
class UndoRequest:
    """What a caller asks for: which job is to be taken back, and whether as a whole or not at all."""

    batch_id: int
    refuses_conflicts: bool = False

    @property
    def purpose(self) -> Purpose:
        """What a job is for that does it."""
        return Purpose(undoes=self.batch_id, refuses_conflicts=self.refuses_conflicts)

    def fingerprint(self, what: str = "undo") -> str:
        """Return what is the same for the same request to do something about the undo."""
        return digest_of(what, self.batch_id, self.refuses_conflicts)


@dataclass(frozen=True, slots=True)
class UndoOffer:
    """A job that somebody may want to take back.

    `until` is how long the log holds what it changed, None where it holds nothing; `obstacle` is why the job
    cannot be taken back now, None where it can.
    """

    shown: ShownJob
    until: int | None
    obstacle: ServiceError | None


class Undos:
    """Takes undos into the queue; workers do the rest."""

    def __init__(self, stores: Stores, time: SubscriptionTime, emit: Emit) -> None:
        self._stores = stores
        self._time = time
        self._emit = emit

    def original(self, caller: Caller, batch_id: int) -> Job:
        """Return the job that is to be taken back, be it past its days; raises `ServiceError` 1013."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return _found(session, batch_id)

    def offer(self, caller: Caller, batch_id: int) -> UndoOffer:
        """Return whether a job can be taken back, be it past its days; raises `ServiceError` 1013."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            shown = jobs.find_shown(session, batch_id, created_after=-1)
            if shown is None:
                raise ServiceError(OBJECT_NOT_FOUND)
            obstacle = None
            try:
                _sets_to_take_back(session, caller, shown.job)
            except ServiceError as refusal:
                obstacle = refusal
        return UndoOffer(shown, shown.undo_until(caller.limits.history_days), obstacle)

    def undo(self, caller: Caller, wanted: UndoRequest, key: RequestKey | None = None) -> Submitted:
        """Queue an undo of a job, or return the one that has taken back all that can be.

        Raises `ServiceError` 1003 with the reason why it cannot be, 1013, or 1019 when its list is busy.
        """
        database = self._stores.subscription(caller.munchkin_id)
        with database.read() as session:
            before = made_before(session, key)
            if before is not None:
                made = _found(session, int(before.confirmed(wanted.fingerprint())))
                return Submitted(made, is_new=False)
            original = _found(session, wanted.batch_id)
            sets = _sets_to_take_back(session, caller, original)
            stands = _undo_that_stands(session, caller, wanted, original)
            seen = {each.batch_id for each in _finished_undos(session, original)}

        def make() -> int:
            admission.lock(session)  # of two that ask at once the second finds what the first has queued
            finished = _finished_undos(session, original)
            new = (each for each in finished if each.batch_id not in seen and not _has_left(each))
            known = _unfinished(session, caller, wanted, original) or next(new, stands)
            return known.batch_id if known else self._queue(session, caller, wanted, original, sets)

        with database.write() as session:
            made_id, is_new = once(session, key, wanted.fingerprint(), make)
            job = _found(session, int(made_id))
        if not job.finished:
            self._stores.work.hint(caller.munchkin_id)  # before the event wakes this node's workers
            self._emit(JobQueued(caller.munchkin_id, job.batch_id, 0))
        return Submitted(job, is_new)

    def foresee(self, caller: Caller, wanted: UndoRequest, key: RequestKey | None = None) -> SubmittedPreview:
        """Keep a request to show what an undo would do; raises `ServiceError` as `undo` does, but no 1019."""
        now, fingerprint = self._time.now(caller.munchkin_id), wanted.fingerprint("preview of undo")

        def make() -> str:
            original = _found(session, wanted.batch_id)
            _sets_to_take_back(session, caller, original)
            new = NewPreview(
                PreviewKind.UNDO,
                _request(session, caller, original),
                replace(Origin.of(caller), fingerprint=wanted.fingerprint()),
                undoes=original.batch_id,
                refuses_conflicts=wanted.refuses_conflicts,
            )
            return previews.add(session, new, now).preview_id

        with self._stores.subscription(caller.munchkin_id).write() as session:
            made, is_new = once(session, key, fingerprint, make)
            preview = previews.find(session, str(made), now)
        assert preview is not None, "a key goes with its preview"
        return SubmittedPreview(preview, is_new)

    def _queue(self, session: Session, caller: Caller, wanted: UndoRequest, original: Job, sets: int) -> int:
        request, purpose = _request(session, caller, original), wanted.purpose
        queue, now = queue_of(original.request.kind, caller.limits), self._time.now(caller.munchkin_id)
        upload = Upload("", "", sets, 0, has_slashes=False)
        return admission.admit(session, request, upload, now, queue, Origin.of(caller), purpose)


def _found(session: Session, batch_id: int) -> Job:
    found = jobs.find(session, batch_id, created_after=-1)
    if found is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    return found


def _unfinished(session: Session, caller: Caller, wanted: UndoRequest, original: Job) -> Job | None:
    """Return the undo of a job that waits or is under way, None when there is none.

    Raises `ServiceError` 1003 where that one does something else than is asked for.
    """
    found = next((each for each in jobs.undos_of(session, original.batch_id) if not each.finished), None)
    if found is None:
        return None
    opened = open_partitions(caller, catalog.partitions(session))
    if (found.purpose, found.request.partition_scope.opened) != (wanted.purpose, opened):
        raise _refusal(original, ASKED_OTHERWISE.format(batch_id=found.batch_id))
    return found


def _finished_undos(session: Session, original: Job) -> list[Job]:
    """Return the undos of a job that have not failed, the newest first."""
    return [each for each in jobs.undos_of(session, original.batch_id) if each.status is Status.COMPLETE]


def _has_left(undo: Job) -> bool:
    return bool(undo.kept or undo.partly)


def _undo_that_stands(session: Session, caller: Caller, wanted: UndoRequest, original: Job) -> Job | None:
    """Return the newest undo of a job where another one would do nothing, else None.

    One that has left nothing, and that nobody has begun to take back, is not judged anew. Where anything is
    still kept, an undo that refuses that does something: it fails.
    """
    complete = _finished_undos(session, original)
    if not complete:
        return None
    last = complete[0]
    if not _has_left(last) and not jobs.undos_of(session, last.batch_id):
        return last
    return None if _does_anything(session, caller, wanted, original) else last


def _does_anything(session: Session, caller: Caller, wanted: UndoRequest, original: Job) -> bool:
    from leadline.merging.undo_judge import begin_undo, foresee_undo  # brings the data-frame library

    opened = open_partitions(caller, catalog.partitions(session))
    undoing, sets = begin_undo(session, original.batch_id, opened)
    judged = foresee_undo(session, undoing, sets)
    return any(each.takes_back or (wanted.refuses_conflicts and each.kept.height) for each in judged)


def _sets_to_take_back(session: Session, caller: Caller, job: Job) -> int:
    """Return how many change sets a job made; raises `ServiceError` 1003 where it cannot be undone."""
    if not caller.limits.keeps_log:
        raise _refusal(job, "this server keeps no changes (LIMITS__HISTORY_DAYS is 0)")
    if not job.finished:
        raise _refusal(job, "it has not finished")
    sets = change_log.sets_of_job(session, job.batch_id)
    logged = {each.origin.first_row for each in sets}
    for first_row in reports.ledger_rows(session, job.batch_id):
        if first_row not in logged and _has_written(session, job, first_row):
            raise _refusal(job, "what it changed is not kept, or no longer")
    if not sets:
        raise ServiceError(NOTHING_TO_TAKE_BACK)
    if is_type_deleted(session, job, sets):
        raise _refusal(job, f"the custom object {job.request.object_type} was deleted")
    return len(sets)


def _refusal(job: Job, reason: str) -> ServiceError:
    return ServiceError(CANNOT_BE_UNDONE, batch_id=job.batch_id, reason=reason)


def _has_written(session: Session, job: Job, first_row: int) -> bool:
    """Tell whether a chunk of a job has changed any record, as its ledger has it."""
    from leadline.engine.ledger import read_ledger

    block = reports.ledger_block(session, job.batch_id, first_row)
    outcomes = read_ledger(block, first_row)["outcome"].unique().to_pylist() if block else []
    return not WRITING_OUTCOMES.isdisjoint(outcomes)


def _request(session: Session, caller: Caller, job: Job) -> ImportRequest:
    """Return what the undo of a job works on: what the job did, within what is open to who asks."""
    asked = job.request
    list_id = asked.list_id
    if list_id is not None and lists.find_list(session, list_id) is None:
        list_id = None
    return ImportRequest(
        object_type=asked.object_type,
        file_format=asked.file_format,
        key=asked.key,
        list_id=list_id,
        partition_scope=PartitionScope(opened=open_partitions(caller, catalog.partitions(session))),
        program_id=asked.program_id,
        program_status=asked.program_status,
        rules=caller.rules,
    )
