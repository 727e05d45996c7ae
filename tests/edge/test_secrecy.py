"""Logs and output hold no secret, token, e-mail address or cell value, and no query string."""

import json
from pathlib import Path

from tests.harness import CLIENT_ID, CLIENT_SECRET, start_server, subscription

SECRETS = [
    "private-person",
    "private-cell",
    CLIENT_SECRET,
    "wrong-secret",
    "grant_type",
    "access_token=",
    "tests@example.com",
]


def test_the_log_keeps_secrets(tmp_path: Path) -> None:
    """Every way in which a secret can come in is used."""
    server = start_server(tmp_path / "data", subscription(lists=[{"id": 1001, "name": "Private Listname"}]))
    identity = f"{server.address}/identity/oauth/token"
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    server.http.post(identity, data=form)
    server.http.get(identity, params=form | {"client_secret": "wrong-secret"})
    server.http.get(identity, params={"grant_type": "client_credentials"}, auth=(CLIENT_ID, CLIENT_SECRET))
    file = "email,firstName,leadScore\nprivate-person@example.com,private-cell,private-cell\nprivate-person,private-cell,1\n"
    batch_id = server.submit(file, listId="1001", access_token=server.token)
    server.finish(batch_id)
    server.failures(batch_id)
    server.lead("email", "private-person", "firstName")
    server.call(
        "GET",
        "/rest/v1/leads.json",
        token="",
        params={"access_token": server.token, "filterType": "private-cell"},
    )
    server.call("GET", "/private-cell/private-person", token="not-a-token")
    token = server.token
    assert server.stop() == 0
    text = "".join(server.log) + "".join(server.stdout)
    assert len(server.log) > 10
    for secret in [*SECRETS, token, "not-a-token"]:
        assert secret not in text, secret
    for line in server.log:
        assert {"at", "level", "event"} <= set(json.loads(line))


def test_the_store_keeps_no_secret(tmp_path: Path) -> None:
    """Neither secrets nor tokens can be read from the files of a store."""
    server = start_server(tmp_path / "data", subscription())
    token = server.token
    server.run_import("email\na@example.com\n")
    assert server.stop() == 0
    for path in (tmp_path / "data").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert token.encode() not in content
            assert CLIENT_SECRET.encode() not in content
            assert path.stat().st_mode & 0o077 == 0, path
        else:
            assert path.stat().st_mode & 0o777 == 0o700, path
