"""§0.4, §0.7, §9.3: bodies of a lead sync that are no such thing, and values that no field can hold."""

from typing import Any

import pytest

from tests.contract.api.calls import only
from tests.contract.api.world import codes, post
from tests.forms import only_long
from tests.harness import Server

pytestmark = only_long("postgres", "given")

LEADS = "/rest/v1/leads.json"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"input": [{}] * 301}, "1003"),
        ({}, "1002"),
        ({"input": []}, "1002"),
        ({"input": {"email": "a@b.c"}}, "1001"),
        ({"input": ["a@b.c"]}, "1003"),
        ({"input": [{"email": "a@b.c"}], "action": "merge"}, "1001"),
        ({"input": [{"email": "a@b.c"}], "lookupField": 7}, "1001"),
        ([], "1003"),
        ("text", "1003"),
    ],
)
def test_wrong_bodies(server: Server, body: Any, code: str) -> None:
    """§9.3, §13: the whole call is refused."""
    answer = post(server, LEADS, body)
    assert (answer["success"], answer["errors"][0]["code"]) == (False, code)


@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        (b"{", "application/json", "609"),
        (b"", "application/json", "609"),
        (b"\xff", "application/json", "609"),
        (b"[" * 100_000, "application/json", "609"),
        (b'{"input":[{"email":"a@b.c"}]}', "text/plain", "612"),
        (b'{"input":[{"email":"a@b.c"}]}', "", "612"),
    ],
)
def test_wrong_json(server: Server, content: bytes, content_type: str, code: str) -> None:
    """§0.4, §13."""
    headers = {"Content-Type": content_type} if content_type else {}
    answer = server.call("POST", LEADS, content=content, headers=headers).json()
    assert answer["errors"][0]["code"] == code


def test_read_only_fields_are_dropped_whatever_they_hold(server: Server) -> None:
    """§9.3: a list in one that is written faults its record."""
    told = post(server, LEADS, {"input": [{"email": "back@x.com", "createdAt": [1], "updatedAt": {"a": 1}}]})
    assert codes(told["result"]) == ["created"]
    told = post(server, LEADS, {"input": [{"email": "back@x.com", "firstName": [1]}]})
    assert codes(told["result"]) == ["1001"]


def test_half_a_surrogate_pair(server: Server) -> None:
    """§0.4: JSON may say what is no text: its record is refused, be it a key or a value, the others are not."""
    records = b'{"email":"half\\ud800@x.com"},{"email":"half@x.com","firstName":"a\\udc00b"},{"email":"whole@x.com","firstName":"\\ud83d\\ude00"}'
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    answer = server.call("POST", LEADS, content=b'{"input":[' + records + b"]}", headers=headers).json()
    assert codes(answer["result"]) == ["1001", "1001", "created"]
    assert only(server, "whole@x.com", "firstName") == {"firstName": "\U0001f600"}
    assert server.lead("email", "half@x.com", "id") == []


def test_a_number_beyond_any_float(server: Server) -> None:
    """JSON that no field can hold: its record is refused, be the field a number or a text; the other is not."""
    records = b'{"email":"huge@x.com","firstName":1e400},{"email":"less@x.com","leadScore":-1e400},{"email":"fine@x.com"}'
    content = b'{"input":[' + records + b"]}"
    headers = {"Content-Type": "application/json"}
    result = server.call("POST", LEADS, content=content, headers=headers).json()["result"]
    assert codes(result) == ["1001", "1001", "created"]
    assert server.lead("email", "huge@x.com", "id") == []
