"""A writer that does not know the change log, an older version or SQL by hand: noticed, never guessed over.

It sets values and the instant of the update, and neither the record's change set nor anything in the log.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from leadline import clock
from leadline.errors import StoreFaultError
from leadline.schema.catalog import ObjectType
from leadline.schema.leads import LEAD
from leadline.schema.members import PROGRAM_MEMBER
from leadline.store import admission, catalog, objects
from leadline.store.admission import SHARED_QUEUE, Queue, Upload
from leadline.store.base import Database, Session
from tests.contract.api.previews import applied, cells_of, file_of, seen, told
from tests.contract.api.undos import ask, counts, finished, kept, undone
from tests.contract.api.world import import_members, import_objects, whole_subscription
from tests.contract.store.places import keep_upload, request
from tests.forms import repeats
from tests.harness import Server, running
from tests.stores import open_stores

OUTSIDE = "changed outside the log"
KINDS = {LEAD: ("lead", "email", "title"), PROGRAM_MEMBER: ("member", "email", "webinarQuestion")} | {
    "car_c": ("car", "vin", "color")
}
"""Of each kind of records: what a preview calls it, the key of its files, and a field that is changed."""


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from running(tmp_path_factory.mktemp("beside") / "data", whole_subscription())


@pytest.fixture(scope="module")
def database(world: Server) -> Iterator[Database]:
    with closing(open_stores(world.data)) as stores:
        yield stores.subscription("123-ABC-456")


def brought(server: Server, kind: str, key: str, value: str) -> int:
    """Import one record with a value; return the batch id."""
    _, lookup, field = KINDS[kind]
    content = f"{lookup},{field}\n{key},{value}\n"
    if kind == PROGRAM_MEMBER:
        return import_members(server, content, "Invited")
    if kind == LEAD:
        batch_id = server.submit(content)
        server.finish(batch_id)
        return batch_id
    return int(import_objects(server, kind, content)["batchId"])


def type_of(session: Session, kind: str) -> ObjectType:
    if kind == LEAD:
        return catalog.load_lead_type(session)
    if kind == PROGRAM_MEMBER:
        return catalog.load_member_type(session)
    found = objects.load_object_type(session, kind)
    assert found is not None
    return found[1]


class ByHand:
    """Writes one record as a writer does that knows no log."""

    def __init__(self, database: Database, kind: str, key: str) -> None:
        self._database, self._kind, self._key = database, kind, key

    def sets(self, value: str, seconds: int = 7) -> None:
        """Give the record's field a value, and an instant so much later."""
        stamped = "UPDATE {table} SET {field} = :value, updated_at = updated_at + :seconds WHERE {found}"
        self._run(stamped, value=value, seconds=seconds)

    def deletes(self) -> None:
        """Delete the record."""
        self._run("DELETE FROM {table} WHERE {found}")

    def value(self) -> Any:
        """Return what the record's field holds, None where there is no record."""
        with self._database.read() as session:
            found = session.built_rows(
                self._sql(session, "SELECT {field} AS value FROM {table} WHERE {found}"), {"key": self._key}
            )
        return found[0]["value"] if found else None

    def _run(self, sql: str, **values: object) -> None:
        with self._database.write() as session:
            session.run_built(self._sql(session, sql), {"key": self._key, **values})

    def _sql(self, session: Session, sql: str) -> str:
        kind, (_, lookup, name) = type_of(session, self._kind), KINDS[self._kind]
        field = kind.field(name)
        assert field is not None
        found = f"k_{lookup} = :key"
        if self._kind == PROGRAM_MEMBER:
            found = "lead_id = (SELECT id FROM {schema}.lead WHERE k_email = :key)"
        return sql.format(table=f"{{schema}}.{kind.written_tables[0]}", field=field.column, found=found)


def told_of(server: Server, kind: str, key: str, what: str) -> list[dict[str, Any]]:
    """Return the history or the sources of a record, those of the field that is changed alone."""
    _, lookup, field = KINDS[kind]
    base = "/leadline/v1/leads"
    if kind == "car_c":
        query = f"/rest/v1/customobjects/car_c.json?filterType={lookup}&filterValues={key}"
        base, own_id = "/leadline/v1/customobjects/car_c", server.get(query)["result"][0]["marketoGUID"]
    else:
        own_id = server.lead("email", key, "id")[0]["id"]
    found = server.get(f"{base}/{own_id}/{what}.json")["result"]
    return [each for each in found if each["field"] == field]


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_wrote_is_never_undone_and_no_source_is_guessed(
    world: Server, database: Database, kind: str
) -> None:
    """Nor by an undo that waits as a preview; what comes after it is known, and taken back to what it wrote."""
    into, lookup, field = KINDS[kind]
    key = f"beside-{kind}@example.com".lower()
    brought(world, kind, key, "Old")
    batch_id = brought(world, kind, key, "Job")
    early = told(world, ask(world, batch_id, preview=True).json()["result"][0]["previewId"])
    assert early["rows"]["reverted"] == 1
    by_hand = ByHand(database, kind, key)
    by_hand.sets("By hand")
    job = applied(world, early)
    assert (job["status"], by_hand.value()) == ("Failed", "By hand")
    shown = told(world, ask(world, batch_id, preview=True).json()["result"][0]["previewId"])
    assert (shown["rows"]["kept"], shown["rows"]["reverted"]) == (1, 0)
    assert {each[5] for each in cells_of(file_of(world, shown, "kept"))} == {OUTSIDE}
    refused = finished(world, ask(world, batch_id, onConflict="refuse").json()["result"][0]["batchId"])
    assert refused["status"] == "Failed"
    undo = undone(world, batch_id)
    assert (counts(undo), by_hand.value()) == ({"kept": 1}, "By hand")
    assert {each["why"] for each in kept(world, undo["batchId"])} == {OUTSIDE}
    assert told_of(world, kind, key, "history") == []
    if kind != PROGRAM_MEMBER:
        (source,) = told_of(world, kind, key, "provenance")
        assert (source["value"], source["source"]) == ("By hand", None)
        assert source["before"]

    preview = seen(
        world,
        into,
        f"{lookup},{field}\n{key},New\n",
        **({"programMemberStatus": "Invited"} if into == "member" else {}),
    )
    assert [each[3:] for each in cells_of(file_of(world, preview, "changes"))] == [[field, "By hand", "New"]]
    next_job = applied(world, preview)
    assert (next_job["status"], by_hand.value()) == ("Complete", "New")
    (line,) = told_of(world, kind, key, "history")
    assert (line["old"], line["new"]) == ("By hand", "New")
    assert line["source"]["batchId"] == next_job["batchId"]
    assert (counts(undone(world, batch_id)), by_hand.value()) == ({"kept": 1}, "New")
    assert (counts(undone(world, next_job["batchId"])), by_hand.value()) == ({"reverted": 1}, "By hand")


@repeats("postgres", "given")
@pytest.mark.parametrize("kind", KINDS)
def test_what_it_deleted_is_gone(world: Server, database: Database, kind: str) -> None:
    """An undo says so, and brings nothing back; of a person the membership alone has ended."""
    key = f"deleted-{kind}@example.com".lower()
    brought(world, kind, key, "Old")
    batch_id = brought(world, kind, key, "Job")
    by_hand = ByHand(database, kind, key)
    by_hand.deletes()
    undo = undone(world, batch_id)
    ended = kind == PROGRAM_MEMBER
    assert (counts(undo), by_hand.value()) == ({"kept" if ended else "gone": 1}, None)
    if ended:
        assert [each["why"] for each in kept(world, undo["batchId"])] == ["ended since"]


def test_what_it_made_has_no_source_and_is_imported_into(world: Server, database: Database) -> None:
    """It has no change set at all."""
    key = "made@example.com"
    with database.write() as session:
        session.run_built(
            "INSERT INTO {schema}.lead_often (id, partition_id, created_at, updated_at, f_email, k_email, f_title) "
            "VALUES (900001, 1, 1000, 1000, :key, :key, 'By hand')",
            {"key": key},
        )
    assert told_of(world, LEAD, key, "history") == []
    (source,) = told_of(world, LEAD, key, "provenance")
    assert (source["value"], source["source"]) == ("By hand", None)
    batch_id = brought(world, LEAD, key, "Job")
    (line,) = told_of(world, LEAD, key, "history")
    assert (line["old"], line["new"]) == ("By hand", "Job")
    by_hand = ByHand(database, LEAD, key)
    assert (counts(undone(world, batch_id)), by_hand.value()) == ({"reverted": 1}, "By hand")


def test_work_of_a_kind_that_no_worker_knows_is_refused_by_the_store(
    world: Server, database: Database
) -> None:
    """Another version cannot leave it behind, so no worker meets any."""
    brought(world, LEAD, "kinds@example.com", "One")
    seen(world, "lead", "email\nkinds@example.com\n")
    for table, column in (("preview", "kind"), ("job", "status"), ("job", "format"), ("change_set", "kind")):
        with pytest.raises(StoreFaultError), database.write() as session:
            session.run_built(f"UPDATE {{schema}}.{table} SET {column} = 'merge'", {})


def test_a_job_into_an_object_that_no_worker_knows_fails(world: Server, database: Database) -> None:
    """In one sentence, and the next job has its turn."""
    content = b"email\nunknown@example.com\n"
    with database.write() as session:
        upload = Upload(keep_upload(session, content), "email", len(content), 1 << 20)
        wanted, queue = request(object_type="opportunity"), Queue(SHARED_QUEUE, 10)
        batch_id = admission.admit(session, wanted, upload, clock.now_ms() // 1000, queue)
    after = brought(world, LEAD, "after@example.com", "One")
    job = finished(world, batch_id)
    assert (job["status"], job["message"]) == (
        "Failed",
        "Import failed, the custom object opportunity was deleted",
    )
    assert finished(world, after)["status"] == "Complete"


@repeats("postgres", "given")
@pytest.mark.parametrize("kind", KINDS)
def test_what_it_wrote_within_the_same_second_is_kept(world: Server, database: Database, kind: str) -> None:
    """The instant tells nothing then; that the cell does not hold what the log says does."""
    key = f"second-{kind}@example.com".lower()
    brought(world, kind, key, "Old")
    batch_id = brought(world, kind, key, "Job")
    by_hand = ByHand(database, kind, key)
    by_hand.sets("By hand", seconds=0)
    undo = undone(world, batch_id)
    assert (counts(undo), by_hand.value()) == ({"kept": 1}, "By hand")
    assert [each["why"] for each in kept(world, undo["batchId"])] == [OUTSIDE]
