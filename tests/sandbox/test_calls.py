"""The journal tells what a client did."""

import hashlib
from typing import Any

import pytest

from tests.sandbox.server import SandboxProcess, Subscription, sentence
from tests.sandbox.test_faults import LEADS, create, lists, set_fault


def calls_of(mine: Subscription, **query: Any) -> list[dict[str, Any]]:
    """Return the calls without the one for a token."""
    answer = mine.control("GET", "calls", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["calls"]
    return [each for each in found if each["operation"] != "identity.token"]


def test_each_call_is_told_of(mine: Subscription) -> None:
    mine.control("POST", "clock", json={"freeze": "2026-03-01T12:00:00Z"})
    batch_id = mine.submit(LEADS, listId="", lookupField="email")
    mine.get(f"/bulk/v1/leads/batch/{batch_id}.json")
    create_call, status_call = calls_of(mine)
    assert create_call == {
        "at": "2026-03-01T12:00:00.000Z",
        "method": "POST",
        "route": "/bulk/v1/leads.json",
        "operation": "bulk.leads.create",
        "query": ["format", "listId", "lookupField"],
        "status": 200,
        "code": None,
        "fault": None,
        "parts": ["file"],
        "sha256": hashlib.sha256(LEADS.encode()).hexdigest(),
        "rows": 3,
    }
    assert (status_call["route"], status_call["parts"], status_call["sha256"], status_call["rows"]) == (
        "/bulk/v1/leads/batch/{batchId}.json",
        [],
        None,
        None,
    )


def test_values_are_told_where_they_are_wanted(mine: Subscription) -> None:
    form = {"format": "csv", "lookupField": "email"}
    files = {"file": ("f.csv", LEADS.encode(), "text/csv")}
    mine.call("POST", "/bulk/v1/leads.json", params={"partitionName": "Default"}, data=form, files=files)
    [quiet], [told] = calls_of(mine), calls_of(mine, values=1)
    assert (quiet["query"], quiet["parts"]) == (["partitionName"], ["format", "lookupField", "file"])
    assert told["query"] == {"partitionName": ["Default"]}
    assert told["parts"] == {"format": ["csv"], "lookupField": ["email"], "file": None}
    assert sentence(mine.control("GET", "calls", params={"values": "yes"}), 400)
    assert sentence(mine.control("GET", "calls", params={"value": "1"}), 400)


def test_errors_and_faults_are_told(mine: Subscription) -> None:
    create(mine, "nosuchfield\n1\n")
    mine.get("/rest/v1/nothing.json")
    mine.call("DELETE", "/rest/v1/lists.json")
    mine.get("/rest/v1/lead/99.json")
    set_fault(mine, on="lists.query", do=[{"code": "606"}, {"http": 503}, {"delay": "PT0S"}])
    for _ in range(3):
        lists(mine)
    found = [(each["operation"], each["status"], each["code"], each["fault"]) for each in calls_of(mine)]
    assert found == [
        ("bulk.leads.create", 200, "1006", None),
        (None, 200, "610", None),
        (None, 200, "605", None),
        ("leads.get", 200, "1004", None),
        ("lists.query", 200, "606", 1),
        ("lists.query", 503, None, 1),
        ("lists.query", 200, None, 1),
    ]
    assert [each["route"] for each in calls_of(mine)][1:3] == ["unknown", "/rest/v1/lists.json"]


def test_a_call_without_an_answer_has_no_status(mine: Subscription) -> None:
    set_fault(mine, preset="lost_create_reply")
    with pytest.raises(Exception, match=r"."):
        create(mine)
    [call] = calls_of(mine)
    assert (call["status"], call["code"], call["fault"], call["rows"]) == (None, None, 1, 3)


def test_an_upload_that_a_fault_refuses_is_told_of_whole(mine: Subscription) -> None:
    set_fault(mine, preset="queue_full")
    create(mine)
    [call] = calls_of(mine)
    assert (call["code"], call["parts"], call["rows"]) == ("1016", ["file"], 3)


@pytest.mark.parametrize(
    ("content", "file_format", "rows"),
    [
        (b"email\n\n\na@example.com\n , \nb@example.com", "csv", 2),
        (b'email,lastName\na@example.com,"x\ny"\n', "csv", 1),
        (b"email\tlastName\na@example.com\tx\n", "tsv", 1),
        ("email\na@example.com\n".encode("utf-16"), "csv", 1),
        (b"email\n" + b"a@example.com\n" * 3000, "csv", 3000),
        (b"email\n", "csv", 0),
        (b"", "csv", None),
        (b"email\na@example.com\n", "xml", None),
        (b"email\na@example.com\n\xff\n", "csv", None),
    ],
)
def test_rows_are_counted_as_the_import_does(
    mine: Subscription, content: bytes, file_format: str, rows: int | None
) -> None:
    files = {"file": ("f.csv", content, "text/csv")}
    mine.call("POST", "/bulk/v1/leads.json", params={"format": file_format}, files=files)
    for _ in range(2):  # small files are counted when they are asked for, and once
        [call] = calls_of(mine)
        assert (call["rows"], call["sha256"]) == (rows, hashlib.sha256(content).hexdigest())


def test_the_journal_is_forgotten(mine: Subscription) -> None:
    lists(mine)
    assert mine.control("DELETE", "calls").json() == {}
    assert mine.control("GET", "calls").json() == {"calls": [], "dropped": 0}
    lists(mine)
    mine.control("POST", "reset", json={})
    assert calls_of(mine) == []


def test_calls_are_of_their_subscription(mine: Subscription, sandbox: SandboxProcess) -> None:
    other = sandbox.make()
    lists(other)
    assert calls_of(mine) == []
    tokens = [each["operation"] for each in other.control("GET", "calls").json()["calls"]]
    assert tokens == ["identity.token", "lists.query"]
    other.control("DELETE")


def test_a_token_behind_the_file_names_the_subscription(mine: Subscription) -> None:
    files = {"file": ("f.csv", LEADS.encode(), "text/csv")}
    url, form = mine.sandbox.url + "/bulk/v1/leads.json", {"access_token": mine.token}
    assert mine.sandbox.http.post(url, data=form, files=files).json()["success"]
    [call] = calls_of(mine)
    assert (call["parts"], call["rows"]) == (["access_token", "file"], 3)


def test_urlencoded_fields_are_parts_as_well(mine: Subscription) -> None:
    mine.call(
        "POST", "/rest/v1/leads.json?_method=GET", data={"filterType": "email", "filterValues": "a@b.cd"}
    )
    [call] = calls_of(mine, values=1)
    assert (call["operation"], call["parts"]) == (
        "leads.query",
        {"filterType": ["email"], "filterValues": ["a@b.cd"]},
    )
