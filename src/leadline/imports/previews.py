"""Use case: what an import would do, asked before it is done, and done as it was shown."""

from dataclasses import replace

from leadline.errors import (
    CANNOT_BE_UNDONE,
    OBJECT_NOT_FOUND,
    PARTITION_DENIED,
    PREVIEW_NOT_READY,
    ServiceError,
)
from leadline.events import Emit, JobQueued, PreviewQueued
from leadline.imports.fingerprint import digest_of, fingerprint_of
from leadline.imports.requests import ImportForm, check_form, parse_form
from leadline.imports.resubmission import RequestKey, made_before, once
from leadline.imports.submit import Submitted, queue_of, submitted_of
from leadline.imports.uploaded_file import check_header, look_through, origin_of
from leadline.merging.targets import open_partitions
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import ImportRequest, JobKind, Origin, Purpose
from leadline.model.previews import NewPreview, Preview, PreviewedFile, PreviewKind, PreviewStatus
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import admission, catalog, previews, uploads
from leadline.store.admission import Upload
from leadline.store.base import Session
from leadline.store.directory import Stores
from leadline.store.request_keys import Made


@dataclass(frozen=True, slots=True)
class SubmittedPreview:
    """A preview, and whether it is new; else the same request asked for it before."""

    preview: Preview
    is_new: bool


class Previews:
    """The previews of each subscription."""

    def __init__(self, stores: Stores, time: SubscriptionTime, emit: Emit) -> None:
        self._stores = stores
        self._time = time
        self._emit = emit

    def submit(self, caller: Caller, form: ImportForm, key: RequestKey | None = None) -> SubmittedPreview:
        """Keep a file that is to be foreseen; its checks are those of an import, but it takes no seat."""
        wanted = parse_form(form)
        database = self._stores.subscription(caller.munchkin_id)
        with database.read() as session:
            before = made_before(session, key)
            if before is None:
                checked = check_form(session, caller, wanted)
        if before is not None:
            fingerprint = fingerprint_of(wanted, look_through(wanted).sha256)
            made = before.confirmed(_of_preview(fingerprint))
            with database.read() as session:
                return SubmittedPreview(self._known(session, caller, made), is_new=False)
        header = check_header(wanted.file, checked)
        seen = look_through(wanted)
        fingerprint = fingerprint_of(wanted, seen.sha256)
        origin = origin_of(caller, wanted, seen, fingerprint)
        issue_bytes = caller.limits.issue_bytes_of(wanted.file_bytes)

        def keep() -> str:
            admission.refuse_same(session, checked.request, origin)
            file = PreviewedFile(
                header.text,
                upload.keep(session),
                wanted.file_bytes,
                issue_bytes,
                seen.invalid_from,
                seen.has_slashes,
            )
            new = NewPreview(PreviewKind.IMPORT, checked.request, origin, file)
            return previews.add(session, new, self._time.now(caller.munchkin_id)).preview_id

        file, size = wanted.file, wanted.file_bytes
        with uploads.prepared(database, file, size) as upload, database.write() as session:
            made, is_new = once(session, key, _of_preview(fingerprint), keep)
            preview = self._known(session, caller, made)
        if is_new:
            self.tell(caller.munchkin_id, preview)
        return SubmittedPreview(preview, is_new)

    def tell(self, munchkin_id: str, preview: Preview) -> None:
        """Tell the workers of a preview that was kept a moment ago."""
        self._stores.work.hint(munchkin_id)  # before the event wakes this node's workers
        self._emit(PreviewQueued(munchkin_id, preview.preview_id))

    def one(self, caller: Caller, preview_id: str) -> Preview:
        """Return a preview of the caller; raises `ServiceError` 1013 for one of somebody else's.

        Who has all permissions sees those of others too.
        """
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return self._known(session, caller, preview_id)

    def _known(self, session: Session, caller: Caller, preview_id: Made) -> Preview:
        found = previews.find(session, str(preview_id), self._time.now(caller.munchkin_id))
        if found is None:
            raise ServiceError(OBJECT_NOT_FOUND)
        if caller.permissions is not None and found.wanted.origin.client_id != caller.client_id:
            raise ServiceError(OBJECT_NOT_FOUND)
        return found

    def apply(
        self,
        caller: Caller,
        preview_id: str,
        *,
        accepts_drift: bool,
        refuses_conflicts: bool = False,
        key: RequestKey | None = None,
    ) -> Submitted:
        """Queue the job that does what a preview has shown, or return the one that was queued before.

        An undo that `refuses_conflicts` takes back everything or nothing, whatever its preview was asked for.
        One that has failed was whole, so it has done nothing: there is a new one where it was cancelled, and
        for a caller who asks for another, which accepts the drift or conflicts.
        Raises `ServiceError` 1003 for a preview that is not ready, 1019 while its list is busy.
        """
        now, database = self._time.now(caller.munchkin_id), self._stores.subscription(caller.munchkin_id)
        fingerprint, is_new = digest_of("apply", preview_id, accepts_drift, refuses_conflicts), False

        def queue() -> int:
            nonlocal is_new
            admission.lock(session)
            preview, last = self._known(session, caller, preview_id), previews.last_apply(session, preview_id)
            undoes, refuses = preview.wanted.undoes, refuses_conflicts or preview.wanted.refuses_conflicts
            if last is not None and not last.finished and last.refuses_conflicts != refuses:
                reason = ASKED_OTHERWISE.format(batch_id=last.batch_id)
                raise ServiceError(CANNOT_BE_UNDONE, batch_id=undoes, reason=reason)
            if last is not None and last.stands(refuses_conflicts=refuses, accepts_drift=accepts_drift):
                return last.batch_id
            if preview.status is not PreviewStatus.READY:
                raise ServiceError(PREVIEW_NOT_READY, status=preview.status)
            is_new = True
            purpose = Purpose(undoes, refuses, preview_id, accepts_drift)
            return _admit(session, caller, preview, purpose, now)

        with database.write() as session:
            made, is_first = once(session, key, fingerprint, queue)
            submitted = submitted_of(session, made, is_new=is_new and is_first)
        if submitted.is_new:
            self._stores.work.hint(caller.munchkin_id)
            self._emit(JobQueued(caller.munchkin_id, submitted.job.batch_id, submitted.job.file_bytes))
        return submitted


def _admit(session: Session, caller: Caller, preview: Preview, purpose: Purpose, now: int) -> int:
    wanted, file = preview.wanted, preview.wanted.file
    request = wanted.request if wanted.request.kind is JobKind.OBJECT else _narrowed(session, caller, preview)
    upload = Upload("", "", 0, 0)
    if file is not None:
        seen = (file.invalid_from, file.has_slashes)
        upload = Upload(file.upload, file.header, file.file_bytes, file.issue_bytes, *seen)
    asked = wanted.origin
    origin = Origin(
        caller.client_id,
        caller.credential,
        caller.user,
        asked.file_name,
        asked.file_sha256,
        asked.fingerprint,
    )
    queue = queue_of(wanted.request.kind, caller.limits)
    batch_id = admission.admit(session, request, upload, now, queue, origin, purpose)
    previews.note_apply(session, preview.preview_id, batch_id)
    return batch_id


def _narrowed(session: Session, caller: Caller, preview: Preview) -> ImportRequest:
    """Return what a preview has shown within the partitions that are open to who applies it.

    What is closed to him then acts differently than it was shown. Raises `ServiceError` 1008 where new
    people would come into a closed partition.
    """
    wanted, partitions = preview.wanted.request, catalog.partitions(session)
    scope, opened = wanted.partition_scope, open_partitions(caller, partitions)
    if opened is None:
        return wanted
    if preview.wanted.undoes is None and scope.home not in opened:
        names = {each.id: each.name for each in partitions}
        raise ServiceError(PARTITION_DENIED, name=names[scope.home])
    both = opened if scope.opened is None else opened & scope.opened
    return replace(wanted, partition_scope=replace(scope, opened=both))


ASKED_OTHERWISE = "job {batch_id}, asked for otherwise, takes it back already"
"""Why a job cannot be undone of which an undo waits or is under way that does something else."""


def _of_preview(fingerprint: str) -> str:
    """Return the fingerprint of a request to foresee what another one asks for."""
    return digest_of("preview", fingerprint)
