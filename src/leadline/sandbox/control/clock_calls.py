"""Control calls: a subscription's time stands, goes forward, or flows faster."""

from functools import partial
from typing import Annotated, Any

from pydantic import Field

from leadline.sandbox.control.endpoint import ControlCall, ControlRoute, Fields
from leadline.sandbox.control.refusal import ControlError
from leadline.sandbox.durations import instant_ms, render_ms, seconds_of
from leadline.sandbox.jobs.waiting_threads import in_waiting_thread
from leadline.sandbox.sandbox import Sandbox
from leadline.sandbox.subscription import SandboxSubscription

_RATE_MAX = 100_000


class ClockChange(Fields):
    """What the clock is to do: one of four."""

    freeze: str | None = None
    advance: str | None = None
    rate: Annotated[float, Field(gt=0, le=_RATE_MAX, allow_inf_nan=False)] | None = None
    run: bool | None = None


async def change(call: ControlCall, fields: ClockChange) -> object:
    """Change the clock; answers when all that fell due is done."""
    subscription = call.subscription
    given = fields.model_dump(exclude_none=True)
    if len(given) != 1 or fields.run is False:
        raise ControlError("Give one of freeze, advance, rate and run: true.")
    try:
        if fields.freeze is not None:
            work = partial(_freeze, call.sandbox, subscription, instant_ms(fields.freeze))
        elif fields.advance is not None:
            work = partial(_advance, call.sandbox, subscription, seconds_of(fields.advance))
        else:
            subscription.clock.flow(fields.rate or 1.0)
            return _shown(subscription, [])
        held = await in_waiting_thread(work)
    except ValueError as error:
        raise ControlError(f"{next(iter(given))}: {error}.") from error
    return _shown(subscription, held)


async def show(call: ControlCall, fields: None) -> object:
    """Return what the clock shows, and how it flows."""
    return _shown(call.subscription, [])


def _freeze(sandbox: Sandbox, subscription: SandboxSubscription, now_ms: int) -> list[int]:
    """Let the clock stand at an instant; it goes back only where no job is under way, and tokens live on."""
    held: list[int] = []
    if now_ms >= subscription.clock.now_ms():
        held = sandbox.steps.settle(subscription)
        subscription.clock.freeze(now_ms)
    elif under_way := sandbox.steps.unfinished(subscription):
        raise ControlError(
            f"The clock cannot go back while a job is under way: job {under_way[0].batch_id} is "
            f"{under_way[0].status}. Let it finish, or reset the subscription.",
            409,
        )
    else:
        sandbox.tokens.keep_lives(subscription.munchkin_id, partial(subscription.clock.freeze, now_ms))
    sandbox.upkeep(subscription.munchkin_id)
    return held


def _advance(sandbox: Sandbox, subscription: SandboxSubscription, seconds: float) -> list[int]:
    """Set the clock forward when the jobs that get on by themselves are done; return those that do not."""
    held = sandbox.steps.settle(subscription)
    subscription.clock.advance(seconds)
    sandbox.upkeep(subscription.munchkin_id)
    return held


def _shown(subscription: SandboxSubscription, held: list[int]) -> dict[str, Any]:
    rate = subscription.clock.rate
    now = render_ms(subscription.clock.now_ms())
    return {"now": now, "frozen": rate == 0, "rate": rate, "held": held}


ROUTES = (
    ControlRoute("POST", "subscriptions/{id}/clock", "Change its time", change, ClockChange),
    ControlRoute("GET", "subscriptions/{id}/clock", "What time it is there", show),
)
