"""A credential whose partitions were narrowed: what it asked for before is done within those of today."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.calls import error_of
from tests.contract.api.previews import PREVIEWS, asked, cells_of, file_of, told
from tests.contract.api.test_previews_of_others import apply_file
from tests.contract.api.undos import ask, counts, finished, imported, kept, lead
from tests.contract.api.world import credential, sync, whole_subscription
from tests.harness import Server, running

PEOPLE = {"home": "home-{}@example.com", "away": "away-{}@example.com"}


def document(*partitions: str) -> dict[str, Any]:
    found = whole_subscription(partitions=["Default", "Europe"])
    narrowed = credential("narrowed", "Read-Write Lead", partitions=list(partitions))
    return found | {"credentials": [*found["credentials"], narrowed]}


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from running(tmp_path_factory.mktemp("narrowed") / "data", document("Default", "Europe"))


@pytest.fixture
def wide(world: Server) -> str:
    """A token of the credential, to which all partitions are open."""
    apply_file(world, document("Default", "Europe"))
    return world.new_token("narrowed", "narrowed-secret")


def written(server: Server, mark: str) -> int:
    """Import a person at home and one away, change both; return the job that changed them."""
    home, away = (each.format(mark) for each in PEOPLE.values())
    imported(server, f"email,title\n{home},Old\n")
    imported(server, f"email,title\n{away},Old\n", partitionName="Europe")
    return imported(server, f"email,title\n{home},Job\n{away},Job\n")


def titles(server: Server, mark: str) -> list[str]:
    return [lead(server, each.format(mark), "title")["title"] for each in PEOPLE.values()]


def test_an_undo_keeps_what_is_closed_by_now(world: Server, wide: str) -> None:
    batch_id = written(world, "undo")
    preview_id = ask(world, batch_id, wide, preview=True).json()["result"][0]["previewId"]
    assert told(world, preview_id)["rows"]["reverted"] == 2
    assert len(cells_of(file_of(world, preview_id, "changes", wide))) == 2
    apply_file(world, document("Default"))
    token = world.new_token("narrowed", "narrowed-secret")
    assert [each[0] for each in cells_of(file_of(world, preview_id, "changes", token))] == ["1"]
    path = f"{PREVIEWS}/{preview_id}/apply.json"
    applied = finished(world, world.call("POST", path, token).json()["result"][0]["batchId"])
    assert applied["message"] == "Undo failed, the preview is out of date: 1 row would act differently"
    assert titles(world, "undo") == ["Job", "Job"]
    undo = finished(world, ask(world, batch_id, token).json()["result"][0]["batchId"])
    assert counts(undo) == {"reverted": 1, "kept": 1}
    assert titles(world, "undo") == ["Old", "Job"]
    assert kept(world, undo["batchId"], token) == []


def test_an_apply_does_not_write_what_is_closed_by_now(world: Server, wide: str) -> None:
    written(world, "apply")
    home, away = (each.format("apply") for each in PEOPLE.values())
    preview_id = asked(world, "lead", f"email,title\n{home},New\n{away},New\n", wide)
    into_europe = asked(world, "lead", "email\nnew@example.com\n", wide, partitionName="Europe")
    assert [told(world, each, wide)["status"] for each in (preview_id, into_europe)] == ["Ready", "Ready"]
    apply_file(world, document("Default"))
    token = world.new_token("narrowed", "narrowed-secret")
    refused = world.call("POST", f"{PREVIEWS}/{into_europe}/apply.json", token)
    assert error_of(refused)[0] == "1008"
    path = f"{PREVIEWS}/{preview_id}/apply.json"
    applied = finished(world, world.call("POST", path, token).json()["result"][0]["batchId"])
    assert (applied["status"], titles(world, "apply")) == ("Failed", ["Job", "Job"])
    sync(world, "/rest/v1/leads.json", {"email": home, "title": "Still"})
    assert world.lead("email", "new@example.com", "id") == []
