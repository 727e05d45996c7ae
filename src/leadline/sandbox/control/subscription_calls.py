"""Control calls: subscriptions are made and removed."""

import asyncio
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from leadline.sandbox.control.endpoint import ControlCall, ControlRoute, Fields
from leadline.subscriptions.file import document_of


class NewSubscription(Fields):
    """What a new subscription is to be."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    setup: str | dict[str, Any] | None = None
    original: bool = False
    limits: dict[str, Any] | None = None
    rules: dict[str, Any] | None = None


async def make_one(call: ControlCall, fields: NewSubscription) -> object:
    """Make a subscription with credentials of its own."""
    setup = document_of(fields.setup, "setup") if isinstance(fields.setup, str) else fields.setup
    make = partial(
        call.sandbox.make,
        fields.name,
        setup,
        original=fields.original,
        limits=fields.limits,
        rules=fields.rules,
    )
    made = await asyncio.to_thread(make)
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
    await asyncio.to_thread(call.sandbox.remove, call.subscription)
    return {}


ROUTES = (
    ControlRoute("POST", "subscriptions", "Make a subscription of one's own", make_one, NewSubscription),
    ControlRoute("DELETE", "subscriptions/{id}", "Remove it with its files", remove, replaces=True),
)
