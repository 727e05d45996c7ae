"""A subscription is removed, and made anew, beside a server and workers that go on with the others."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from leadline.store.data_folder import WORK
from leadline.store.directory import Stores
from leadline.store.postgres_removal import schemas_of_subscriptions
from tests.commands import leadline
from tests.conftest import CUSTOM_FIELDS
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, start_server, subscription, until
from tests.stores import open_stores, store_kind, store_options

MUNCHKIN_ID, OTHER_ID = "123-ABC-456", "999-ZZZ-999"
OTHER = {"name": "other", "client_id": "other", "client_secret": "s3cret-of-the-other"}
DESCRIBE = "/rest/v1/leads/describe.json"
CONTROL_TABLES = ("subscription", "credential", "call_count", "error_count", "removal")
MANY = "email,firstName\n" + "".join(f"p{row}@example.com,Person {row}\n" for row in range(150_000))


@pytest.fixture
def server(store: str, tmp_path: Path) -> Iterator[Server]:
    """A server with two workers and two subscriptions; new work is found by its hints alone."""
    document, seldom = subscription(lead_fields=CUSTOM_FIELDS), {"LEADLINE_TIMES__SWEEP_SECONDS": "600"}
    server = start_server(tmp_path / "data", document, workers=2, env=seldom)
    credential = OTHER | {"user": "other@example.com", "permissions": "all"}
    document = {"munchkin_id": OTHER_ID, "credentials": [credential]}
    assert set_up(server.data, document).returncode == 0
    yield server
    server.stop()


def set_up(data: Path, document: dict[str, Any]) -> Any:
    file = data.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(document), "utf-8")
    return leadline("setup", file, *store_options(data))


def remove(data: Path, munchkin_id: str = MUNCHKIN_ID, *options: str) -> Any:
    return leadline("subscriptions", "remove", munchkin_id, *options, *store_options(data))


def listed(data: Path) -> dict[str, dict[str, Any]]:
    done = leadline("subscriptions", "list", "--json", *store_options(data))
    return {each["munchkin_id"]: each for each in json.loads(done.stdout)}


def code_of(server: Server, token: str, path: str = DESCRIBE) -> str:
    body = server.call("GET", path, token).json()
    return "" if body["success"] else str(body["errors"][0]["code"])


def left_of(data: Path) -> list[str]:
    """Return all that is still there of the subscription, wherever it might be."""
    stores = open_stores(data)
    found = _rows_left(stores)
    if store_kind() == "sqlite":
        found += [path.name for path in (data / "subscriptions").iterdir() if path.name[:3] == "123"]
        found += [path.name for path in (data / WORK).iterdir() if path.name[:3] == "123"]
    else:
        with stores.control.read_once() as session:
            found += [name for name in schemas_of_subscriptions(session) if "123" in name]
    stores.close()
    return found


def _rows_left(stores: Stores) -> list[str]:
    found = []
    with stores.control.read() as session:
        for table in CONTROL_TABLES:
            sql = f"SELECT 1 FROM {{schema}}.{table} WHERE munchkin_id = :id"
            found += [table for _ in session.built_rows(sql, {"id": MUNCHKIN_ID})]
        for table in ("secret", "token", "console_session"):
            sql = f"SELECT 1 FROM {{schema}}.{table} WHERE client_id = :id"
            found += [table for _ in session.built_rows(sql, {"id": CLIENT_ID})]
    return found


def test_it_goes_while_it_is_used(server: Server) -> None:
    """A job is being imported and calls come: those are refused as a stranger's, the workers go on with others,
    nothing is left; made anew it begins anew, and no old token is taken.
    """
    token, other = server.token, server.token_of(OTHER["client_id"], OTHER["client_secret"])
    login = server.http.post(
        f"{server.address}/console/login",
        data={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
        headers={"Origin": server.address},
        follow_redirects=False,
    )
    assert login.status_code == 303
    assert server.http.get(f"{server.address}/console/jobs").status_code == 200
    assert code_of(server, token) == ""
    assert server.submit(MANY) == 1001
    server.wait_for("ChunkMerged")
    done = remove(server.data, MUNCHKIN_ID, "--yes")
    assert (done.returncode, done.stdout) == (0, f"Subscription {MUNCHKIN_ID} is removed.\n"), done.stderr
    assert code_of(server, token) == "601"
    assert code_of(server, token, "/bulk/v1/leads/batch/1001.json") == "601"
    refused = server.http.get(
        f"{server.address}/identity/oauth/token",
        params={"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
    )
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    page = server.http.get(f"{server.address}/console/jobs", follow_redirects=False)
    assert "/console/login" in page.headers["location"]
    for _ in range(2):
        job = server.post_file("email\nx@example.com\n", other).json()["result"][0]["batchId"]
        path = f"/bulk/v1/leads/batch/{job}.json"
        until(lambda path=path: server.call("GET", path, other).json()["result"][0]["status"] == "Complete")
    assert server.http.get(f"{server.address}/health/ready").status_code == 200
    assert not server.events("StoreFailed"), server.events("StoreFailed")
    assert not server.events("FaultCaught"), server.events("FaultCaught")
    until(lambda: left_of(server.data) == [])
    assert list(listed(server.data)) == [OTHER_ID]
    assert leadline("check", *store_options(server.data)).stdout.startswith("No fault found")

    fields = [{"name": "favoriteColor", "displayName": "Size", "dataType": "integer"}]
    assert set_up(server.data, subscription(lead_fields=fields)).returncode == 0
    anew = server.new_token(CLIENT_ID, CLIENT_SECRET)
    assert code_of(server, token) == "601"
    first = code_of(server, anew)  # a server that still has the file of the old one asks to come again
    assert first in ("", "713")
    assert code_of(server, anew) == ""
    job = server.post_file("email,favoriteColor\nx@example.com,7\n", anew).json()["result"][0]["batchId"]
    assert job == 1001
    path = "/bulk/v1/leads/batch/1001.json"
    until(lambda: server.call("GET", path, anew).json()["result"][0]["status"] == "Complete")
    found = server.call(
        "GET", "/rest/v1/leads.json?filterType=email&filterValues=x@example.com,p1@example.com", anew
    ).json()["result"]
    assert [each["email"] for each in found] == ["x@example.com"]
    assert not server.events("StoreFailed"), server.events("StoreFailed")


def test_what_it_says(store: str, tmp_path: Path) -> None:
    """Without --yes it asks, where it can; unknown ids get the nearest; each refusal removes nothing."""
    data = tmp_path / "data"
    nowhere = leadline("subscriptions", "list", *store_options(data))
    assert (nowhere.returncode, nowhere.stdout) == (1, "")
    assert "holds no store" in nowhere.stderr
    assert not data.exists()
    assert set_up(data, subscription()).returncode == 0
    unknown = remove(data, "123-ABC-465", "--yes")
    assert unknown.returncode == 1
    assert (
        unknown.stderr == f"leadline: There is no subscription '123-ABC-465'; the nearest is {MUNCHKIN_ID}.\n"
    )
    unasked = remove(data)
    assert unasked.returncode == 2
    assert "give --yes" in unasked.stderr
    before = listed(data)[MUNCHKIN_ID]
    assert (before["state"], before["credentials"], before["leads"]) == ("ready", 1, 0)
    assert before["bytes"] > 100_000
    table = leadline("subscriptions", "list", *store_options(data)).stdout.splitlines()
    assert [line.split()[0] for line in table] == ["MUNCHKIN", MUNCHKIN_ID]
    assert remove(data, MUNCHKIN_ID, "--yes").returncode == 0
    again = remove(data, MUNCHKIN_ID, "--yes")
    assert again.stderr == f"leadline: There is no subscription '{MUNCHKIN_ID}', nor any other.\n"
    assert left_of(data) == []
