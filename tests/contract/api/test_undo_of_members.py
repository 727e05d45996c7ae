"""Members of lists and programs, and records of custom objects, are taken back like people."""

from collections.abc import Iterator
from json import dumps
from typing import Any

import pytest

from tests.contract.api.undos import (
    colors,
    counts,
    foreseen,
    imported,
    kept,
    lead,
    members_of,
    undo_world,
    undone,
)
from tests.contract.api.world import import_members, import_objects, sync
from tests.harness import Server


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from undo_world(tmp_path_factory)


def test_members_of_a_list_leave_it_unless_somebody_touched_them(world: Server) -> None:
    imported(world, "email\nlm1@example.com\nlm2@example.com\nlm3@example.com\n")
    ids = [lead(world, f"lm{each}@example.com", "id")["id"] for each in (1, 2, 3)]
    sync(world, "/rest/v1/lists/1002/leads.json", {"id": ids[2]})
    content = "email\nlm1@example.com\nlm2@example.com\nlm3@example.com\n"
    batch_id = imported(world, content, listId=1002)
    world.call("DELETE", "/rest/v1/lists/1002/leads.json", json={"input": [{"id": ids[1]}]})
    sync(world, "/rest/v1/lists/1002/leads.json", {"id": ids[1]})
    job = undone(world, batch_id)
    assert counts(job) == {"reverted": 1, "kept": 1}
    assert members_of(world, 1002, ids) == [False, True, True]
    assert counts(undone(world, job["batchId"])) == {"reverted": 1}
    assert members_of(world, 1002, ids) == [True, True, True]


@pytest.mark.parametrize("way", ["keep", "refuse", "preview"])
def test_nobody_comes_back_to_a_list_that_was_deleted(world: Server, way: str) -> None:
    folder = {"id": 3, "type": "Folder"}
    made = world.call("POST", "/rest/asset/v1/staticLists.json", data={"name": way, "folder": dumps(folder)})
    list_id, email = made.json()["result"][0]["id"], f"deleted-list-{way}@example.com"
    imported(world, f"email,title\n{email},Old\n")
    undo = undone(world, imported(world, f"email,title\n{email},Job\n", listId=list_id))["batchId"]
    assert world.call("POST", f"/rest/asset/v1/staticList/{list_id}/delete.json").json()["success"]
    if way == "preview":
        assert foreseen(world, undo)["rows"]["partly"] == 1
        return
    job = undone(world, undo, onConflict=way)
    assert [(each["field"], each["why"]) for each in kept(world, job["batchId"])] == [
        ("list", "the list was deleted")
    ]
    assert (job["status"], counts(job)) == {"keep": ("Complete", {"partly": 1}), "refuse": ("Failed", {})}[
        way
    ]
    assert lead(world, email, "title") == {"title": {"keep": "Job", "refuse": "Old"}[way]}


def member(server: Server, lead_id: int) -> dict[str, Any] | None:
    names = "leadId,statusName,reachedSuccess,reachedSuccessDate,membershipDate,acquiredBy,createdAt"
    path = f"/rest/v1/programs/1001/members.json?filterType=leadId&filterValues={lead_id}&fields={names}"
    found = server.get(path).get("result", [])
    return {name: value for name, value in found[0].items() if name != "seq"} if found else None


def test_members_of_a_program_leave_it_or_go_back_a_step(world: Server) -> None:
    imported(world, "email\npm1@example.com\npm2@example.com\n")
    ids = [lead(world, f"pm{each}@example.com", "id")["id"] for each in (1, 2)]
    import_members(world, "email\npm1@example.com\n", "Invited")
    before = member(world, ids[0])
    batch_id = import_members(world, "email\npm1@example.com\npm2@example.com\npm3@example.com\n", "Attended")
    after = [member(world, each) for each in ids]
    assert after[0] is not None
    assert after[0]["reachedSuccess"] is True
    job = undone(world, batch_id)
    assert counts(job) == {"reverted": 2, "deleted": 1}
    assert [member(world, each) for each in ids] == [before, None]
    assert lead(world, "pm2@example.com", "acquisitionProgramId") == {"acquisitionProgramId": None}
    assert world.lead("email", "pm3@example.com", "id") == []
    again = undone(world, job["batchId"])
    assert counts(again) == {"reverted": 2, "gone": 1} or counts(again) == {"reverted": 2}
    assert [member(world, each) for each in ids] == after


@pytest.mark.parametrize("into", ["list", "program"])
def test_members_go_and_come_back_as_often_as_they_are_taken_back(world: Server, into: str) -> None:
    email = f"often-{into}@example.com"
    imported(world, f"email\n{email}\n")
    lead_id = lead(world, email, "id")["id"]
    if into == "list":
        batch_id = imported(world, f"email\n{email}\n", listId=1001)
    else:
        batch_id = import_members(world, f"email\n{email}\n", "Attended")

    def state() -> Any:
        return member(world, lead_id) if into == "program" else members_of(world, 1001, [lead_id])

    there = state()
    assert there not in (None, [False])
    for turn in range(5):
        job = undone(world, batch_id)
        assert (job["status"], counts(job)) == ("Complete", {"reverted": 1}), job["message"]
        assert (state() == there) == (turn % 2 == 1)
        batch_id = job["batchId"]


def test_records_of_a_custom_object_are_taken_back_like_people(world: Server) -> None:
    import_objects(world, "car_c", "vin,color\nundo-1,red\n")
    first = import_objects(world, "car_c", "vin,color\nundo-1,blue\nundo-2,blue\nundo-3,blue\n")
    sync(world, "/rest/v1/customobjects/car_c.json", {"vin": "undo-3", "color": "green"})
    job = undone(world, first["batchId"])
    assert counts(job) == {"reverted": 1, "deleted": 1, "kept": 1}
    assert colors(world, "undo-1,undo-2,undo-3") == {"undo-1": "red", "undo-3": "green"}


def test_a_parent_that_rows_link_to_is_kept(world: Server) -> None:
    cars = import_objects(world, "car_c", "vin\nparent-1\nparent-2\n")["batchId"]
    trips = import_objects(world, "trip_c", "car,day,km\nparent-1,2026-01-01,5\n")["batchId"]
    job = undone(world, cars)
    assert counts(job) == {"kept": 1, "deleted": 1}
    assert kept(world, job["batchId"])[0]["why"] == "linked to by trip_c"
    assert counts(undone(world, trips)) == {"deleted": 1}
    assert counts(undone(world, cars))["deleted"] >= 1


def test_people_that_an_object_links_to_are_kept(world: Server) -> None:
    batch_id = imported(world, "email\ndriver-1@example.com\n")
    import_objects(world, "car_c", "vin\ndriven-1\n")
    import_objects(world, "trip_c", "car,day,driver\ndriven-1,2026-01-01,driver-1@example.com\n")
    assert counts(undone(world, batch_id)) == {"kept": 1}
