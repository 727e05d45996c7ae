"""Answers that are none of the API, or lack what a call is for: tried again, or unknown, and never a crash."""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from leadline.client import Exit, PushError
from leadline.client.calls import transport
from leadline.client.calls.errors import OutcomeUnknownError
from leadline.client.calls.server import Server, Tried, Upload
from leadline.client.calls.transport import Transport
from tests.push.calls.babble import babble
from tests.push.calls.test_tokens import StillClock

TOKEN = {"access_token": "t:x", "expires_in": 3600}
CREATED = {"success": True, "result": [{"batchId": 7, "status": "Queued"}]}
NESTED = b"[" * 100_000
"""Deeper than Python reads."""


def made(item: object) -> dict[str, object]:
    return {"success": True, "result": [item]}


def after(use: Callable[[Server], Awaitable[object]], **answers: object) -> Any:
    """Return what a call comes to where a server answers so."""
    told = {"token": TOKEN} | answers
    bodies = {
        f"{name}{'' if name == 'token' else '.json'}": body
        if isinstance(body, tuple)
        else (200, body if isinstance(body, bytes) else json.dumps(body).encode())
        for name, body in told.items()
    }

    async def work() -> object:
        transport = Transport(login, clock=StillClock())
        try:
            return await use(Server(transport))
        finally:
            await transport.close()

    with babble(bodies) as login:
        return asyncio.run(work())


def create(server: Server) -> Awaitable[object]:
    tried = Tried(lambda: None, lambda outcome: None, asyncio.Event())
    return server.create(Upload(io.BytesIO(b"email\na@b.c\n"), "csv", "crm-1"), tried)


@pytest.mark.parametrize(
    "token",
    [
        NESTED,
        b"<html>Log in</html>",
        TOKEN | {"access_token": None},
        TOKEN | {"access_token": ["t"]},
        TOKEN | {"access_token": "t\u00f6k"},
        TOKEN | {"access_token": ""},
        TOKEN | {"expires_in": "soon"},
        TOKEN | {"expires_in": None},
        TOKEN | {"expires_in": -50},
        b'{"access_token": "t", "expires_in": 1e999}',
    ],
)
def test_what_is_no_token_is_told_as_another_server(token: object) -> None:
    with pytest.raises(PushError, match=r"answers as no server of this API does .* munchkin id") as ended:
        after(Server.fields, token=token, describe2=made({}))
    assert ended.value.exit_code is Exit.UNFINISHED


@pytest.mark.parametrize("status", [302, 403, 404])
def test_a_page_in_place_of_the_api_is_no_refusal_of_the_credentials(status: int) -> None:
    with pytest.raises(PushError, match=rf"\(HTTP status {status}\)") as ended:
        after(Server.fields, token=(status, b"<html>"))
    assert ended.value.exit_code is Exit.REFUSED
    assert "credentials" not in str(ended.value)


@pytest.mark.parametrize(
    "described",
    [
        NESTED,
        {"success": True, "result": []},
        {"success": True, "result": "x"},
        made({"fields": None, "searchableFields": None}),
        made({"fields": 3, "searchableFields": 5}),
        made({"fields": [3, {"name": None}], "dedupeFields": None}),
        {"success": False, "errors": [{"code": None, "message": None}]},
        b" " * (64 * 1024 * 1024) + json.dumps(made({"fields": [{"name": "email"}]})).encode(),
    ],
)
def test_what_describes_no_field_is_a_torn_answer(described: object) -> None:
    with pytest.raises(PushError, match="does not answer as it should: 200 the answer is torn") as ended:
        after(Server.fields, describe2=described)
    assert ended.value.exit_code is Exit.UNFINISHED


def test_fields_are_read_where_their_keys_are_none() -> None:
    described = made({"searchableFields": [None, ["email"]], "fields": [{"name": "email"}]})
    assert [(each.name, each.is_key) for each in after(Server.fields, describe2=described)] == [
        ("email", True)
    ]


@pytest.mark.parametrize("batch_id", ["null", '"abc"', "[1]", "true", "1e999", "{}"])
def test_a_created_job_without_a_batch_id_is_unknown(batch_id: str) -> None:
    body = b'{"success": true, "result": [{"batchId": %s, "status": "Queued"}]}' % batch_id.encode()
    with pytest.raises(OutcomeUnknownError):
        after(create, leads=body)
    with pytest.raises(PushError, match="does not answer as it should") as ended:
        after(lambda server: server.status(7), **{"7": body})
    assert ended.value.exit_code is Exit.UNFINISHED


def test_a_file_without_an_end_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would fill the memory and the disk."""
    file = b"email,Import Failure Reason\n" + b"a@example.com,no\n" * 1000

    async def failures(server: Server) -> bytes:
        return b"".join([part async for part in server.failures(7)])

    assert after(failures, failures=file) == file
    monkeypatch.setattr(transport, "_FILE_MAX", 10_000)
    with pytest.raises(PushError, match="does not answer as it should: a file without an end"):
        after(failures, failures=file)


@pytest.mark.parametrize("batch_id", [7, "7"])
def test_a_batch_id_may_be_text(batch_id: object) -> None:
    assert after(create, leads=made({"batchId": batch_id})).batch_id == 7
