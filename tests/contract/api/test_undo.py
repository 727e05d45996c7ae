"""Taking a job back: each case of the table of `docs/how-to/undo-an-import.md`, for cells and people."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.api.undos import (
    JOBS,
    SYNC,
    ask,
    colors,
    counts,
    finished,
    foreseen,
    imported,
    kept,
    lead,
    ledger,
    members_of,
    modelled,
    undo_world,
    undone,
)
from tests.contract.api.world import import_objects, sync
from tests.harness import Server, until


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from undo_world(tmp_path_factory)


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


def test_the_spelling_of_a_key_comes_back(world: Server) -> None:
    import_objects(world, "car_c", "vin,color\nSpell-1,red\n")
    again = import_objects(world, "car_c", "vin,color\nspell-1,blue\n")["batchId"]
    assert counts(undone(world, again)) == {"reverted": 1}
    assert colors(world, "spell-1") == {"Spell-1": "red"}
