"""Steps of jobs that a test asks for, and waiting until workers have brought them about."""

from collections.abc import Callable

from leadline.errors import StoreBusyError, StoreFaultError
from leadline.imports.status import Jobs
from leadline.model.jobs import Job, Status
from leadline.model.rules import Limits
from leadline.sandbox.control.refusal import ControlError
from leadline.sandbox.jobs.progress import Reach
from leadline.sandbox.subscription import SandboxSubscription

_STEP_SECONDS = 30.0
_SETTLE_SECONDS = 60.0
_REACHED = {
    Reach.QUEUED: frozenset(Status),
    Reach.IMPORTING: frozenset(Status) - {Status.QUEUED},
    Reach.END: frozenset({Status.COMPLETE, Status.FAILED}),
}
_TO = {"Importing": Reach.IMPORTING, "Complete": Reach.END, "Failed": Reach.END}
_FAILED_BY_STEP = "Import failed, a step of the sandbox said so"


class JobSteps:
    """The jobs of a sandbox's subscriptions, as its control calls see and move them."""

    def __init__(self, jobs: Jobs, limits_of: Callable[[str], Limits]) -> None:
        self._jobs = jobs
        self._limits_of = limits_of

    def known(self, munchkin_id: str, batch_id: int) -> Job | None:
        """Return a job, be it past its days, or None."""
        return self._jobs.known(munchkin_id, batch_id)

    def all(self, subscription: SandboxSubscription) -> list[Job]:
        """Return all jobs, oldest first."""
        return self._jobs.all_of(subscription.munchkin_id)

    def unfinished(self, subscription: SandboxSubscription) -> list[Job]:
        """Return the jobs that wait or are imported, oldest first."""
        return self._jobs.unfinished(subscription.munchkin_id)

    def step(self, subscription: SandboxSubscription, batch_id: int, to: str, message: str | None) -> Job:
        """Bring a job to a status; answers when it is there. Raises `ControlError`."""
        job = self._held(subscription, batch_id)
        if to == Status.IMPORTING and job.status is Status.IMPORTING:
            return job
        failure = (message or _FAILED_BY_STEP) if to == Status.FAILED else None
        subscription.progress.let(batch_id, _TO[to], failure)
        moved = self._wait_for(subscription, batch_id, _TO[to])
        if moved is None:
            raise _unknown(batch_id)
        if moved.status not in _REACHED[_TO[to]]:
            subscription.progress.let(batch_id, Reach.QUEUED)
            raise ControlError(self._why_not(subscription, moved), 409)
        return moved

    def _wait_for(self, subscription: SandboxSubscription, batch_id: int, reach: Reach) -> Job | None:
        """Wait until a job is that far, or is known not to get there; return it as it stands.

        A reset may take it away meanwhile.
        """
        found: list[Job] = []

        @_while_replaced
        def is_there() -> bool:
            job = self._jobs.known(subscription.munchkin_id, batch_id)
            if job is None:
                return True
            found[:] = [job]
            if job.status is Status.IMPORTING and subscription.progress.stands(batch_id, job.next_row):
                return True
            return job.status in _REACHED[reach] or self._is_shut_out(subscription, job)

        subscription.progress.wait_until(is_there, _STEP_SECONDS)
        return found[0] if found else None

    def poll(self, subscription: SandboxSubscription, batch_id: int, *, only_undos: bool) -> bool:
        """Let a job get as far as its next poll is to show, where there is a place for it.

        Tells whether the poll was counted; one of a job that is unknown or finished is not, nor one of an
        import where `only_undos` says so.
        """
        job = self._jobs.known(subscription.munchkin_id, batch_id)
        if job is None or job.finished or (only_undos and job.purpose.undoes is None):
            return False
        self._wait_for(subscription, batch_id, subscription.progress.polled(batch_id))
        return True

    def settle(self, subscription: SandboxSubscription) -> list[int]:
        """Wait until no job is left that gets on by itself; return those that do not."""
        left: list[Job] = []

        @_while_replaced
        def is_settled() -> bool:
            left[:] = self._jobs.unfinished(subscription.munchkin_id)
            moving = [each for each in left if not subscription.progress.holds(each.batch_id)]
            return all(self._is_shut_out(subscription, each) for each in moving)

        subscription.progress.wait_until(is_settled, _SETTLE_SECONDS)
        return [each.batch_id for each in left]

    def _held(self, subscription: SandboxSubscription, batch_id: int) -> Job:
        job = self._jobs.known(subscription.munchkin_id, batch_id)
        if job is None:
            raise _unknown(batch_id)
        if job.finished:
            raise ControlError(f"Job {batch_id} is {job.status} already; no step leads on from there.", 409)
        if not subscription.progress.holds(batch_id):
            raise ControlError(
                f"Job {batch_id} gets on by itself. Hold jobs before they are created: PUT jobs "
                '{"progress": "hold"}.',
                409,
            )
        return job

    def _is_shut_out(self, subscription: SandboxSubscription, job: Job) -> bool:
        """Tell whether jobs that stand still take all places of its queue among those that are imported."""
        if job.status is not Status.QUEUED:
            return False
        limits = self._limits_of(subscription.munchkin_id)
        held = [
            each
            for each in self._jobs.unfinished(subscription.munchkin_id)
            if each.status is Status.IMPORTING
            and subscription.progress.holds(each.batch_id)
            and (limits.shared_queue or each.request.kind is job.request.kind)
        ]
        return len(held) >= limits.jobs_importing_max

    def _why_not(self, subscription: SandboxSubscription, job: Job) -> str:
        if self._is_shut_out(subscription, job):
            return (
                f"Job {job.batch_id} stays Queued: as many jobs as may be Importing at once stand still. "
                "Step one of them on first."
            )
        return f"Job {job.batch_id} is still {job.status}; no worker has moved it on."


def _while_replaced(is_so: Callable[[], bool]) -> Callable[[], bool]:
    """Let a question about a store wait while a reset puts another in its place."""

    def asked() -> bool:
        try:
            return is_so()
        except (StoreBusyError, StoreFaultError):
            return False

    return asked


def _unknown(batch_id: int) -> ControlError:
    return ControlError(f"There is no job {batch_id}.", 404)
