"""`Idempotency-Key`: a request that is sent again is made once, whatever has become of the queue since."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.api.calls import BULK, error_of
from tests.contract.api.world import credential, whole_subscription
from tests.forms import without_store
from tests.harness import Server, running

USED = ("1003", "Idempotency-Key was used for another request")
MEMBERS = "/bulk/v1/program/1001/members/import.json"
CARS = "/bulk/v1/customobjects/car_c/import.json"


@pytest.fixture
def server(store: str, tmp_path: Path) -> Iterator[Server]:
    """A server without workers: what is queued stays there."""
    other = credential("other", "Read-Write Lead", "Read-Write Custom Object")
    reader = credential("reader", "Read-Only Lead")
    yield from running(tmp_path / "data", whole_subscription(credentials=[other, reader]), workers=0)


def create(
    server: Server,
    key: str | bytes | None,
    content: str = "email\nkey@example.com\n",
    path: str = BULK,
    token: str | None = None,
    name: str = "f.csv",
    **params: Any,
) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    files = {"file": (name, content.encode(), "text/csv")}
    return server.call("POST", path, token, params=params, files=files, headers=headers)


def batch_of(answer: httpx.Response, *, replayed: bool) -> int:
    body = answer.json()
    assert body["success"], body
    assert answer.headers.get("Idempotent-Replayed") == ("true" if replayed else None)
    return int(body["result"][0]["batchId"])


def fill(server: Server) -> None:
    """Take all seats that are left."""
    while server.post_file("email\nfull@example.com\n").json()["success"]:
        pass


@pytest.mark.parametrize(
    ("path", "content", "params"),
    [
        (BULK, "email\nkey@example.com\n", {"listId": "1001"}),
        (MEMBERS, "email\nkey@example.com\n", {"programMemberStatus": "Invited"}),
        (CARS, "vin\nkey\n", {}),
    ],
)
def test_each_kind_is_made_once(server: Server, path: str, content: str, params: dict[str, str]) -> None:
    """The same answer again, with the status now, although list and queue are taken."""
    first = create(server, "k-1", content, path, **params)
    batch_id = batch_of(first, replayed=False)
    fill(server)
    for spelled in ("k-1", '"k-1"'):
        again = create(server, spelled, content, path, name="renamed.csv", **params)
        assert batch_of(again, replayed=True) == batch_id
        assert again.json()["result"] == first.json()["result"]
    assert error_of(create(server, "k-2", content, path, **params))[0] in ("1016", "1019")
    assert len(server.get("/leadline/v1/jobs.json")["result"]) == 10


@without_store
@pytest.mark.parametrize(
    ("key", "is_good"),
    [
        ("a", True),
        ("a" * 255, True),
        ('"' + "a" * 255 + '"', True),
        ("!#~", True),
        ("a" * 256, False),
        ('"' + "a" * 256 + '"', False),
        ("", False),
        ('""', False),
        ('"', False),
        ('"a', False),
        ("a b", False),
        (b"caf\xe9", False),
    ],
)
def test_what_is_a_key(server: Server, key: str | bytes, is_good: bool) -> None:
    answer = create(server, key)
    if is_good:
        batch_of(answer, replayed=False)
    else:
        assert error_of(answer)[0] == "1001"
        assert not server.get("/leadline/v1/jobs.json")["result"]


def test_two_keys_in_one_call(server: Server) -> None:
    files = {"file": ("f.csv", b"email\n", "text/csv")}
    headers = [
        ("Authorization", f"Bearer {server.token}"),
        ("Idempotency-Key", "a"),
        ("Idempotency-Key", "b"),
    ]
    answer = server.http.post(server.address + BULK, headers=headers, files=files)
    assert error_of(answer)[0] == "1001"


DIFFERENT: dict[str, dict[str, Any]] = {
    "bytes": {"content": "email\nother@example.com\n"},
    "line end": {"content": "email\r\nkey@example.com\r\n"},
    "format": {"format": "tsv"},
    "lookup": {"lookupField": "id", "content": "email\nkey@example.com\n"},
    "list": {"listId": "1001"},
    "unknown list": {"listId": "77"},
    "partition": {"partitionName": "Europe"},
    "kind": {"path": MEMBERS, "programMemberStatus": "Invited"},
    "target": {"path": "/bulk/v1/customobjects/trip_c/import.json"},
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "bytes" else without_store) for name in DIFFERENT]
)
def test_another_request_under_the_same_key(server: Server, name: str) -> None:
    """It is refused, and neither job nor key change."""
    batch_id = batch_of(create(server, "k"), replayed=False)
    assert error_of(create(server, "k", **DIFFERENT[name]), 422) == USED
    assert batch_of(create(server, "k"), replayed=True) == batch_id
    assert len(server.get("/leadline/v1/jobs.json")["result"]) == 1


@without_store
@pytest.mark.parametrize(
    "params",
    [
        {"format": "csv"},
        {"format": "CSV"},
        {"lookupField": "email"},
        {"lookupField": "Email"},
        {"listId": ""},
        {"partitionName": " "},
        {"nonsense": "1"},
        {"access_token": "mine"},
    ],
)
def test_what_says_the_same_is_the_same(server: Server, params: dict[str, str]) -> None:
    """A default that is written out, a blank parameter, an unknown one, the token in another place."""
    batch_id = batch_of(create(server, "k"), replayed=False)
    if "access_token" in params:
        again = create(server, "k", token="", access_token=server.token)
    else:
        again = create(server, "k", **params)
    assert batch_of(again, replayed=True) == batch_id


@without_store
def test_spellings_of_a_list_and_of_names(server: Server) -> None:
    batch_id = batch_of(create(server, "k", listId="1001", partitionName="Europe"), replayed=False)
    again = create(server, "k", listId=" +01001", partitionName="EUROPE")
    assert batch_of(again, replayed=True) == batch_id


def test_a_key_belongs_to_its_client(server: Server) -> None:
    """Another client's is another, and a token that may not create learns nothing of it."""
    first = batch_of(create(server, "k"), replayed=False)
    other = server.token_of("other", "other-secret")
    assert batch_of(create(server, "k", token=other), replayed=False) != first
    reader = server.token_of("reader", "reader-secret")
    assert error_of(create(server, "k", token=reader))[0] == "603"


def test_what_comes_before_the_key(server: Server) -> None:
    """Token, permission, form and syntax; what the store says comes behind it."""
    batch_of(create(server, "k"), replayed=False)
    assert error_of(create(server, "k", token="nonsense"))[0] == "601"
    assert error_of(create(server, "k", format="xml"))[0] == "1001"
    assert error_of(create(server, "k", listId="abc"))[0] == "1001"
    headers = {"Idempotency-Key": "k"}
    assert error_of(server.call("POST", BULK, json={}, headers=headers))[0] == "612"
    no_file = server.call("POST", BULK, files={"x": (None, "y")}, headers=headers)
    assert error_of(no_file)[0] == "1002"


def test_a_refused_call_uses_nothing_up(server: Server) -> None:
    """A fault in header or parameters, a full queue: the key is free for the next try."""
    for changes in ({"content": "nonsense\n1\n"}, {"listId": "77"}, {"content": " "}):
        assert error_of(create(server, "k", **changes))
    fill(server)
    assert error_of(create(server, "k"))[0] == "1016"


def test_a_list_that_was_deleted_since(store: str, tmp_path: Path) -> None:
    """The answer does not depend on what the store says by now, but for the job's status."""
    for server in running(tmp_path / "data", whole_subscription()):
        folder = {"folder": '{"id":2,"type":"Folder"}', "name": "Gone"}
        made = server.call("POST", "/rest/asset/v1/staticLists.json", data=folder).json()["result"][0]["id"]
        batch_id = batch_of(create(server, "k", listId=made), replayed=False)
        server.finish(batch_id)
        assert server.call("POST", f"/rest/asset/v1/staticList/{made}/delete.json").json()["success"]
        again = create(server, "k", listId=made)
        assert batch_of(again, replayed=True) == batch_id
        assert again.json()["result"][0]["status"] == "Complete"


def test_a_job_that_was_taken_back_since(store: str, tmp_path: Path) -> None:
    """The request is not made again; its answer names the undo."""
    for server in running(tmp_path / "data", whole_subscription()):
        batch_id = batch_of(create(server, "k"), replayed=False)
        server.finish(batch_id)
        path = f"/leadline/v1/jobs/{batch_id}/undo.json"
        undo = server.call("POST", path).json()["result"][0]["batchId"]
        assert server.ended(undo, partial(_job, server, undo))["status"] == "Complete"
        again = create(server, "k")
        assert batch_of(again, replayed=True) == batch_id
        assert again.json()["result"][0]["undoneBy"] == undo
        (job,) = server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"]
        assert job["undoneBy"] == undo
        assert server.get(f"/bulk/v1/leads/batch/{undo}.json")["errors"][0]["code"] == "1013"
        assert [each["batchId"] for each in server.get("/leadline/v1/jobs.json")["result"]] == [
            undo,
            batch_id,
        ]


def _job(server: Server, batch_id: int) -> dict[str, Any]:
    found: dict[str, Any] = server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0]
    return found


def test_two_at_once(server: Server) -> None:
    """Of eight that come together one makes the job, although they are for one list."""
    with ThreadPoolExecutor(8) as pool:
        for turn in range(5):
            tries = [pool.submit(create, server, f"k{turn}", listId=1001 + turn % 2) for _ in range(8)]
            answers = [each.result() for each in tries]
            if turn > 1:
                assert {error_of(each)[0] for each in answers} == {"1019"}
                continue
            made = {each.json()["result"][0]["batchId"] for each in answers}
            assert len(made) == 1, [each.json() for each in answers]
            new = [each for each in answers if "Idempotent-Replayed" not in each.headers]
            assert len(new) == 1


def test_without_a_key_each_call_makes_a_job(server: Server) -> None:
    made = {batch_of(create(server, None), replayed=False) for _ in range(3)}
    assert len(made) == 3


def test_the_same_file_is_refused_where_the_rule_says_so(store: str, tmp_path: Path) -> None:
    """By the same parameters and bytes alone; a key's own answer comes first, and failed jobs do not count."""
    env = {"LEADLINE_RULES__SAME_FILE": "refuse"}
    for server in running(tmp_path / "data", whole_subscription(), env=env):
        batch_id = batch_of(create(server, "k"), replayed=False)
        for key in (None, "k-2"):
            assert error_of(create(server, key)) == ("1003", f"The same file was imported as job {batch_id}")
        assert batch_of(create(server, "k"), replayed=True) == batch_id
        server.finish(batch_id)
        assert error_of(create(server, None, name="renamed.csv"))[0] == "1003"
        batch_of(create(server, None, listId="1001"), replayed=False)
        undo = server.call("POST", f"/leadline/v1/jobs/{batch_id}/undo.json").json()["result"][0]["batchId"]
        assert server.ended(undo, partial(_job, server, undo))["status"] == "Complete"
        again = batch_of(create(server, None), replayed=False)
        assert error_of(create(server, None)) == ("1003", f"The same file was imported as job {again}")
        bad = server.post_file(b"email\n\xff\n").json()["result"][0]["batchId"]
        assert server.finish(bad)["status"] == "Failed"
        assert server.post_file(b"email\n\xff\n").json()["success"]
