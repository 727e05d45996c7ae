"""What jobs came to, in figures: rows by reason and column, and jobs by day, kind and credential."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from leadline.clock import MachineTime, now_ms
from leadline.store import job_hours
from tests.contract.api.calls import error_of
from tests.contract.api.world import bulk, credential, whole_subscription
from tests.harness import Server, running, until
from tests.stores import open_stores

MEMBERS = "/bulk/v1/program/1001/members/import.json"
TRIPS = "/bulk/v1/customobjects/trip_c/import.json"
DAY_SECONDS = 86_400

Group = tuple[str, str, str | None, int, int]
FILES: dict[str, tuple[str, dict[str, str], str, list[Group]]] = {
    "lead": (
        "/bulk/v1/leads.json",
        {},
        "EMAIL,leadScore,ANNUALREVENUE,personalMail,otherMail\n"
        "a@example.com,ninety,x,,\n"
        ",1,1,,\n"
        "b@example.com,eighty,,,\n"
        "c@example.com,,lots,,\n"
        "d at example,,,not so,\n"
        "e@example.com,,,bad one,bad too\n"
        "f@example.com,,,,bad too\n"
        "g@example.com,,,,,one more\n"
        "EMAIL,leadScore,ANNUALREVENUE,personalMail,otherMail\n"
        "NULL,ten,,,\n",
        [
            ("failure", "Invalid data type in field Lead Score", "leadScore", 2, 1),
            ("failure", "Value for lookup field 'email' not found", "EMAIL", 2, 2),
            ("failure", "Invalid data type in field Annual Revenue", "ANNUALREVENUE", 1, 4),
            ("failure", "Header repeated", None, 1, 9),
            ("warning", "Invalid email address", "EMAIL", 1, 5),
            ("warning", "Invalid email address", "personalMail", 1, 6),
            ("warning", "Invalid email address", "otherMail", 1, 7),
            ("warning", "Row has more values than the header", None, 1, 8),
        ],
    ),
    "program_member": (
        MEMBERS,
        {"programMemberStatus": "Invited"},
        "email,rank,leadScore\nm1@example.com,first,\nm2@example.com,,second\nm3@example.com,third,fourth\n,1,1\n",
        [
            ("failure", "Invalid data type in field Rank", "rank", 2, 1),
            ("failure", "Invalid data type in field Lead Score", "leadScore", 1, 2),
            ("failure", "Value for lookup field 'email' not found", "email", 1, 4),
        ],
    ),
    "trip_c": (
        TRIPS,
        {},
        "unknown,Car,day,driver,km\n"
        "x,,2025-01-01,,\n"
        "x,v1,,,\n"
        "x,,,,\n"
        "x,v1,yesterday,,\n"
        "x,nowhere,2025-01-01,,\n"
        "x,v1,2025-01-01,nobody@example.com,\n"
        "x,v1,2025-01-02,,far\n",
        [
            ("failure", "missing.dedupe.fields", "Car", 2, 1),
            ("failure", "missing.dedupe.fields", "day", 1, 2),
            ("failure", "Invalid data type in field Day", "day", 1, 4),
            ("failure", "Value for lookup field 'car' not found", "Car", 1, 5),
            ("failure", "Value for lookup field 'driver' not found", "driver", 1, 6),
            ("failure", "Invalid data type in field Kilometres", "km", 1, 7),
        ],
    ),
}


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    mails = [
        {"name": "personalMail", "displayName": "Personal Mail", "dataType": "email"},
        {"name": "otherMail", "displayName": "Other Mail", "dataType": "email"},
    ]
    document = whole_subscription(
        credentials=[
            credential("lead only", "Read-Write Lead"),
            credential("object only", "Read-Write Custom Object"),
            credential("reader", "Read-Only Lead", "Read-Only Custom Object"),
        ],
    )
    document["lead_fields"] += mails
    for server in running(tmp_path_factory.mktemp("figures") / "data", document):
        body = {"input": [{"vin": "v1", "color": "red"}]}
        assert server.call("POST", "/rest/v1/customobjects/car_c.json", json=body).json()["success"]
        yield server


def finished(server: Server, path: str, content: str, **params: str) -> dict[str, Any]:
    """Import a file to its end; return the job."""
    body = bulk(server, path, content, **params)
    assert body["success"], body
    batch_id = body["result"][0]["batchId"]
    return server.ended(batch_id, lambda: server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0])


def groups(server: Server, batch_id: int) -> list[Group]:
    items = server.get(f"/leadline/v1/jobs/{batch_id}/reasons.json")["result"]
    return [(each["kind"], each["reason"], each["column"], each["rows"], each["firstRow"]) for each in items]


@pytest.mark.parametrize("kind", list(FILES))
def test_rows_by_reason_and_column(world: Server, kind: str) -> None:
    """Those that a preview of the file foresees; rows add up to the job's, and to the ledger's reasons."""
    path, params, content, expected = FILES[kind]
    ahead = path.replace("/bulk/v1/", "/leadline/v1/previews/").replace("/import.json", ".json")
    job = finished(world, path, content, **params)
    found = groups(world, job["batchId"])
    assert found == expected
    assert sum(rows for word, *_, rows, _ in found if word == "failure") == job["failed"]
    assert sum(rows for word, *_, rows, _ in found if word == "warning") == job["warnings"]
    told = Counter(line.split(",", 3)[3].strip('"') for line in world.ledger(job["batchId"]))
    counted: Counter[str] = Counter()
    for _, reason, _, rows, _ in found:
        counted[reason] += rows
    assert counted == {reason: rows for reason, rows in told.items() if reason}
    preview = bulk(world, ahead, content, **params)["result"][0]["previewId"]
    seen = world.get(f"/leadline/v1/previews/{preview}.json", params={"wait": 30})["result"][0]
    names = ("kind", "reason", "column", "rows", "firstRow")
    assert [tuple(each[name] for name in names) for each in seen["reasons"]] == found


def test_chunks_add_up(world: Server) -> None:
    """A file of several chunks has each reason once, with the first row of all."""
    lines = [f"chunks{number}@example.com,{'x' * 90}," for number in range(30_000)]
    for number in (3, 9_999, 10_000, 29_999):
        lines[number] += "many"
    lines[20_000] = ",nobody,"
    job = finished(world, "/bulk/v1/leads.json", "email,title,leadScore\n" + "\n".join(lines) + "\n")
    assert len([each for each in world.events("ChunkMerged") if each["batch_id"] == job["batchId"]]) > 1
    assert groups(world, job["batchId"]) == [
        ("failure", "Invalid data type in field Lead Score", "leadScore", 4, 4),
        ("failure", "Value for lookup field 'email' not found", "email", 1, 20_001),
    ]


def test_a_good_file_has_no_reasons(world: Server) -> None:
    assert groups(world, finished(world, "/bulk/v1/leads.json", "email\nfine@example.com\n")["batchId"]) == []


def test_who_may_see_them(world: Server) -> None:
    lead = finished(world, "/bulk/v1/leads.json", "email\nwho@example.com\n")["batchId"]
    for name in ("object only", "reader"):
        answer = world.call(
            "GET", f"/leadline/v1/jobs/{lead}/reasons.json", world.token_of(name, f"{name}-secret")
        )
        assert error_of(answer)[0] == "603"
    assert error_of(world.call("GET", "/leadline/v1/jobs/999/reasons.json"))[0] == "1013"


def counts(server: Server, token: str | None = None, **params: Any) -> list[dict[str, Any]]:
    body = server.call("GET", "/leadline/v1/counts.json", token, params=params).json()
    assert body["success"], body
    result: list[dict[str, Any]] = body["result"]
    return result


def test_days(store: str, tmp_path: Path) -> None:
    """Each job that ends adds to its day, kind and credential, cancelled ones too; days outlive jobs."""
    document = whole_subscription(
        credentials=[
            credential("lead only", "Read-Write Lead"),
            credential("object only", "Read-Write Custom Object"),
        ]
    )
    env = {"LEADLINE_TIMES__UPKEEP_SECONDS": "0.5"}
    for server in running(tmp_path / "data", document, env=env):
        first = "email,leadScore\na@example.com,1\nb@example.com,x\n"
        done = [finished(server, "/bulk/v1/leads.json", first) for _ in range(2)]
        done.append(finished(server, "/bulk/v1/customobjects/car_c/import.json", "vin\nv\n"))
        server.finish(server.submit(b"email\n\xff\n"))
        today = datetime.now(UTC).date().isoformat()
        car, lead = counts(server)
        assert (lead["day"], lead["kind"], lead["credential"]) == (today, "lead", "tests")
        expected = {"jobs": 3, "created": 1, "updated": 0, "unchanged": 1, "failed": 2}
        assert {name: lead[name] for name in expected} == expected
        assert lead["fileBytes"] == 2 * len(first) + 8
        assert (car["kind"], car["jobs"], car["created"], car["fileBytes"]) == ("car_c", 1, 1, 6)
        for name, kinds in (("lead only", {"lead"}), ("object only", {"car_c"})):
            token = server.token_of(name, f"{name}-secret")
            assert {each["kind"] for each in counts(server, token)} == kinds
        _old_days_go(server)
        assert error_of(server.call("GET", "/leadline/v1/counts.json", params={"days": "x"}))[0] == "1001"


def _old_days_go(server: Server) -> None:
    """A day of 400 days ago is forgotten, one of 399 is kept and told to who asks for as many."""
    stores, now = open_stores(server.data), now_ms() // 1000
    with stores.subscription("123-ABC-456").write() as session:
        batch_id = server.get("/leadline/v1/jobs.json")["result"][0]["batchId"]
        for days in (399, 400):
            job_hours.count(session, batch_id, now - days * DAY_SECONDS)
    oldest = datetime.fromtimestamp(now - 399 * DAY_SECONDS, UTC).date().isoformat()

    def days_kept() -> list[str]:
        with stores.subscription("123-ABC-456").read() as session:
            return [each.day for each in job_hours.last_days(session, MachineTime().now(""), 500)]

    until(lambda: days_kept()[-1] == oldest)
    assert [each["day"] for each in counts(server, days=1000)][-1] == oldest
    assert oldest not in {each["day"] for each in counts(server, days=399)}
    assert len(counts(server, days=0)) == 2
    stores.close()
