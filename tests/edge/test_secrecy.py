"""Logs and output hold no secret, token, e-mail address or cell value, and no query string."""

import hmac
import json
import subprocess
import sys
import uuid
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
        assert {"time", "level", "event"} <= set(json.loads(line))


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


ALL_VALUES = """
import json, sqlite3, sys
with sqlite3.connect(sys.argv[1]) as store:
    tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    print(json.dumps([row for table in tables for row in store.execute(f'SELECT * FROM "{table}"')]))
"""


def test_a_stolen_store_mints_no_token(tmp_path: Path) -> None:
    """Whoever has every value of the control store, and the recipe of tokens, still gets none."""
    generated = {"name": "made", "user": "made@example.com", "permissions": "all", "client_id": "made"}
    first = start_server(tmp_path / "data", subscription(credentials=[generated]), workers=0)
    (file,) = (tmp_path / "data").glob("client-secrets-*")
    secret = json.loads(file.read_text())["client_secret"]
    file.unlink()
    tokens = [first.token, first.new_token("made", secret)]
    assert first.stop() == 0
    dump = subprocess.run(
        [sys.executable, "-c", ALL_VALUES, str(tmp_path / "data" / "control.db")],
        capture_output=True,
        check=True,
        text=True,
    )
    rows = json.loads(dump.stdout)
    assert not any(each in dump.stdout for each in (*tokens, secret, CLIENT_SECRET))
    values = {part for row in rows for value in row for part in (str(value), *str(value).split(":"))}
    issued = [row for row in rows if len(row) == 6 and row[1] in ("tests", "made")]
    assert len(issued) == 2
    guesses = set(values)
    for key in values:
        for row in issued:
            guesses |= set(_spell(row, key))
    server = start_server(tmp_path / "data", workers=0)
    identity = f"{server.address}/identity/oauth/token"
    for value in values - {""}:
        for client_id in ("tests", "made"):
            form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": value}
            assert server.http.post(identity, data=form).status_code == 401
    for guess in guesses - {""}:
        answer = server.call(
            "GET", "/rest/v1/leads/partitions.json", token="", params={"access_token": guess}
        )
        assert answer.json()["errors"][0]["code"] == "601"
    for token in tokens:
        assert server.call("GET", "/rest/v1/leads/partitions.json", token).json()["success"] is True
    assert server.stop() == 0


def _spell(row: list[object], key: str) -> list[str]:
    """Spell a token as the server does, with a key that was found in the store."""
    _, client_id, secret, issue_no, nonce, _ = row
    source = f"{client_id}\n{secret}\n{issue_no}\n{nonce}".encode()
    keys = [key.encode()]
    if len(key) % 2 == 0 and all(each in "0123456789abcdef" for each in key):
        keys.append(bytes.fromhex(key))
    digests = [hmac.digest(each, source, "sha256")[:16] for each in keys if each]
    return [f"{uuid.UUID(bytes=digest)}:ll" for digest in digests]


def test_a_worker_that_fails_tells_no_cell(tmp_path: Path) -> None:
    """No stack trace: the store loses a table under a worker, whose job then fails after three tries."""
    server = start_server(tmp_path / "data", subscription())
    server.run_import("email\nfirst@example.com\n")
    store = str(tmp_path / "data" / "subscriptions" / "123-abc-456.db")
    script = (
        "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('ALTER TABLE job_ledger RENAME TO gone')"
    )
    subprocess.run([sys.executable, "-c", script, store], check=True)
    batch_id = server.submit("email,firstName\nprivate-person@example.com,private-cell\n")
    assert server.finish(batch_id)["status"] == "Failed"
    assert server.events("StoreFailed")
    assert server.stop() == 0
    assert "private-" not in "".join(server.log)
    for line in server.log:
        assert "event" in json.loads(line)


def test_a_log_line_cannot_be_forged(tmp_path: Path) -> None:
    """ASVS 16.4.1: line ends in paths, parameters, hosts and names of files make no line of the log."""
    server = start_server(tmp_path / "data", subscription(), workers=0)
    forged = '%0d%0a{"event":"Forged","time":1,"level":"info"}%0a'
    for path in (f"/nope{forged}", f"/rest/v1/lead/1{forged}.json", f"/bulk/v1/leads/batch/1{forged}.json"):
        server.call("GET", path)
        server.call("GET", path, token=forged)
    server.call("GET", "/rest/v1/leads.json", params={"filterType": "x\r\n{}\n", "access_token": "a\nb"})
    form = {"grant_type": "client_credentials\n{}", "client_id": "a\r\n{}", "client_secret": "b\n"}
    server.http.post(f"{server.address}/identity/oauth/token", data=form)
    files = {"file": ("a\r\n{}\n.csv", b"email\na@example.com\n", "text/csv")}
    server.call("POST", "/bulk/v1/leads.json", files=files)
    assert server.stop() == 0
    assert {json.loads(line)["event"] for line in server.log} <= {
        "ServerReady",
        "RequestAnswered",
        "AccessRefused",
        "TokenIssued",
        "JobQueued",
    }
