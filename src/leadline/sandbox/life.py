"""Control calls: subscriptions are made and removed."""

import asyncio
from functools import partial
from typing import Any

from leadline.sandbox.control import ControlCall, ControlRoute, Fields


class NewSubscription(Fields):
    """What a new subscription is to be."""

    name: str | None = None
    setup: dict[str, Any] | None = None
    original: bool = False


async def make(call: ControlCall, fields: NewSubscription) -> object:
    """Make a subscription with credentials of its own."""
    sandbox = call.sandbox
    made = await asyncio.to_thread(partial(sandbox.make, fields.name, fields.setup, original=fields.original))
    first = made.logins[0]
    return {
        "id": made.munchkin_id,
        "munchkinId": made.munchkin_id,
        "url": call.url,
        "clientId": first.client_id,
        "clientSecret": first.client_secret,
        "credentials": [
            {"name": each.name, "clientId": each.client_id, "clientSecret": each.client_secret}
            for each in made.logins
        ],
    }


async def remove(call: ControlCall, fields: None) -> object:
    """Remove a subscription with its files."""
    subscription = call.subscription
    async with subscription.in_flight.kept_out():
        await asyncio.to_thread(call.sandbox.remove, subscription)
    return {}


ROUTES = (
    ControlRoute("POST", "subscriptions", "Make a subscription of one's own", make, NewSubscription),
    ControlRoute("DELETE", "subscriptions/{id}", "Remove it with its files", remove),
)
