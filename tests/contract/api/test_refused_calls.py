"""§0, §1, §10, §13: verbs, unknown paths, what is too large, and that a refused call counts."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from leadline.api.app import ENDPOINTS
from tests.contract.api.calls import error_of, raw_call
from tests.forms import only_long
from tests.harness import Server, running, subscription

pytestmark = only_long("postgres", "given")

LEADS = "/rest/v1/leads.json"
VERBS = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def lone(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose statistics nobody else touches."""
    yield from running(tmp_path_factory.mktemp("refused") / "data", subscription(), workers=0)


def test_other_verbs_on_every_path(server: Server) -> None:
    """§13, 605: every method that a path does not have, with HTTP 200; identity says so without a token."""
    by_path: dict[str, set[str]] = {}
    for endpoint in ENDPOINTS:
        by_path.setdefault(endpoint.path, set()).add(endpoint.method)
    for path, known in by_path.items():
        token = "" if path.startswith("/identity/") else None
        for verb in sorted(VERBS - known):
            answer = server.call(verb, re.sub(r"\{\w+\}", "1001", path), token)
            assert error_of_any(answer) == ("605", f"Request method '{verb}' not supported"), (verb, path)


def error_of_any(answer: Any) -> tuple[str, str]:
    """Return code and message of an error, of assets as well."""
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    return error["code"], error["message"]


UNKNOWN = (
    *("/", "/rest/v1/leads", "/rest/v1/lead/.json", "/rest/v1/activities.json", "/rest/v2/leads.json"),
    *("/REST/v1/leads.json", "/bulk/v1/leads/1.json", "/bulk/v1/leads/export/create.json", "/v1/leads.json"),
)


@pytest.mark.parametrize("path", UNKNOWN)
def test_unknown_paths(server: Server, path: str) -> None:
    """§13, 610: by any verb, with and without a token, HTTP 200."""
    for verb in ("GET", "POST", "PUT"):
        for token in (None, "", "nonsense"):
            assert error_of(server.call(verb, path, token)) == ("610", "Requested resource not found")


def counted(server: Server) -> tuple[int, dict[str, int]]:
    """Return how many calls there were today, this one not among them, and the error answers by code."""
    (usage,) = server.get("/rest/v1/stats/usage.json")["result"]
    (errors,) = server.get("/rest/v1/stats/errors.json")["result"]
    return usage["total"], {each["errorCode"]: each["count"] for each in errors["errors"]}


def test_refused_calls_count(lone: Server) -> None:
    """§9.11, §10: 610, 413 and 414 count for whoever made the call, 600, 601 and 605 do not."""
    before, _ = counted(lone)
    assert error_of(lone.call("GET", "/rest/v1/nothing.json"))[0] == "610"
    assert error_of(lone.call("POST", LEADS, content=b" " * 2**20 + b"{}", headers=JSON), 413)[0] == "413"
    pieces = (b" " * 2**19 for _ in range(3))
    assert error_of(lone.call("POST", LEADS, content=pieces, headers=JSON), 413)[0] == "413"
    assert raw_call(lone, "GET", f"{LEADS}?filterValues={'x' * 8192}").status == 414
    too_large = raw_call(
        lone,
        "POST",
        "/bulk/v1/leads.json",
        Content_Type="multipart/form-data; boundary=b",
        Content_Length="99999999",
    )
    assert too_large.status == 413
    for token in ("", "nonsense"):
        lone.call("GET", "/rest/v1/nothing.json", token)
    lone.call("PUT", LEADS)
    after, errors = counted(lone)
    assert after - before == 5 + 2, "five refused calls, and the two that asked for the statistics"
    assert errors == {"610": 1, "413": 3, "414": 1, "605": 1}, (
        "a 605 is an error of somebody, not a call that counts"
    )


def test_refused_calls_fill_the_rate(store: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """§10: calls of unknown paths are calls."""
    env = {"LEADLINE_LIMITS__RATE_CALLS_MAX": "3"}
    for server in running(tmp_path_factory.mktemp("rate") / "data", subscription(), workers=0, env=env):
        for _ in range(3):
            assert error_of(server.call("GET", "/rest/v1/nothing.json"))[0] == "610"
        assert error_of(server.call("GET", "/rest/v1/leads/describe.json"))[0] == "606"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_no_json(server: Server, number: str) -> None:
    """§13, 609: JSON has no such numbers."""
    content = b'{"input":[{"email":"nan@x.com","leadScore":%s}]}' % number.encode()
    assert error_of(server.call("POST", LEADS, content=content, headers=JSON)) == ("609", "Invalid JSON")


@pytest.mark.parametrize(
    ("params", "status", "error"),
    [
        ({}, 401, "unauthorized"),
        ({"grant_type": "client_credentials"}, 401, "unauthorized"),
        ({"client_id": "tests", "client_secret": "wrong"}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_half_a_token_request(server: Server, params: dict[str, str], status: int, error: str) -> None:
    """§1: no credentials is 401, whatever else is missing."""
    answer = server.http.get(f"{server.address}/identity/oauth/token", params=params)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_request_ids_never_repeat(server: Server) -> None:
    """§0.2: unique for each request, the parts as they must look."""
    seen = [server.get("/rest/v1/stats/usage.json")["requestId"] for _ in range(200)]
    assert len({each.split("#")[0] for each in seen}) == 200
    assert all(re.fullmatch(r"[0-9a-f]{1,5}#[0-9a-f]{11}", each) for each in seen)
