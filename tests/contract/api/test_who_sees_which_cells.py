"""Each file and answer that shows cells of people, in the eyes of a credential to which one partition is open."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from leadline.api.app import ENDPOINTS
from tests.contract.api.previews import applied, seen, told
from tests.contract.api.undos import ask, finished, undone
from tests.contract.api.world import credential, post, sync, whole_subscription
from tests.forms import repeats
from tests.harness import Server, running

pytestmark = repeats("postgres", "given")

HOME, EURO = "home@closed.co", "euro@open.co"
CELLS, ROWS, OWN = "cells", "rows", "own"
"""Lines of closed people are left out, or have no cell; lines stay without their ids; the uploaded file's own text."""

FILES = {
    "jobs/{batchId}/changes.csv": CELLS,
    "jobs/{batchId}/drift.csv": CELLS,
    "jobs/{batchId}/kept.csv": CELLS,
    "previews/{previewId}/changes.csv": CELLS,
    "previews/{previewId}/drift.csv": CELLS,
    "previews/{previewId}/kept.csv": CELLS,
    "previews/{previewId}/rows.csv": ROWS,
    "previews/{previewId}/failures.csv": OWN,
    "previews/{previewId}/warnings.csv": OWN,
    "previews/{previewId}/faults.csv": OWN,
    "jobs/{batchId}/ledger.csv": OWN,
    "jobs/{batchId}/unreached.csv": OWN,
}


class Past:
    """What has happened: a job that changed both people, its undo that kept both, an apply that drifted on both."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.token = server.token_of("european", "european-secret")
        self.ids = {}
        for name in (HOME, EURO):
            self.ids[name] = int(
                sync(server, "/rest/v1/leads.json", {"email": name, "title": "Old"})[0]["id"]
            )
        moved = {"input": [{"id": self.ids[EURO], "partitionName": "Europe"}]}
        assert post(server, "/rest/v1/leads/partitions.json", moved)["success"]
        self.job = server.submit(self.file("Job"))
        server.finish(self.job)
        preview = seen(server, "lead", self.file("Plan"))
        for name, title in ((HOME, "HomeSince"), (EURO, "EuroSince")):
            sync(server, "/rest/v1/leads.json", {"email": name, "title": title})
        drifted = applied(server, preview)
        assert drifted["status"] == "Failed", drifted
        of_undo = told(server, ask(server, self.job, preview=True).json()["result"][0]["previewId"])
        undo = undone(server, self.job)
        self.values = {
            "jobs/{batchId}/changes.csv": self.job,
            "jobs/{batchId}/drift.csv": drifted["batchId"],
            "jobs/{batchId}/kept.csv": undo["batchId"],
            "previews/{previewId}/changes.csv": preview["previewId"],
            "previews/{previewId}/drift.csv": preview["previewId"],
            "previews/{previewId}/rows.csv": preview["previewId"],
            "previews/{previewId}/kept.csv": of_undo["previewId"],
        }

    def file(self, what: str) -> str:
        return f"email,title\n{HOME},Home{what}\n{EURO},Euro{what}\n"

    def text(self, path: str, token: str | None = None) -> str:
        """Return a file as somebody sees it."""
        whole = re.sub(r"\{\w+\}", str(self.values[path]), f"/leadline/v1/{path}")
        answer = self.server.call("GET", whole, token)
        assert answer.status_code == 200, (path, answer.text)
        return answer.text


@pytest.fixture(scope="module")
def past(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    european = credential("european", partitions=["Europe"]) | {"permissions": "all"}
    document = whole_subscription()
    document["credentials"].append(european)
    for server in running(tmp_path_factory.mktemp("who") / "data", document):
        yield Past(server)


def test_each_file_is_here() -> None:
    """A new one fails until it is said what it shows to whom."""
    files = {each.path.removeprefix("/leadline/v1/") for each in ENDPOINTS if each.path.endswith(".csv")}
    assert files == FILES.keys()


@pytest.mark.parametrize("path", [path for path, kind in FILES.items() if kind is not OWN])
def test_no_cell_and_no_id_of_a_closed_person_is_shown(past: Past, path: str) -> None:
    """All is shown to whom all partitions are open, and the open person's to the other."""
    whole, seen_by_other = past.text(path), past.text(path, past.token)
    home, euro = (str(past.ids[each]) for each in (HOME, EURO))
    for name, own_id in ((HOME, home), (EURO, euro)):
        assert (
            any(own_id in line.split(",") or name in line for line in whole.splitlines()) or "drift" in path
        )
    if FILES[path] is CELLS:
        assert "Home" in whole
        assert "Euro" in whole
        assert "Euro" in seen_by_other
    cells = [cell for line in seen_by_other.splitlines()[1:] for cell in line.split(",")[1:]]
    assert not [cell for cell in cells if "home" in cell.lower() or cell == home]


def test_history_sources_and_activities(past: Past) -> None:
    """A closed person is unknown; of who was deleted the id and the instant are told to everybody."""
    server = past.server

    def answer(path: str) -> Any:
        return server.call("GET", path, past.token).json()

    for what in ("history", "provenance"):
        assert answer(f"/leadline/v1/leads/{past.ids[HOME]}/{what}.json")["errors"][0]["code"] == "1004"
        assert answer(f"/leadline/v1/leads/{past.ids[EURO]}/{what}.json")["success"]
    start = answer("/rest/v1/activities/pagingtoken.json?sinceDatetime=2020-01-01")["nextPageToken"]
    found = answer(f"/rest/v1/activities/leadchanges.json?fields=title&nextPageToken={start}")["result"]
    assert {each["leadId"] for each in found} == {past.ids[EURO]}
    assert "Home" not in str(found)


def test_an_undo_leaves_closed_people_alone(past: Past) -> None:
    """Kept, and nothing said of them; with `refuse` nothing is taken back at all."""
    server = past.server
    batch_id = server.submit(past.file("Last"))
    server.finish(batch_id)
    refused = finished(
        server, ask(server, batch_id, past.token, onConflict="refuse").json()["result"][0]["batchId"]
    )
    assert refused["status"] == "Failed"
    undo = undone(server, batch_id, past.token)
    assert (undo["reverted"], undo["kept"]) == (1, 1)
    kept = server.call("GET", f"/leadline/v1/jobs/{undo['batchId']}/kept.csv", past.token).text
    assert "Home" not in kept
    assert server.lead("email", HOME, "title")[0]["title"] == "HomeLast"
    assert server.lead("email", EURO, "title")[0]["title"] == "EuroSince"


def test_an_apply_reaches_no_closed_person(past: Past) -> None:
    """Refused where new people would go to a closed partition, else drift (`test_narrowed_credentials.py`)."""
    server = past.server
    preview = seen(server, "lead", past.file("Apply"))
    path = f"/leadline/v1/previews/{preview['previewId']}/apply.json"
    assert server.call("POST", path, past.token).json()["errors"][0]["code"] == "1008"
    assert server.lead("email", HOME, "title")[0]["title"] == "HomeLast"
