"""§1 and §0.5: tokens, where they may travel, and what wrong ones answer."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.forms import only_long, repeats, times
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, running, subscription, until

pytestmark = repeats("postgres", "given")  # `contract/store` tries the statements of each

GOOD = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


LISTS = "/rest/v1/lists.json"


def ask(server: Server, **request: Any) -> httpx.Response:
    return server.http.request(
        request.pop("method", "GET"), f"{server.address}/identity/oauth/token", **request
    )


def code(response: httpx.Response) -> str:
    body = response.json()
    return "" if body["success"] else str(body["errors"][0]["code"])


@pytest.mark.parametrize(
    "request_parts",
    [
        {"params": GOOD},
        {"method": "POST", "params": GOOD},
        {"method": "POST", "data": GOOD},
        {
            "params": {"grant_type": "client_credentials", "partner_id": "x"},
            "auth": (CLIENT_ID, CLIENT_SECRET),
        },
    ],
)
def test_every_way_gives_the_same_token(server: Server, request_parts: dict[str, Any]) -> None:
    """§1: query, urlencoded body and Basic; the same token until it expires."""
    answer = ask(server, **request_parts)
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["scope"]) == ("bearer", "tests@example.com")
    assert 3500 < body["expires_in"] <= 3600
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[a-z]+", body["access_token"])
    assert body["access_token"] == server.token


@pytest.mark.parametrize(
    ("changed", "status", "error", "description"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", "Bad client credentials"),
        ({"client_id": "nobody"}, 401, "invalid_client", "Bad client credentials"),
        (
            {"client_id": None, "client_secret": None},
            401,
            "unauthorized",
            "Full authentication is required to access this resource",
        ),
        ({"grant_type": None}, 400, "invalid_request", "Missing grant type"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", "Unsupported grant type: password"),
    ],
)
def test_refusals(server: Server, changed: dict[str, Any], status: int, error: str, description: str) -> None:
    """§1: errors carry their HTTP status and no envelope."""
    params = {name: value for name, value in (GOOD | changed).items() if value is not None}
    answer = ask(server, params=params)
    assert answer.status_code == status
    assert answer.json() == {"error": error, "error_description": description}


def test_header_then_query_then_form(server: Server) -> None:
    """§0.5: three places in this order of precedence; the scheme in any case."""
    path = "/rest/v1/leads/partitions.json"
    assert code(server.call("GET", path, token="", headers={"Authorization": f"bearer {server.token}"})) == ""
    assert code(server.call("GET", path, token="", params={"access_token": server.token})) == ""
    assert code(server.call("GET", path, token="nonsense", params={"access_token": server.token})) == "601"
    form = {"_method": "GET", "access_token": server.token}
    assert code(server.call("POST", path, token="", data=form)) == ""
    assert code(server.call("POST", path, token="", params={"access_token": "nonsense"}, data=form)) == "601"


def test_no_token_and_unknown_token(server: Server) -> None:
    """§1, §13: 600 and 601 are HTTP 200."""
    for token, expected, message in (
        ("", "600", "Access token not specified"),
        ("cdf01657-110d-4155-99a7-f986b2ff13a0:int", "601", "Access token invalid"),
    ):
        answer = server.call("GET", "/rest/v1/leads/describe.json", token=token)
        assert answer.status_code == 200
        assert answer.json()["errors"] == [{"code": expected, "message": message}]


@pytest.fixture(scope="module")
def short_lived(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    env = {"LEADLINE_LIMITS__TOKEN_SECONDS": "2", "LEADLINE_ACCESS__TOKEN_PARAMETER": "refuse"}
    yield from running(tmp_path_factory.mktemp("short") / "data", subscription(), workers=0, env=env)


def test_an_expired_token_is_602_and_a_new_one_is_given(short_lived: Server) -> None:
    """§1: 602 while it is remembered; never extended; expires_in never 0."""
    old = ask(short_lived, params=GOOD).json()
    assert old["expires_in"] >= 1
    path = "/rest/v1/leads/partitions.json"
    until(lambda: code(short_lived.call("GET", path, old["access_token"])) == "602")
    new = ask(short_lived, params=GOOD).json()
    assert new["access_token"] != old["access_token"]
    assert new["expires_in"] >= 1
    assert code(short_lived.call("GET", path, new["access_token"])) == ""


def test_token_parameters_can_be_refused(short_lived: Server) -> None:
    """Q26: with the switch set only the header counts."""
    token = ask(short_lived, params=GOOD).json()["access_token"]
    answer = short_lived.call(
        "GET", "/rest/v1/leads/partitions.json", token="", params={"access_token": token}
    )
    assert code(answer) == "600"


def test_a_changed_secret_ends_its_tokens(tmp_path: Path) -> None:
    """Revocation counts from the next call on."""
    from tests.harness import start_server

    document = subscription()
    first = start_server(tmp_path / "data", document, workers=0)
    token = first.token
    assert first.stop() == 0
    document["credentials"][0]["client_secret"] = "another"
    second = start_server(tmp_path / "data", document, workers=0)
    assert code(second.call("GET", "/rest/v1/leads/partitions.json", token)) == "601"
    assert second.stop() == 0


def test_the_shortest_life(tmp_path: Path) -> None:
    """§1: a token of one second is promised one second, never 0 and never more than it was set to."""
    for server in running(tmp_path / "data", subscription(), env={"LEADLINE_LIMITS__TOKEN_SECONDS": "1"}):
        for _ in range(5):
            assert ask(server, params=GOOD).json()["expires_in"] == 1


def test_a_promised_life_is_lived(tmp_path: Path) -> None:
    """§1: what is answered is rounded down: the token is taken until then."""
    for server in running(tmp_path / "data", subscription(), env={"LEADLINE_LIMITS__TOKEN_SECONDS": "3"}):
        asked = time.monotonic()
        body = ask(server, params=GOOD).json()
        token = body["access_token"]
        until(lambda call=server.call, token=token: code(call("GET", LISTS, token)) == "602")
        assert time.monotonic() - asked >= body["expires_in"]


@only_long("postgres", "given")
def test_a_crowd_of_wrong_secrets_waits_in_line(server: Server) -> None:
    """Guesses from one address are answered one after the other, so that they hold up nobody else."""
    wrong, answered = GOOD | {"client_secret": "wrong"}, list[int]()

    def guess() -> None:
        answered.append(
            httpx.get(f"{server.address}/identity/oauth/token", params=wrong, timeout=60).status_code
        )

    guesses = [threading.Thread(target=guess) for _ in range(times(24, 60))]
    for each in guesses:
        each.start()
    until(lambda: answered)
    transport = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(transport=transport, timeout=60) as elsewhere:
        assert elsewhere.get(f"{server.address}/identity/oauth/token", params=GOOD).status_code == 200
    before = len(answered)
    for each in guesses:
        each.join()
    assert before < len(guesses) // 2
    assert answered == [401] * len(guesses)
