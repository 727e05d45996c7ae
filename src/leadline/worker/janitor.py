"""Upkeep: rescue what dead workers held, purge what is past its days (contract §2.4, queue §7, §9)."""

from leadline.config import Settings
from leadline.events import ChangesPurged, Emit, JobRescued, JobsPurged
from leadline.merging.unreached import keep_unreached, marks_before_last_try
from leadline.model.jobs import Status
from leadline.model.rules import Limits
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import (
    change_log,
    claimed_jobs,
    drafts,
    job_hours,
    job_purge,
    previews,
    upload_upkeep,
    uploads,
)
from leadline.store.claimed_jobs import ClaimedJob
from leadline.store.directory import Stores

_DAY_SECONDS = 86_400
_PORTION_JOBS = 100
_PORTION_SETS = 20
_ALWAYS = 2**62
"""An instant that is never reached."""


class Janitor:
    """Runs in each worker, between two jobs."""

    def __init__(self, stores: Stores, time: SubscriptionTime, settings: Settings, emit: Emit) -> None:
        self._stores = stores
        self._time = time
        self._lease_seconds = settings.times.lease_seconds
        self._emit = emit

    def rescue(self, munchkin_id: str, suspects: list[ClaimedJob]) -> int:
        """Put jobs of dead workers back into the queue, or fail them after their last attempt.

        Returns how many jobs moved.
        """
        moved = 0
        for each in suspects:
            if not self._stores.is_abandoned(munchkin_id, each, self._lease_seconds):
                continue
            long_silent = self._stores.is_abandoned(munchkin_id, each, 2 * self._lease_seconds)
            database = self._stores.subscription(munchkin_id)
            marks = marks_before_last_try(database, each)
            with database.write() as session:
                status = claimed_jobs.rescue(session, each, self._time.now(munchkin_id))
                if status is Status.FAILED:
                    keep_unreached(session, each.batch_id, marks)
                if status is None and long_silent:
                    claimed_jobs.end_silent_holder(session, each)
            if status is not None:
                moved += 1
                self._emit(JobRescued(munchkin_id, each.batch_id, status.value))
        return moved

    def upkeep(self, munchkin_id: str, limits: Limits) -> None:
        """Do for a store what must be done now and then."""
        self.purge(munchkin_id, limits)
        self.purge_previews(munchkin_id, limits.retention_days)
        self.purge_drafts(munchkin_id)
        self.purge_uploads(munchkin_id, limits.retention_days)
        upload_upkeep.remove_orphans(self._stores.subscription(munchkin_id))
        self.purge_days(munchkin_id)
        self.erase_deleted(munchkin_id)

    def purge(self, munchkin_id: str, limits: Limits) -> None:
        """Delete changes past their days, then finished jobs past theirs whose changes are gone.

        They go in portions, so that nothing else waits long for the write turn.
        """
        self._purge_changes(munchkin_id, limits.history_days)
        self._purge_jobs(munchkin_id, limits.retention_days)

    def _purge_changes(self, munchkin_id: str, history_days: int) -> None:
        database, now = self._stores.subscription(munchkin_id), self._time.now(munchkin_id)
        until = now - history_days * _DAY_SECONDS if history_days else _ALWAYS
        with database.read_once() as session:
            first = change_log.first_set(session)
        is_due = first is not None and first.at <= until
        while is_due:
            with database.write() as session:
                purged = change_log.purge(session, until, _PORTION_SETS)
            if purged:
                self._emit(ChangesPurged(munchkin_id, purged))
            is_due = purged == _PORTION_SETS

    def _purge_jobs(self, munchkin_id: str, retention_days: int) -> None:
        """Delete jobs with their issues and ledger."""
        database = self._stores.subscription(munchkin_id)
        until = self._time.now(munchkin_id) - retention_days * _DAY_SECONDS
        with database.read_once() as session:
            is_due = job_purge.any_expired(session, until)
        while is_due:
            with database.write() as session:
                purged = job_purge.purge(session, until, _PORTION_JOBS)
            if purged:
                self._emit(JobsPurged(munchkin_id, purged))
            is_due = purged == _PORTION_JOBS

    def purge_previews(self, munchkin_id: str, retention_days: int) -> None:
        """Let previews expire, and forget those past the days of jobs."""
        database, now = self._stores.subscription(munchkin_id), self._time.now(munchkin_id)
        until = now - retention_days * _DAY_SECONDS
        with database.read_once() as session:
            is_due = previews.is_any_due(session, until, now)
        if is_due:
            with database.write() as session:
                previews.purge(session, until, now)

    def purge_drafts(self, munchkin_id: str) -> None:
        """Delete the drafts of imports that are past their day."""
        database, now = self._stores.subscription(munchkin_id), self._time.now(munchkin_id)
        with database.read_once() as session:
            is_due = drafts.is_any_due(session, now)
        if is_due:
            with database.write() as session:
                drafts.expire(session, now)

    def purge_uploads(self, munchkin_id: str, retention_days: int) -> None:
        """Drop what is kept of files whose jobs are past their days, though the log may keep the jobs."""
        database = self._stores.subscription(munchkin_id)
        until = self._time.now(munchkin_id) - retention_days * _DAY_SECONDS
        with database.read_once() as session:
            due = uploads.expired(session, until)
        for batch_id in due:
            with database.write() as session:
                uploads.drop(session, batch_id)

    def purge_days(self, munchkin_id: str) -> None:
        """Forget the counts of days that are long past."""
        database, now = self._stores.subscription(munchkin_id), self._time.now(munchkin_id)
        with database.read_once() as session:
            is_due = job_hours.is_any_due(session, now)
        if is_due:
            with database.write() as session:
                job_hours.purge(session, now)

    def erase_deleted(self, munchkin_id: str) -> None:
        """Let nothing of deleted people stay behind in the store's files."""
        self._stores.subscription(munchkin_id).erase_deleted()

    def checkpoint(self, munchkin_id: str) -> None:
        """Let the store do its upkeep."""
        self._stores.subscription(munchkin_id).checkpoint(only_when_due=False)
