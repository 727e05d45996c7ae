"""A call whose subscription is changed under it says so, whatever the absence of its store looked like."""

import asyncio
import json

import pytest
from starlette.types import Message

from leadline.sandbox.calls.calls_in_flight import CallsInFlight
from leadline.sandbox.calls.overtaken import saying_overtaken
from leadline.sandbox.faults.operations import Asked

ASKED = Asked(None, "/bulk/v1/leads.json", "POST", "/bulk/v1/leads.json", {})


def answered(code: str, *, changes: int) -> tuple[str, str]:
    """Let a call end with a code when its subscription was changed so often; return what its client reads."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    async def call() -> None:
        in_flight = CallsInFlight()
        scope = {"type": "http", "method": "POST", "headers": [], "leadline.code": code}
        answer = saying_overtaken(in_flight, ASKED, scope, receive, send)
        in_flight.changes += changes
        body = json.dumps({"errors": [{"code": code, "message": "its own"}]}).encode()
        await answer({"type": "http.response.start", "status": 200, "headers": []})
        await answer({"type": "http.response.body", "body": body})

    asyncio.run(call())
    (error,) = json.loads(b"".join(each.get("body", b"") for each in sent))["errors"]
    return error["code"], error["message"]


@pytest.mark.parametrize("code", ["601", "608", "611", "713"])
def test_what_a_store_that_is_gone_looks_like(code: str) -> None:
    """A call that is slow to ask for its token finds it unknown, when the subscription was removed."""
    told, message = answered(code, changes=1)
    assert (told, "was reset or removed" in message) == ("713", True)


@pytest.mark.parametrize(("code", "changes"), [("601", 0), ("713", 0), ("1003", 1)])
def test_other_answers_are_left(code: str, changes: int) -> None:
    """An answer without a change, and one that a store has no part in, are the call's own."""
    assert answered(code, changes=changes) == (code, "its own")
