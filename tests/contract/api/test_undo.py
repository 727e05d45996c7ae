"""Taking a job back: each case of the table of `docs/how-to/undo-an-import.md`, for each kind of record."""

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from json import dumps
from typing import Any

import pytest

from tests.contract.api.calls import error_of, only
from tests.contract.api.world import (
    credential,
    import_members,
    import_objects,
    sync,
    whole_subscription,
)
from tests.forms import repeats
from tests.harness import Server, running, start_server, subscription, until
from tests.stores import open_stores

JOBS = "/leadline/v1/jobs"
SYNC = "/rest/v1/leads.json"
FIELDS = "email,firstName,lastName,title,leadScore,company"

modelled = repeats("postgres", "given")
"""Marks cases that `tests/contract/trust/test_trust_model.py` mixes on each database."""


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
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


def test_an_updated_cell_comes_back_and_nothing_else_changes(world: Server) -> None:
    imported(world, "email,firstName,title,leadScore\nu1@example.com,Ann,Boss,7\nu2@example.com,Bob,,\n")
    before = [lead(world, each) for each in ("u1@example.com", "u2@example.com")]
    batch_id = imported(
        world, "email,firstName,title,leadScore\nu1@example.com,Anna,,8\nu2@example.com,Bob,New,1\n"
    )
    job = undone(world, batch_id)
    assert (job["status"], counts(job), job["processed"]) == ("Complete", {"reverted": 2}, 2)
    assert job["undoes"] == batch_id
    assert [lead(world, each) for each in ("u1@example.com", "u2@example.com")] == before
    assert ledger(world, job["batchId"]) == {1: ("reverted", ""), 2: ("reverted", "")}
    assert world.get(f"{JOBS}/{batch_id}.json")["result"][0]["undoneBy"] == job["batchId"]


def test_cells_come_back_in_whichever_table_they_lie(world: Server) -> None:
    """Often and seldom used fields and custom ones, their keys with them, set before or not."""
    names = "title,gender,mktoIsPartner,twin,customerNumber"
    emails = [f"at{number}@example.com" for number in range(3)]
    imported(world, f"email,{names}\n{emails[0]},Boss,f,true,At Twin,7\n{emails[1]},,,,,\n")
    before = [lead(world, each, names) for each in emails[:2]]
    new = [f"{each},New,m,false,Other{number},8" for number, each in enumerate(emails)]
    batch_id = imported(world, "\n".join([f"email,{names}", *new, ""]))
    assert world.lead("twin", "at twin", "email") == []
    assert counts(undone(world, batch_id)) == {"reverted": 2, "deleted": 1}
    assert [lead(world, each, names) for each in emails[:2]] == before
    assert [each["email"] for each in world.lead("twin", "at twin", "email")] == emails[:1]
    assert world.lead("twin", "Other0,Other1,Other2", "email") == []


def test_a_created_person_is_deleted_and_the_id_stays_dead(world: Server) -> None:
    batch_id = imported(world, "email,firstName\nc1@example.com,New\nc2@example.com,New\n")
    first = lead(world, "c1@example.com", "id")["id"]
    job = undone(world, batch_id)
    assert counts(job) == {"deleted": 2}
    assert world.lead("email", "c1@example.com", "id") == []
    imported(world, "email\nc1@example.com\n")
    assert lead(world, "c1@example.com", "id")["id"] > first


@modelled
def test_a_cell_that_was_written_since_is_kept_and_the_writer_named(world: Server) -> None:
    imported(world, "email,firstName,title\nw1@example.com,Old,Old\n")
    batch_id = imported(world, "email,firstName,title\nw1@example.com,Job,Job\n")
    later = imported(world, "email,title\nw1@example.com,Later\n")
    job = undone(world, batch_id)
    assert counts(job) == {"partly": 1}
    assert lead(world, "w1@example.com", "firstName,title") == {"firstName": "Old", "title": "Later"}
    assert ledger(world, job["batchId"]) == {1: ("partly", f"title: written since, import {later}")}
    (line,) = kept(world, job["batchId"])
    assert (line["row"], line["field"], line["now"], line["would_be"]) == ("1", "title", "Later", "Old")
    assert (line["why"], line["by"]) == ("written since", f"import {later}")
    assert line["at"].endswith("Z")


@modelled
def test_a_cell_that_a_call_led_away_and_back_is_kept(world: Server) -> None:
    imported(world, "email,title\nb1@example.com,Old\n")
    batch_id = imported(world, "email,title\nb1@example.com,Job\n")
    for title in ("Other", "Job"):
        sync(world, SYNC, {"email": "b1@example.com", "title": title})
    job = undone(world, batch_id)
    assert counts(job) == {"kept": 1}
    assert lead(world, "b1@example.com", "title") == {"title": "Job"}
    assert kept(world, job["batchId"])[0]["by"].startswith("call ")


@modelled
def test_a_later_job_that_set_the_same_value_has_no_claim(world: Server) -> None:
    imported(world, "email,title\ns1@example.com,Old\n")
    batch_id = imported(world, "email,title\ns1@example.com,Job\n")
    later = imported(world, "email,title\ns1@example.com,Job\n")
    imported(world, "email\ns1@example.com\n")
    job = undone(world, batch_id)
    assert counts(job) == {"reverted": 1}
    assert ledger(world, job["batchId"]) == {1: ("reverted", f"confirmed by job {later}")}
    assert lead(world, "s1@example.com", "title") == {"title": "Old"}


def test_undoing_in_reverse_order_restores_and_an_undone_job_has_no_claim(world: Server) -> None:
    imported(world, "email,title\nr1@example.com,First\n")
    second = imported(world, "email,title\nr1@example.com,Second\n")
    third = imported(world, "email,title\nr1@example.com,Third\n")
    assert counts(undone(world, second)) == {"kept": 1}
    assert counts(undone(world, third)) == {"reverted": 1}
    assert counts(undone(world, second)) == {"reverted": 1}
    assert lead(world, "r1@example.com", "title") == {"title": "First"}


@modelled
def test_an_undo_may_be_undone_and_that_too(world: Server) -> None:
    imported(world, "email,title,leadScore\nv1@example.com,Old,1\n")
    batch_id = imported(world, "email,title,leadScore\nv1@example.com,Job,2\n")
    undo = undone(world, batch_id)["batchId"]
    again = undone(world, undo)
    assert counts(again) == {"reverted": 1}
    assert lead(world, "v1@example.com", "title,leadScore") == {"title": "Job", "leadScore": 2}
    assert counts(undone(world, again["batchId"])) == {"reverted": 1}
    assert lead(world, "v1@example.com", "title,leadScore") == {"title": "Old", "leadScore": 1}


@modelled
def test_an_undo_that_stands_is_answered_again(world: Server) -> None:
    batch_id = imported(world, "email\nt1@example.com\n")
    first = undone(world, batch_id)
    assert undone(world, batch_id)["batchId"] == first["batchId"]


def test_undone_again_it_takes_what_has_become_free_and_else_is_the_same(world: Server) -> None:
    imported(world, "email,title\no1@example.com,Old\no2@example.com,Old\n")
    batch_id = imported(world, "email,title\no1@example.com,Job\no2@example.com,Job\n")
    later = imported(world, "email,title\no1@example.com,Later\n")
    first = undone(world, batch_id)
    assert counts(first) == {"reverted": 1, "kept": 1}
    assert undone(world, batch_id)["batchId"] == first["batchId"]
    sync(world, SYNC, {"email": "o2@example.com", "title": "Else"})
    assert undone(world, batch_id)["batchId"] == first["batchId"], "nothing of it has become free"
    undone(world, later)
    second = undone(world, batch_id)
    assert second["batchId"] > first["batchId"]
    assert ledger(world, second["batchId"]) == {1: ("reverted", ""), 2: ("reverted", "taken back before")}
    assert lead(world, "o1@example.com", "title") == {"title": "Old"}
    assert undone(world, batch_id)["batchId"] == second["batchId"]


def test_those_who_ask_at_once_get_one_undo(world: Server) -> None:
    for turn in range(6):
        batch_id = imported(world, f"email\nat-once-{turn}@example.com\n")
        with ThreadPoolExecutor(8) as pool:
            answers = [each.json() for each in pool.map(ask, [world] * 8, [batch_id] * 8)]
        assert len({each["result"][0]["batchId"] for each in answers}) == 1


@modelled
def test_a_person_changed_since_is_kept_whole(world: Server) -> None:
    batch_id = imported(world, "email,title\nk1@example.com,A\nk2@example.com,A\n")
    sync(world, SYNC, {"email": "k1@example.com", "title": "B"})
    job = undone(world, batch_id)
    assert counts(job) == {"kept": 1, "deleted": 1}
    assert lead(world, "k1@example.com", "title") == {"title": "B"}
    (line,) = kept(world, job["batchId"])
    assert (line["row"], line["field"], line["why"]) == ("1", "", "changed since")


@modelled
def test_a_person_whose_later_change_was_undone_is_deleted(world: Server) -> None:
    batch_id = imported(world, "email,title\nk3@example.com,A\n")
    undone(world, imported(world, "email,title\nk3@example.com,B\n"))
    assert counts(undone(world, batch_id)) == {"deleted": 1}


@modelled
def test_a_person_listed_enrolled_or_moved_since_is_kept(world: Server) -> None:
    batch_id = imported(world, "email\nl1@example.com\nl2@example.com\nl3@example.com\nl4@example.com\n")
    ids = [lead(world, f"l{each}@example.com", "id")["id"] for each in range(1, 5)]
    sync(world, "/rest/v1/lists/1001/leads.json", {"id": ids[0]})
    sync(world, "/rest/v1/programs/1001/members/status.json", {"leadId": ids[1]}, statusName="Invited")
    sync(world, "/rest/v1/leads/partitions.json", {"id": ids[2], "partitionName": "Europe"})
    job = undone(world, batch_id)
    assert counts(job) == {"kept": 3, "deleted": 1}
    assert {each["why"] for each in kept(world, job["batchId"])} >= {"on a list since", "changed since"}


@modelled
def test_a_person_whom_a_job_made_and_listed_is_kept_when_on_another_list_since(world: Server) -> None:
    content = "email\nll1@example.com\nll2@example.com\n"
    batch_id = imported(world, content, listId=1001)
    own_id = lead(world, "ll1@example.com", "id")["id"]
    sync(world, "/rest/v1/lists/1002/leads.json", {"id": own_id})
    job = undone(world, batch_id)
    assert counts(job) == {"partly": 1, "deleted": 1}
    assert members_of(world, 1001, [own_id]) == [False]
    assert members_of(world, 1002, [own_id]) == [True]
    assert [(each["row"], each["why"]) for each in kept(world, job["batchId"])] == [("1", "on a list since")]


def test_a_person_deleted_since_is_gone_for_an_undo_and_for_its_undo(world: Server) -> None:
    imported(world, "email,title\ng1@example.com,Old\n")
    batch_id = imported(world, "email,title\ng1@example.com,Job\ng2@example.com,Job\n")
    ids = [lead(world, f"g{each}@example.com", "id")["id"] for each in (1, 2)]
    sync(world, "/rest/v1/leads/delete.json", {"id": ids[0]})
    job = undone(world, batch_id)
    assert counts(job) == {"gone": 1, "deleted": 1}
    assert counts(undone(world, job["batchId"])) == {"gone": 1}
    assert world.lead("email", "g2@example.com", "id") == []


def test_keys_that_a_job_has_swapped_come_back_and_find_their_people(world: Server) -> None:
    imported(world, "email,title\nx1@example.com,One\nx2@example.com,Two\n")
    ids = [lead(world, f"x{each}@example.com", "id")["id"] for each in (1, 2)]
    swap = f"id,email\n{ids[0]},x2@example.com\n{ids[1]},x1@example.com\n"
    batch_id = imported(world, swap, lookupField="id")
    assert lead(world, "x1@example.com", "title") == {"title": "Two"}
    assert counts(undone(world, batch_id)) == {"reverted": 2}
    assert [lead(world, f"x{each}@example.com", "id")["id"] for each in (1, 2)] == ids


@modelled
def test_rows_of_one_person_are_told_one_by_one(world: Server) -> None:
    imported(world, "email,firstName,title\nm1@example.com,Old,Old\n")
    content = "email,firstName,title\nm1@example.com,Job,\nm1@example.com,,Job\nm1@example.com,Again,\n"
    batch_id = imported(world, content)
    sync(world, SYNC, {"email": "m1@example.com", "title": "Since"})
    job = undone(world, batch_id)
    assert lead(world, "m1@example.com", "firstName,title") == {"firstName": "Old", "title": "Since"}
    found = ledger(world, job["batchId"])
    assert (found[2][0], found[3][0]) == ("kept", "reverted")


@modelled
def test_refuse_takes_all_or_nothing(world: Server) -> None:
    imported(world, "email,title\nf1@example.com,Old\nf2@example.com,Old\n")
    batch_id = imported(world, "email,title\nf1@example.com,Job\nf2@example.com,Job\n")
    sync(world, SYNC, {"email": "f1@example.com", "title": "Since"})
    job = undone(world, batch_id, onConflict="refuse")
    assert (job["status"], counts(job)) == ("Failed", {})
    assert job["message"] == "Undo failed, 1 row would be kept: nothing was taken back"
    assert lead(world, "f2@example.com", "title") == {"title": "Job"}
    assert [each["row"] for each in kept(world, job["batchId"])] == ["1"]
    assert counts(undone(world, batch_id)) == {"reverted": 1, "kept": 1}
    again = imported(world, "email,title\nf2@example.com,New\n")
    assert counts(undone(world, again, onConflict="refuse")) == {"reverted": 1}


@pytest.mark.parametrize("way", ["keep", "refuse", "preview"])
def test_a_record_that_several_chunks_wrote_is_taken_back(world: Server, way: str) -> None:
    email = f"chunks-{way}@example.com"
    imported(world, f"email,title\n{email},Old\n")
    too_long = f"{email},{'x' * 4096}\n" * 300  # more than a first chunk holds
    batch_id = imported(world, f"email,title\n{email},First\n{too_long}{email},Last\nnew-{email},Last\n")
    until(lambda: [each["batch_id"] for each in world.events("ChunkMerged")].count(batch_id) > 1)
    if way == "preview":
        preview = foreseen(world, batch_id)
        assert preview["rows"] == {"reverted": 2, "partly": 0, "kept": 0, "deleted": 1, "gone": 0}
        applied = f"/leadline/v1/previews/{preview['previewId']}/apply.json"
        job = finished(world, world.call("POST", applied).json()["result"][0]["batchId"])
    else:
        job = undone(world, batch_id, onConflict=way)
    assert (job["status"], counts(job)) == ("Complete", {"reverted": 2, "deleted": 1}), job["message"]
    assert lead(world, email, "title") == {"title": "Old"}


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


def members_of(server: Server, list_id: int, ids: list[int]) -> list[bool]:
    asked = [("id", str(each)) for each in ids]
    items = server.call("GET", f"/rest/v1/lists/{list_id}/leads/ismember.json", params=asked).json()["result"]
    return [each["status"] == "memberof" for each in items]


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


def colors(server: Server, vins: str) -> dict[str, str]:
    path = f"/rest/v1/customobjects/car_c.json?filterType=vin&filterValues={vins}&fields=vin,color"
    return {each["vin"]: each["color"] for each in server.get(path)["result"]}


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


def test_people_in_closed_partitions_are_kept_and_not_shown(world: Server) -> None:
    imported(world, "email,title\np1@example.com,Old\np2@example.com,Old\n")
    ids = [lead(world, f"p{each}@example.com", "id")["id"] for each in (1, 2)]
    sync(world, "/rest/v1/leads/partitions.json", {"id": ids[1], "partitionName": "Europe"})
    batch_id = imported(world, "email,title\np1@example.com,Job\np2@example.com,Job\n")
    token = world.token_of("default only", "default only-secret")
    job = undone(world, batch_id, token)
    assert counts(job) == {"reverted": 1, "kept": 1}
    assert ledger(world, job["batchId"])[2] == ("kept", "title: no access")
    assert kept(world, job["batchId"], token) == []
    assert [each["why"] for each in kept(world, job["batchId"])] == ["no access"]
    assert counts(undone(world, batch_id)) == {"reverted": 2}


@modelled
def test_what_cannot_be_undone_is_refused_with_a_sentence(world: Server) -> None:
    imported(world, "email,title\nn1@example.com,Old\n")
    nothing = imported(world, "email,title\nn1@example.com,Old\n")
    assert error_of(ask(world, nothing)) == ("1003", "Nothing to take back")
    assert error_of(ask(world, 999_999))[0] == "1013"
    assert error_of(ask(world, nothing, onConflict="perhaps"))[0] == "1001"
    assert error_of(ask(world, nothing, world.token_of("objects only", "objects only-secret")))[0] == "603"


@modelled
def test_an_undo_is_no_import_on_the_bulk_status_path(world: Server) -> None:
    batch_id = imported(world, "email\nz1@example.com\n")
    job = undone(world, batch_id)
    assert error_of(world.call("GET", f"/bulk/v1/leads/batch/{job['batchId']}.json"))[0] == "1013"
    assert (job["fileBytes"], job["fileName"]) == (0, None)


def test_a_key_makes_one_undo(world: Server) -> None:
    batch_id = imported(world, "email\ny1@example.com\n")
    answers = [
        world.call("POST", f"{JOBS}/{batch_id}/undo.json", json={}, headers={"Idempotency-Key": "undo-y1"})
        for _ in range(2)
    ]
    assert answers[0].json()["result"][0]["batchId"] == answers[1].json()["result"][0]["batchId"]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    other = world.call(
        "POST",
        f"{JOBS}/{batch_id}/undo.json",
        json={"onConflict": "refuse"},
        headers={"Idempotency-Key": "undo-y1"},
    )
    assert error_of(other, 422)[0] == "1003"


def foreseen(server: Server, batch_id: int) -> dict[str, Any]:
    """Ask for the preview of an undo, and return it when it is made."""
    answer = ask(server, batch_id, preview=True).json()
    assert answer["success"], answer
    path = f"/leadline/v1/previews/{answer['result'][0]['previewId']}.json?wait=30"
    found: dict[str, Any] = server.get(path)["result"][0]
    return found


def table(server: Server, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(server.call("GET", path).text)))


def test_a_preview_shows_what_the_undo_does_and_is_applied_so(world: Server) -> None:
    imported(world, "email,title,leadScore\nq1@example.com,Old,1\nq2@example.com,Old,1\n")
    batch_id = imported(
        world, "email,title,leadScore\nq1@example.com,Job,2\nq2@example.com,Job,2\nq3@example.com,Job,2\n"
    )
    sync(world, SYNC, {"email": "q1@example.com", "title": "Since"})
    preview = foreseen(world, batch_id)
    assert (preview["status"], preview["undoes"]) == ("Ready", batch_id)
    assert preview["rows"] == {"reverted": 1, "partly": 1, "kept": 0, "deleted": 1, "gone": 0}
    assert preview["cells"] == {"restored": 3}
    assert preview["kept"] == [{"why": "written since", "rows": 1, "firstRow": 1}]
    files = f"/leadline/v1/previews/{preview['previewId']}"
    changes = table(world, f"{files}/changes.csv")
    assert [(each["row"], each["key"], each["field"], each["old"], each["new"]) for each in changes] == [
        ("1", "q1@example.com", "leadScore", "2", "1"),
        ("2", "q2@example.com", "title", "Job", "Old"),
        ("2", "q2@example.com", "leadScore", "2", "1"),
    ]
    assert [each["outcome"] for each in table(world, f"{files}/rows.csv")] == [
        "partly",
        "reverted",
        "deleted",
    ]
    shown_kept = table(world, f"{files}/kept.csv")
    assert lead(world, "q2@example.com", "title") == {"title": "Job"}, "nothing was written"
    applied = world.call("POST", f"{files}/apply.json").json()["result"][0]["batchId"]
    job = finished(world, applied)
    assert (job["status"], counts(job)) == ("Complete", {"reverted": 1, "partly": 1, "deleted": 1})
    assert kept(world, applied) == shown_kept
    assert lead(world, "q1@example.com", "title,leadScore") == {"title": "Since", "leadScore": 1}
    assert world.get(f"{files}.json")["result"][0]["status"] == "Applied"


@modelled
def test_a_preview_counts_why_things_are_kept_the_most_frequent_first(world: Server) -> None:
    imported(world, "email,title\nqa@example.com,Old\n")
    batch_id = imported(world, "email,title\nqa@example.com,Job\nqb@example.com,\nqc@example.com,\n")
    sync(world, SYNC, {"email": "qa@example.com", "title": "Since"})
    sync(world, SYNC, *({"email": f"q{each}@example.com", "title": "Since"} for each in "bc"))
    preview = foreseen(world, batch_id)
    assert preview["rows"] == {"reverted": 0, "partly": 0, "kept": 3, "deleted": 0, "gone": 0}
    assert preview["cells"] == {"restored": 0}
    assert preview["kept"] == [
        {"why": "changed since", "rows": 2, "firstRow": 2},
        {"why": "written since", "rows": 1, "firstRow": 1},
    ]


@modelled
def test_a_preview_of_an_undo_that_has_become_another_is_not_applied(world: Server) -> None:
    imported(world, "email,title\nd1@example.com,Old\nd2@example.com,Old\n")
    batch_id = imported(world, "email,title\nd1@example.com,Job\nd2@example.com,Job\n")
    preview = foreseen(world, batch_id)
    sync(world, SYNC, {"email": "d1@example.com", "title": "Since"})
    files = f"/leadline/v1/previews/{preview['previewId']}"
    applied = world.call("POST", f"{files}/apply.json").json()["result"][0]["batchId"]
    job = finished(world, applied)
    assert job["status"] == "Failed"
    assert job["message"] == "Undo failed, the preview is out of date: 1 row would act differently"
    assert lead(world, "d2@example.com", "title") == {"title": "Job"}
    assert [each["row"] for each in table(world, f"{files}/drift.csv")] == ["1"]
    accepted = world.call("POST", f"{files}/apply.json?drift=accept").json()["result"][0]["batchId"]
    assert counts(finished(world, accepted)) == {"reverted": 1, "kept": 1}


def test_the_list_of_a_job_has_an_undo_s_turn_too(world: Server) -> None:
    batch_id = imported(world, "email\nbusy1@example.com\n", listId=1002)
    rows = "".join(f"busy-{n}@example.com\n" for n in range(60_000))
    running_job = world.submit("email\n" + rows, listId=1002)
    assert error_of(ask(world, batch_id))[0] == "1019"
    world.finish(running_job)
    assert counts(undone(world, batch_id)) == {"deleted": 1}


def test_a_job_that_goes_on_cannot_be_undone_yet(world: Server) -> None:
    rows = "".join(f"on-{n}@example.com\n" for n in range(60_000))
    batch_id = world.submit("email\n" + rows)
    code, message = error_of(ask(world, batch_id))
    assert (code, message) == ("1003", f"Job {batch_id} cannot be undone: it has not finished")
    world.finish(batch_id)


def test_the_spelling_of_a_key_comes_back(world: Server) -> None:
    import_objects(world, "car_c", "vin,color\nSpell-1,red\n")
    again = import_objects(world, "car_c", "vin,color\nspell-1,blue\n")["batchId"]
    assert counts(undone(world, again)) == {"reverted": 1}
    assert colors(world, "spell-1") == {"Spell-1": "red"}


def test_no_byte_of_a_deleted_person_stays_in_kept_lines(world: Server) -> None:
    imported(world, "email,lastName\ne1@example.com,Secret\n")
    batch_id = imported(world, "email,lastName\ne1@example.com,Hidden\n")
    sync(world, SYNC, {"email": "e1@example.com", "lastName": "Since"})
    job = undone(world, batch_id)
    own_id = lead(world, "e1@example.com", "id")["id"]
    assert [each["now"] for each in kept(world, job["batchId"])] == ["Since"]
    sync(world, "/rest/v1/leads/delete.json", {"id": own_id})
    assert kept(world, job["batchId"]) == []


def test_many_rows_are_taken_back_in_chunks(world: Server) -> None:
    people = [f"many-{n}@example.com" for n in range(25_000)]
    imported(world, "email,title\n" + "".join(f"{each},Old\n" for each in people[::2]))
    batch_id = imported(world, "email,title\n" + "".join(f"{each},Job {'x' * 60}\n" for each in people))
    job = undone(world, batch_id)
    assert counts(job) == {"reverted": 12_500, "deleted": 12_500}
    rows = [int(line.split(",")[0]) for line in world.ledger(job["batchId"])]
    assert rows == list(range(1, 25_001)), "the ledger has the rows in the order of the file"
    assert lead(world, people[0], "title") == {"title": "Old"}
    assert world.lead("email", people[1], "id") == []


def test_without_a_log_an_undo_is_refused(store: str, tmp_path: Any) -> None:
    server = start_server(tmp_path / "data", subscription(), env={"LEADLINE_LIMITS__HISTORY_DAYS": "0"})
    try:
        batch_id = imported(server, "email\nnolog@example.com\n")
        code, message = error_of(ask(server, batch_id))
        assert code == "1003"
        assert message.endswith("this server keeps no changes (LIMITS__HISTORY_DAYS is 0)")
    finally:
        server.stop()
    server = start_server(tmp_path / "data")
    try:
        assert error_of(ask(server, batch_id))[1].endswith("what it changed is not kept, or no longer")
    finally:
        server.stop()


def test_what_was_changed_past_the_log_is_kept(store: str, tmp_path: Any) -> None:
    data = tmp_path / "data"
    server = start_server(data, subscription())
    try:
        imported(server, "email,title\npast1@example.com,Old\npast2@example.com,Old\n")
        batch_id = imported(server, "email,title\npast1@example.com,Job\npast2@example.com,Job\n")
        stores = open_stores(data)
        with stores.subscription("123-ABC-456").write() as session:
            session.run_built(
                "UPDATE {schema}.lead_often SET f_title = 'By hand', updated_at = updated_at + 7 WHERE k_email = :email",
                {"email": "past1@example.com"},
            )
        stores.close()
        job = undone(server, batch_id)
        assert counts(job) == {"reverted": 1, "kept": 1}
        assert kept(server, job["batchId"])[0]["why"] == "changed outside the log"
        assert lead(server, "past1@example.com", "title") == {"title": "By hand"}
    finally:
        server.stop()
