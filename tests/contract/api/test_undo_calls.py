"""Undos as calls and jobs: who may, what is refused, keys, previews, chunks, what is kept of them."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.calls import error_of
from tests.contract.api.undos import (
    JOBS,
    SYNC,
    ask,
    counts,
    finished,
    foreseen,
    imported,
    kept,
    lead,
    ledger,
    modelled,
    undo_world,
    undone,
)
from tests.contract.api.world import sync
from tests.harness import Server, start_server, subscription
from tests.stores import open_stores


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from undo_world(tmp_path_factory)


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
