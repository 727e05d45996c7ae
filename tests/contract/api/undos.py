"""Undos for tests: what takes a job back, and what is told of it."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.calls import only
from tests.contract.api.world import credential, whole_subscription
from tests.forms import repeats
from tests.harness import Server, running

JOBS = "/leadline/v1/jobs"
SYNC = "/rest/v1/leads.json"
FIELDS = "email,firstName,lastName,title,leadScore,company"

modelled = repeats("postgres", "given")
"""Marks cases that `tests/contract/trust/test_trust_model.py` mixes on each database."""


def undo_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a server of all object types, with credentials that may do little."""
    document = whole_subscription(
        partitions=["Default", "Europe"],
        credentials=[
            credential("default only", "Read-Write Lead", partitions=["Default"]),
            credential("objects only", "Read-Write Custom Object"),
        ],
    )
    yield from running(tmp_path_factory.mktemp("undo") / "data", document)


def imported(server: Server, content: str, **params: Any) -> int:
    """Import leads to the end; return the batch id."""
    batch_id = server.submit(content, **params)
    server.finish(batch_id)
    return batch_id


def ask(server: Server, batch_id: int, token: str | None = None, **body: Any) -> Any:
    return server.call("POST", f"{JOBS}/{batch_id}/undo.json", token, json=body)


def undone(server: Server, batch_id: int, token: str | None = None, **body: Any) -> dict[str, Any]:
    """Undo a job to the end; return the undo as `jobs.json` shows it."""
    answer = ask(server, batch_id, token, **body).json()
    assert answer["success"], answer
    return finished(server, answer["result"][0]["batchId"])


def finished(server: Server, batch_id: int) -> dict[str, Any]:
    return server.ended(batch_id, lambda: server.get(f"{JOBS}/{batch_id}.json")["result"][0])


def ledger(server: Server, batch_id: int) -> dict[int, tuple[str, str]]:
    """Return outcome and reason of each row of a job."""
    rows = csv.reader(io.StringIO("\n".join(server.ledger(batch_id))))
    return {int(row): (outcome, reason) for row, outcome, _, reason in rows}


def kept(server: Server, batch_id: int, token: str | None = None) -> list[dict[str, str]]:
    answer = server.call("GET", f"{JOBS}/{batch_id}/kept.csv", token)
    return list(csv.DictReader(io.StringIO(answer.text)))


def counts(job: dict[str, Any]) -> dict[str, int]:
    return {name: job[name] for name in ("reverted", "partly", "kept", "deleted", "gone") if job[name]}


def lead(server: Server, email: str, fields: str = FIELDS) -> dict[str, Any]:
    return only(server, email, *fields.split(","))


def foreseen(server: Server, batch_id: int) -> dict[str, Any]:
    """Ask for the preview of an undo, and return it when it is made."""
    answer = ask(server, batch_id, preview=True).json()
    assert answer["success"], answer
    path = f"/leadline/v1/previews/{answer['result'][0]['previewId']}.json?wait=30"
    found: dict[str, Any] = server.get(path)["result"][0]
    return found


def members_of(server: Server, list_id: int, ids: list[int]) -> list[bool]:
    asked = [("id", str(each)) for each in ids]
    items = server.call("GET", f"/rest/v1/lists/{list_id}/leads/ismember.json", params=asked).json()["result"]
    return [each["status"] == "memberof" for each in items]


def colors(server: Server, vins: str) -> dict[str, str]:
    path = f"/rest/v1/customobjects/car_c.json?filterType=vin&filterValues={vins}&fields=vin,color"
    return {each["vin"]: each["color"] for each in server.get(path)["result"]}
