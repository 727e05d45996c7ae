"""Previews: one at a time in a subscription, after the imports that wait (`model/previews.py`)."""

import json
from collections.abc import Callable
from contextlib import suppress

from leadline import clock
from leadline.config import Settings
from leadline.errors import StoreBusyError, StoreFaultError, UploadDamagedError
from leadline.events import (
    Emit,
    PreviewClaimed,
    PreviewFinished,
    PreviewJudged,
    PreviewReassigned,
    PreviewRescued,
    StoreFailed,
)
from leadline.merging.import_target import NoLongerPossibleError
from leadline.model.job_gate import JobGate
from leadline.model.job_words import UPLOAD_DAMAGED
from leadline.model.previews import PREVIEW_BYTES_MAX, Preview, PreviewKind, PreviewStatus
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import previews, report_files
from leadline.store.base import Database, LostJobError
from leadline.store.directory import Stores
from leadline.store.previews import ClaimedPreview
from leadline.worker.judge_import import judge_import
from leadline.worker.judge_undo import judge_undo
from leadline.worker.preview_task import Findings, NothingToForeseeError, PreviewTask

JUDGES: dict[PreviewKind, Callable[[PreviewTask], Findings]] = {
    PreviewKind.IMPORT: judge_import,
    PreviewKind.UNDO: judge_undo,
}
"""What foresees each kind of preview."""

_BEATS = 10
"""So often within its lease a worker shows at most that it lives."""

_TOO_LARGE = "Preview failed, what it has found takes more than {limit} bytes"


class PreviewMaker:
    """Makes the previews that wait."""

    def __init__(
        self,
        stores: Stores,
        time: SubscriptionTime,
        settings: Settings,
        emit: Emit,
        worker_id: str,
        gate: JobGate,
    ) -> None:
        self._stores = stores
        self._gate = gate
        self._time = time
        self._settings = settings
        self._emit = emit
        self._worker_id = worker_id
        self._lease_seconds = settings.times.lease_seconds

    def make_one(self, munchkin_id: str) -> bool:
        """Make the oldest preview of a subscription that waits; return whether there was one.

        Raises `StoreBusyError` when its store cannot be used for now; the preview waits then.
        """
        database = self._stores.subscription(munchkin_id)
        with database.write() as session:
            preview = previews.claim(session, self._worker_id)
        if preview is None:
            return False
        self._emit(PreviewClaimed(munchkin_id, preview.preview_id, preview.attempt))
        try:
            self._make(munchkin_id, database, preview)
        except LostJobError:
            self._emit(PreviewReassigned(munchkin_id, preview.preview_id))
        except StoreBusyError:
            with suppress(LostJobError, StoreBusyError, StoreFaultError), database.write() as session:
                previews.release(session, preview)
            raise
        except StoreFaultError as error:
            why = type(error).__name__  # its text could hold a cell
            self._emit(StoreFailed(munchkin_id, f"{why} while making preview {preview.preview_id}"))
            self._count_the_try(munchkin_id, database, preview)
        return True

    def _make(self, munchkin_id: str, database: Database, preview: Preview) -> None:
        beaten = clock.monotonic()

        def beat() -> None:
            nonlocal beaten
            if self._gate.leaves(munchkin_id):
                raise LostJobError  # where the store stays, `rescue` finds the preview as this worker's own
            if clock.monotonic() - beaten > self._lease_seconds / _BEATS:
                with database.write() as session:
                    previews.beat(session, preview)
                beaten = clock.monotonic()

        now = self._time.now(munchkin_id)
        task = PreviewTask(munchkin_id, database, preview, self._settings, now, beat)
        try:
            findings = JUDGES[preview.wanted.kind](task)
        except (NoLongerPossibleError, NothingToForeseeError) as error:
            self._fail(munchkin_id, database, preview, str(error))
            return
        except UploadDamagedError:
            self._fail(munchkin_id, database, preview, f"Preview failed, {UPLOAD_DAMAGED}")
            return
        self._emit(PreviewJudged(munchkin_id, preview.preview_id, findings.rows))
        beat()
        files = {name: list(blocks) for name, blocks in findings.files.items()}
        if sum(len(block) for blocks in files.values() for block in blocks) > PREVIEW_BYTES_MAX:
            self._fail(munchkin_id, database, preview, _TOO_LARGE.format(limit=PREVIEW_BYTES_MAX))
            return
        with database.write() as session:
            kept = [report_files.keep(session, preview.preview_id, *each) for each in files.items()]
            report_files.keep_packed_marks(session, preview.preview_id, findings.marks)
            result = json.dumps(findings.result)
            previews.ready(session, preview, result, findings.version, sum(kept), now)
        self._emit(PreviewFinished(munchkin_id, preview.preview_id, PreviewStatus.READY.value))

    def _fail(self, munchkin_id: str, database: Database, preview: Preview, message: str) -> None:
        with database.write() as session:
            previews.fail(session, preview, message, self._time.now(munchkin_id))
        self._emit(PreviewFinished(munchkin_id, preview.preview_id, PreviewStatus.FAILED.value))

    def _count_the_try(self, munchkin_id: str, database: Database, preview: Preview) -> None:
        with suppress(StoreFaultError, StoreBusyError, LostJobError):
            with database.read() as session:
                held = previews.claimed(session)
            for each in held:
                if (each.preview_id, each.token) == (preview.preview_id, preview.token):
                    self._rescue(munchkin_id, each, "the store refused it")

    def rescue(self, munchkin_id: str, held: list[ClaimedPreview]) -> None:
        """Let previews of dead workers wait again, and those that are this worker's without its knowing."""
        for each in held:
            with suppress(LostJobError):
                if each.worker == self._worker_id:  # it could not be handed back, which is no try
                    with self._stores.subscription(munchkin_id).write() as session:
                        previews.release(session, each)
                elif self._stores.is_abandoned(munchkin_id, each, self._lease_seconds):
                    self._rescue(munchkin_id, each, "its worker died")

    def _rescue(self, munchkin_id: str, held: ClaimedPreview, why: str) -> None:
        with self._stores.subscription(munchkin_id).write() as session:
            status = previews.rescue(session, held, self._time.now(munchkin_id), why)
        self._emit(PreviewRescued(munchkin_id, held.preview_id, status.value))
