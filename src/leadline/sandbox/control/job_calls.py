"""Control calls: how jobs get on, and single steps of them."""

import asyncio
from collections.abc import Iterable
from typing import Any, Literal

from leadline.model.jobs import Job
from leadline.sandbox.control.endpoint import ControlCall, ControlRoute, Fields
from leadline.sandbox.control.refusal import ControlError
from leadline.sandbox.faults.messages import job_message
from leadline.sandbox.jobs.waiting_threads import in_waiting_thread
from leadline.sandbox.subscription import SandboxSubscription


class JobsChange(Fields):
    """How jobs get on from now on."""

    progress: str


class JobStep(Fields):
    """Where a job is to go, and with which message it fails."""

    to: Literal["Importing", "Complete", "Failed"]
    message: str | None = None


async def change(call: ControlCall, fields: JobsChange) -> object:
    """Say how jobs get on: by themselves, by polls, or step by step."""
    subscription = call.subscription
    try:
        subscription.progress.set_mode(fields.progress)
    except ValueError as error:
        raise ControlError(f"{error}.") from error
    return _progress(subscription, await asyncio.to_thread(call.sandbox.steps.unfinished, subscription))


async def show(call: ControlCall, fields: None) -> object:
    """Return how jobs get on, which are held, and all of them."""
    jobs = await asyncio.to_thread(call.sandbox.steps.all, call.subscription)
    return _progress(call.subscription, jobs) | {"jobs": [_shown(each) for each in jobs]}


def _progress(subscription: SandboxSubscription, jobs: Iterable[Job]) -> dict[str, Any]:
    progress = subscription.progress
    held = [_shown(each) for each in jobs if not each.finished and progress.holds(each.batch_id)]
    return {"progress": progress.mode, "held": held}


async def step(call: ControlCall, fields: JobStep) -> object:
    """Bring a held job to a status; answers when it is there."""
    subscription, batch_id = call.subscription, call.path["batchId"]
    if not batch_id.isascii() or not batch_id.isdecimal() or len(batch_id) > 18:
        raise ControlError(f"There is no job {batch_id}; the ids of jobs are numbers.", 404)
    _refuse_message(fields)
    job = await in_waiting_thread(
        call.sandbox.steps.step, subscription, int(batch_id), fields.to, fields.message
    )
    return _shown(job)


def _refuse_message(fields: JobStep) -> None:
    if fields.message is None:
        return
    if fields.to != "Failed":
        raise ControlError(f"message: only a job that goes to Failed takes one, not one that is {fields.to}.")
    try:
        job_message(fields.message)
    except ValueError as error:
        raise ControlError(f"message: {error}.") from error


def _shown(job: Job) -> dict[str, Any]:
    return {
        "batchId": job.batch_id,
        "kind": job.request.kind,
        "status": job.status,
        "processed": job.processed,
        "failed": job.failed,
        "warned": job.warned,
        "message": job.message,
    }


ROUTES = (
    ControlRoute("PUT", "subscriptions/{id}/jobs", "How its jobs get on", change, JobsChange),
    ControlRoute("GET", "subscriptions/{id}/jobs", "How they get on, which are held, and all of them", show),
    ControlRoute(
        "POST", "subscriptions/{id}/jobs/{batchId}/step", "Bring a held job to a status", step, JobStep
    ),
)
