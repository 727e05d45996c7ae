"""The control of the proof: evidence of a fault makes the checker speak, so its silence means something."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from leadline.store import records
from leadline.store.base import Session
from tests.clusters import copy_store
from tests.contract.store.places import keep_upload
from tests.contract.store.writes import add_to_list, insert_leads
from tests.crash import audit
from tests.crash.conftest import LIST_ID, Undisturbed
from tests.crash.evidence import Evidence, Fate, Model, Row, content_of, faults_of, gather
from tests.crash.files import base_rows, big_rows, own_rows
from tests.forms import only_long, repeats
from tests.harness import start_server, subscription
from tests.stores import open_stores

pytestmark = [repeats, only_long("postgres", "given")]

MUNCHKIN_ID = "123-ABC-456"


def _expected() -> tuple[list[Fate], list[Row]]:
    model, rows = Model(), big_rows()
    model.fates(base_rows())
    return model.fates(rows), rows


def _with_line(found: Evidence, number: int, line: str) -> Evidence:
    ledger = list(found.ledger)
    ledger[number] = line
    return replace(found, ledger=ledger)


def _with_count(found: Evidence, name: str, difference: int) -> Evidence:
    return replace(found, status=found.status | {name: found.status[name] + difference})


DOCTORED: dict[str, tuple[str, Callable[[Evidence], Evidence]]] = {
    "a chunk's ledger lost": ("row lost", lambda e: replace(e, ledger=e.ledger[:500] + e.ledger[900:])),
    "a chunk's ledger twice": (
        "row doubled",
        lambda e: replace(e, ledger=[*e.ledger[:900], *e.ledger[500:]]),
    ),
    "the last row lost": ("row lost", lambda e: replace(e, ledger=e.ledger[:-1])),
    "a chunk applied before": (
        "ledger",
        lambda e: _with_line(e, 1, e.ledger[1].replace("created", "unchanged")),
    ),
    "an update applied before": (
        "ledger",
        lambda e: _with_line(e, 0, e.ledger[0].replace("updated", "unchanged")),
    ),
    "another lead's id": ("ledger", lambda e: _with_line(e, 1, e.ledger[2].replace("3,", "2,", 1))),
    "a failure unexplained": ("ledger", lambda e: _with_line(e, 11, "12,failed,,")),
    "a lead lost": ("lead lost", lambda e: replace(e, members=e.members[1:])),
    "a lead doubled": (
        "lead doubled",
        lambda e: replace(e, members=[*e.members, (10**6, *e.members[0][1:])]),
    ),
    "a lead not updated": (
        "lead not as",
        lambda e: replace(e, members=[(*e.members[0][:2], "before"), *e.members[1:]]),
    ),
    "a lead of nobody": ("lead unknown", lambda e: replace(e, members=[*e.members, (10**6, "x", "big")])),
    "rows counted twice": ("status", lambda e: _with_count(e, "numOfLeadsProcessed", 400)),
    "a failure not counted": ("status", lambda e: _with_count(e, "numOfRowsFailed", -1)),
    "a warning not counted": ("status", lambda e: _with_count(e, "numOfRowsWithWarning", -1)),
    "a stuck job": ("status", lambda e: replace(e, status={"batchId": 1, "status": "Importing"})),
    "a failure line lost": ("failures", lambda e: replace(e, failures=e.failures.rsplit("\n", 2)[0] + "\n")),
    "a warning line twice": (
        "warnings",
        lambda e: replace(e, warnings=e.warnings + e.warnings.splitlines()[-1] + "\n"),
    ),
}


@pytest.mark.parametrize("case", DOCTORED)
def test_doctored_evidence_is_noticed(case: str, undisturbed: Undisturbed) -> None:
    """Control of P3: each kind of loss or doubling, put into good evidence by hand, is named."""
    word, doctor = DOCTORED[case]
    fates, rows = _expected()
    assert faults_of(undisturbed.evidence, fates, rows) == []
    found = doctor(undisturbed.evidence)
    assert found != undisturbed.evidence
    assert word in " ".join(faults_of(found, fates, rows))


def _drop_a_chunk(session: Session, batch_id: int) -> None:
    session.run_built(
        "DELETE FROM {schema}.job_ledger WHERE batch_id = :batch_id AND first_row = "
        "(SELECT max(first_row) FROM {schema}.job_ledger WHERE batch_id = :batch_id)",
        {"batch_id": batch_id},
    )


def _double_a_lead(session: Session, batch_id: int) -> None:
    records.take_writer(session)
    next_id = records.next_id(session, "lead")
    email = "p1@example.com"
    rows = pa.table({"id": [next_id], "f_email": [email], "k_email": [email], "f_firstname": ["big"]})
    insert_leads(session, rows, now=0)
    add_to_list(session, LIST_ID, [next_id], 0)


def _lose_a_lead(session: Session, batch_id: int) -> None:
    session.run_built("DELETE FROM {schema}.lead_often WHERE k_email = :email", {"email": "p1@example.com"})


def _count_a_chunk_twice(session: Session, batch_id: int) -> None:
    session.run_built(
        "UPDATE {schema}.job SET processed = processed + 400, created = created + 400, next_row = next_row + 400 "
        "WHERE batch_id = :batch_id",
        {"batch_id": batch_id},
    )


DOCTORS = {
    "row lost": _drop_a_chunk,
    "lead doubled": _double_a_lead,
    "lead lost": _lose_a_lead,
    "status: numOfLeadsProcessed": _count_a_chunk_twice,
}


def test_a_doctored_store_is_noticed(store: str, template: Path, tmp_path: Path) -> None:
    """Control of P3: the same in the store itself, under the server, so that gathering is tried too."""
    data = tmp_path / "data"
    copy_store(store, template, data)
    fates, rows = _expected()
    server = start_server(data)
    try:
        batch_id = server.run_import(content_of(rows), listId=LIST_ID)["batchId"]
        before = faults_of(gather(server, batch_id, LIST_ID), fates, rows)
        assert before == []
        for word, doctor in DOCTORS.items():
            stores = open_stores(data)
            with stores.subscription(MUNCHKIN_ID).write() as session:
                doctor(session, batch_id)
            stores.close()
            after = faults_of(gather(server, batch_id, LIST_ID), fates, rows)
            assert word in " ".join(set(after) - set(before))
            before = after
    finally:
        server.stop()


def test_a_file_applied_twice_is_noticed(store: str, tmp_path: Path) -> None:
    """Control of the audit: a job that is done a second time leaves what a client sees as it was, but the audit
    counts each row twice.
    """
    data, rows = tmp_path / "data", own_rows(1, 200)
    assert start_server(data, subscription(), workers=0).stop() == 0
    audit.install(data)
    server = start_server(data)
    batch_id = server.run_import(content_of(rows), listId=LIST_ID)["batchId"]
    assert server.stop() == 0
    assert audit.faults_of_chunks(data, {batch_id: 200}) == []
    assert audit.faults_of_leads(data, [row.email for row in rows]) == []
    stores = open_stores(data)
    with stores.subscription(MUNCHKIN_ID).write() as session:
        upload = keep_upload(session, content_of(rows).encode())
        session.run_built("DELETE FROM {schema}.job_ledger", {})
        session.run_built(
            "UPDATE {schema}.job SET status = 'Queued', seat = 0, finished_at = NULL, next_row = 1, done_bytes = 0, "
            "processed = 0, created = 0, upload = :upload",
            {"upload": upload},
        )
    stores.close()
    server = start_server(data)
    server.finish(batch_id)
    assert [person[2] for person in gather(server, batch_id, LIST_ID).members] == ["f1"] * 200
    assert server.stop() == 0
    assert audit.faults_of_chunks(data, {batch_id: 200}) == [f"audit, job {batch_id}: 200 rows doubled"]
    assert len(audit.faults_of_chunks(data, {batch_id: 201})) == 2
    assert audit.faults_of_leads(data, ["nobody@example.com"]) == [
        "audit, nobody@example.com: 0 inserts, 0 updates"
    ]
