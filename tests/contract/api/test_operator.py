"""Beside the Marketo surface: the ledger at its edges, metrics, health, and an honest OpenAPI document."""

import csv
import io
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from leadline.api.app import ENDPOINTS
from tests.contract.api.calls import FILE, error_of
from tests.harness import Server, running, start_server, subscription

OUTCOMES = {"created", "updated", "unchanged", "failed"}


def ledger_of(server: Server, batch_id: int) -> list[dict[str, str]]:
    text = server.call("GET", f"/leadline/v1/jobs/{batch_id}/ledger.csv").text
    return list(csv.DictReader(io.StringIO(text)))


def test_each_row_has_one_outcome_and_the_counts_agree(server: Server) -> None:
    """Ledger, failure file, warning file and job say the same."""
    rows = [f"fine{n}@example.com,{n}\nbroken {n},1\nbad{n}@example.com,x\n\n,1" for n in range(500)]
    server.run_import("email,leadScore\nfine1@example.com,1\nfine2@example.com,7\n")
    batch_id = server.submit("email,leadScore\n" + "\n".join(rows) + "\n")
    server.finish(batch_id)
    (job,) = server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"]
    lines = ledger_of(server, batch_id)
    assert [int(line["row"]) for line in lines] == list(range(1, 2001))
    counts = {outcome: sum(line["outcome"] == outcome for line in lines) for outcome in OUTCOMES}
    assert counts == {"created": 998, "updated": 1, "unchanged": 1, "failed": 1000}
    assert counts == {name: job[name] for name in OUTCOMES}
    assert job["processed"] == 1000
    assert (job["warnings"], job["fileBytes"]) == (500, len("email,leadScore\n" + "\n".join(rows) + "\n"))
    assert all((line["id"] == "") is (line["outcome"] == "failed") for line in lines)
    failed = server.failures(batch_id).text.splitlines()[1:]
    assert [line.rsplit(",", 1)[-1] for line in failed] == [
        line["reason"] for line in lines if line["outcome"] == "failed"
    ]
    warned = [line["reason"] for line in lines if line["outcome"] != "failed" and line["reason"]]
    assert warned == ["Invalid email address"] * 500


def test_ids_of_the_ledger_are_the_leads(server: Server) -> None:
    """The id is the lead's; rows of one key have the same."""
    batch_id = server.submit("email\nledger1@example.com\nledger2@example.com\nLEDGER1@example.com\n")
    server.finish(batch_id)
    ids = [line["id"] for line in ledger_of(server, batch_id)]
    found = [server.lead("email", f"ledger{n}@example.com", "id")[0]["id"] for n in (1, 2)]
    assert ids == [str(found[0]), str(found[1]), str(found[0])]


def test_an_identical_import_changes_nothing(server: Server) -> None:
    """Unchanged in the ledger, the same updatedAt; list membership alone is no update."""
    file = "email,firstName,leadScore,vip\n" + "".join(f"same{n}@example.com,N,{n},yes\n" for n in range(300))
    addresses = ",".join(f"same{n}@example.com" for n in range(300))
    server.run_import(file)
    before = server.lead("email", addresses, "updatedAt,createdAt")
    for params in ({}, {"listId": "1001"}, {"listId": "1001"}):
        batch_id = server.submit(file, **params)
        server.finish(batch_id)
        assert {line["outcome"] for line in ledger_of(server, batch_id)} == {"unchanged"}
    assert server.lead("email", addresses, "updatedAt,createdAt") == before


@pytest.mark.parametrize("job", ["999", "abc", "99999999999", "-1"])
def test_jobs_that_are_not_there(server: Server, job: str) -> None:
    """1001 or 1013 in JSON, 404 for the ledger."""
    expected = "1013" if job in ("999", "-1") else "1001"
    assert error_of(server.call("GET", f"/leadline/v1/jobs/{job}.json"))[0] == expected
    answer = server.call("GET", f"/leadline/v1/jobs/{job}/ledger.csv")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (404, "text/plain")


def test_a_queued_job(tmp_path: Path) -> None:
    """What is not known yet is null; no ledger until it is finished."""
    for server in running(tmp_path / "data", subscription(), workers=0):
        batch_id = server.submit(FILE, listId="1001", format="CSV", lookupField="EMAIL")
        (job,) = server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"]
        nothing: dict[str, Any] = dict.fromkeys(("startedAt", "finishedAt", "rate", "remaining", "message"))
        nothing |= dict.fromkeys(
            ("processed", "failed", "warnings", "created", "updated", "unchanged", "rescued"), 0
        )
        said = {
            "batchId": batch_id,
            "kind": "lead",
            "status": "Queued",
            "format": "csv",
            "lookupField": "email",
        }
        said |= {"listId": 1001, "programId": None, "fileBytes": len(FILE), "createdAt": job["createdAt"]}
        said |= {"clientId": "tests", "credential": "tests", "user": "tests@example.com"}
        said |= {"fileName": "leads.csv", "fileSha256": sha256(FILE.encode()).hexdigest(), "cancelled": False}
        nothing |= dict.fromkeys(("sameFileAs", "undoes", "undoneBy", "undoUntil", "appliesPreview"))
        nothing |= dict.fromkeys(("reverted", "partly", "kept", "deleted", "gone"), 0)
        assert job == said | nothing
        assert server.call("GET", f"/leadline/v1/jobs/{batch_id}/ledger.csv").status_code == 404
        assert 'leadline_jobs{status="Queued"} 1.0' in server.http.get(f"{server.address}/metrics").text


def test_metrics_can_be_off(tmp_path: Path) -> None:
    """SERVER__METRICS=false: the path is unknown then."""
    server = start_server(
        tmp_path / "data", subscription(), workers=0, env={"LEADLINE_SERVER__METRICS": "false"}
    )
    assert error_of(server.call("GET", "/metrics", token=""))[0] == "610"
    assert server.http.get(f"{server.address}/health/ready").status_code == 200
    assert server.stop() == 0


def test_openapi_names_every_route_and_parameter(server: Server) -> None:
    """Valid OpenAPI 3.1; each endpoint with its path parameters, permission and answers."""
    document = server.http.get(f"{server.address}/openapi.json").json()
    validate(document)
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert {(each.method, each.path) for each in ENDPOINTS} <= told
    for endpoint in ENDPOINTS:
        operation = document["paths"][endpoint.path][endpoint.method.lower()]
        named = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert named == {each.name for each in endpoint.parameters if each.place == "path"}
        assert "200" in operation["responses"]
        for permission in endpoint.permissions:
            assert permission in operation["description"]
