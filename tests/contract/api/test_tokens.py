"""§0.5, §1, §11: whose token it is, where it travels, how long it lives, what it opens."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.api.calls import FILE, PARTITIONS, error_of
from tests.forms import without_store
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, running, start_server, subscription

TOKEN = "/identity/oauth/token"
GOOD = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
MISSING = ("600", "Access token not specified")
INVALID = ("601", "Access token invalid")
GROUPS = ["Lead", "Custom Object", "Company", "Sales Person", "Assets"]


def credential(name: str, *permissions: str) -> dict[str, Any]:
    return {
        "name": name,
        "client_id": name,
        "client_secret": f"{name}-secret",
        "user": "same@example.com",
        "permissions": list(permissions),
    }


@pytest.fixture(scope="module")
def roles(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a credential for each role that matters; nobody works."""
    others = [f"{access} {group}" for access in ("Read-Only", "Read-Write") for group in GROUPS[1:]]
    document = subscription(
        credentials=[
            credential("reads", "Read-Only Lead"),
            credential("writes", "Read-Write Lead"),
            credential("others", *others),
            credential("none", "Read-Only Activity"),
        ]
    )
    for server in running(tmp_path_factory.mktemp("roles") / "data", document, workers=0):
        server.submit(FILE)
        yield server


def test_services_of_one_user_are_independent(roles: Server) -> None:
    """§1: one live token for each client id, the same scope."""
    tokens = [roles.new_token(name, f"{name}-secret") for name in ("reads", "writes", "none")]
    assert len(set(tokens)) == 3
    assert tokens == [roles.new_token(name, f"{name}-secret") for name in ("reads", "writes", "none")]


@without_store
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_in_any_case(server: Server, scheme: str) -> None:
    """§0.5."""
    headers = {"Authorization": f"{scheme} {server.token}"}
    assert server.call("GET", PARTITIONS, token="", headers=headers).json()["success"] is True


@without_store
@pytest.mark.parametrize("header", ["Basic dGVzdHM6eA==", "Bearer", "Token abc", "abc"])
def test_a_header_without_a_bearer_token_is_none(server: Server, header: str) -> None:
    """§0.5, §13: 600; the next place counts then."""
    headers = {"Authorization": header}
    assert error_of(server.call("GET", PARTITIONS, token="", headers=headers)) == MISSING
    params = {"access_token": server.token}
    assert server.call("GET", PARTITIONS, token="", headers=headers, params=params).json()["success"] is True


@pytest.mark.parametrize(
    "token", ["x", "é", "a" * 5000, "cdf01657-110d-4155-99a7-f986b2ff13a0:int", "\x7f'--"]
)
def test_unknown_tokens(server: Server, token: str) -> None:
    """§13: 601 for anything that was never given out."""
    assert error_of(server.call("GET", PARTITIONS, token="", params={"access_token": token})) == INVALID
    form = {"_method": "GET", "access_token": token}
    assert error_of(server.call("POST", PARTITIONS, token="", data=form)) == INVALID


def test_a_token_with_a_changed_end_is_unknown(server: Server) -> None:
    """§13."""
    for token in (server.token[:-1], server.token + "x", server.token.upper(), server.token.split(":")[0]):
        assert error_of(server.call("GET", PARTITIONS, token)) == INVALID


@without_store
def test_a_blank_token_parameter_is_none(server: Server) -> None:
    """§0.5: an empty value names no token."""
    assert error_of(server.call("GET", PARTITIONS, token="", params={"access_token": ""})) == MISSING
    form = {"_method": "GET", "access_token": server.token}
    told = server.call("POST", PARTITIONS, token="", params={"access_token": ""}, data=form)
    assert told.json()["success"] is True


def test_tokens_outlive_the_server(tmp_path: Path) -> None:
    """§1: the same token, its life running on, after a restart."""
    first = start_server(tmp_path / "data", subscription(), workers=0)
    before = first.http.get(first.address + TOKEN, params=GOOD).json()
    assert first.stop() == 0
    for server in running(tmp_path / "data", workers=0):
        after = server.http.get(server.address + TOKEN, params=GOOD).json()
        assert after["access_token"] == before["access_token"]
        assert after["expires_in"] <= before["expires_in"]
        assert server.call("GET", PARTITIONS, before["access_token"]).json()["success"] is True


@without_store
@pytest.mark.parametrize(
    ("request_parts", "status", "error"),
    [
        ({"params": GOOD | {"client_secret": ""}}, 401, "unauthorized"),
        ({"params": GOOD | {"client_id": ""}}, 401, "unauthorized"),
        (
            {"params": {"grant_type": "client_credentials"}, "auth": (CLIENT_ID, "wrong")},
            401,
            "invalid_client",
        ),
        (
            {"params": {"grant_type": "client_credentials"}, "headers": {"Authorization": "Basic !!"}},
            401,
            "unauthorized",
        ),
        ({"params": GOOD | {"client_secret": CLIENT_SECRET.upper()}}, 401, "invalid_client"),
        ({"params": GOOD | {"client_id": "Zoë\x00"}}, 401, "invalid_client"),
        ({"params": GOOD | {"grant_type": ""}}, 400, "invalid_request"),
        ({"params": {}}, 401, "unauthorized"),
        (
            {"params": GOOD | {"grant_type": "password", "client_secret": "wrong"}},
            400,
            "unsupported_grant_type",
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_identity_refusals(
    server: Server, method: str, request_parts: dict[str, Any], status: int, error: str
) -> None:
    """§1: HTTP status, two members, never cached, no envelope."""
    answer = server.http.request(method, server.address + TOKEN, **request_parts)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description"}
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"


@without_store
def test_query_wins_over_body_at_the_identity_endpoint(server: Server) -> None:
    """§1, §3.2: a good query is not spoilt by the body, nor the other way round."""
    bad = GOOD | {"client_secret": "wrong"}
    assert server.http.post(server.address + TOKEN, params=GOOD, data=bad).status_code == 200
    assert server.http.post(server.address + TOKEN, params=bad, data=GOOD).status_code == 401


@without_store
@pytest.mark.parametrize(
    ("host", "accepted"),
    [
        ("123-ABC-456.mktorest.com", True),
        ("123-abc-456.mktorest.com:443", True),
        ("987-XYZ-654.mktorest.com", False),
        ("987-xyz-654", False),
        ("example.com", True),
        ("987-XYZ-6545.mktorest.com", True),
        ("localhost:8080", True),
    ],
)
def test_a_host_of_another_subscription_refuses_the_token(server: Server, host: str, accepted: bool) -> None:
    """§0.1, §11: a munchkin id in front of the host's name must be the token's; any other host is ignored."""
    body = server.call("GET", "/rest/v1/leads/describe.json", headers={"Host": host}).json()
    assert body["success"] is accepted
    if not accepted:
        assert body["errors"] == [{"code": "601", "message": "Access token invalid"}]
        assert error_code(server, "POST", host) == "601"


def error_code(server: Server, method: str, host: str) -> str:
    files = {"file": ("a.csv", b"email\n", "text/csv")}
    answer = server.call(method, "/bulk/v1/leads.json", headers={"Host": host}, files=files).json()
    return str(answer["errors"][0]["code"])
