"""The preview of an import, its file of changes, the preview of its undo and that one's file tell the same.

Each names a record by the lookup field of the job. What an undo does to memberships stands in its preview.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.previews import applied, file_of, seen, told
from tests.contract.api.undos import ask, imported, lead, undone
from tests.contract.api.world import import_members, import_objects, whole_subscription
from tests.forms import repeats
from tests.harness import Server, running

COLUMNS = ("id", "key", "field", "old", "new")
ON_SQLITE = repeats("postgres", "given")
"""What differs in the kinds and in the rules alone, not in the statements."""


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from running(tmp_path_factory.mktemp("agree") / "data", whole_subscription())


def lines(text: str) -> list[tuple[str, ...]]:
    """Return the lines of a file of changes, those of new records apart from their ids."""
    return sorted(tuple(each[name] for name in COLUMNS) for each in csv.DictReader(io.StringIO(text)))


def of_job(server: Server, batch_id: int) -> list[tuple[str, ...]]:
    return lines(server.call("GET", f"/leadline/v1/jobs/{batch_id}/changes.csv").text)


def cells_of(found: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return lines without ids, which new records have once they are made, and without the moment of import."""
    moments = ("mktoAcquisitionDate", "reachedSuccessDate")
    return sorted((*each[1:4], "now" if each[2] in moments else each[4]) for each in found)


def check(server: Server, preview: dict[str, Any], key: set[str]) -> None:
    """Apply the preview of an import, take it back, and that too: each file says what became of it."""
    shown = lines(file_of(server, preview, "changes"))
    job = applied(server, preview)
    assert job["status"] == "Complete", job
    assert cells_of(shown) == cells_of(of_job(server, job["batchId"]))
    assert {each[1] for each in shown} == key
    undone_by = job["batchId"]
    for _ in range(3):
        answer = ask(server, undone_by, preview=True).json()
        preview = told(server, answer["result"][0]["previewId"])
        foreseen = lines(file_of(server, preview, "changes"))
        assert preview["cells"] == {"restored": len(foreseen)}
        undone_by = applied(server, preview)["batchId"]
        assert of_job(server, undone_by) == foreseen
        assert {each[1] for each in foreseen} <= key


@pytest.mark.parametrize(
    "lookup", ["email", *(pytest.param(each, marks=ON_SQLITE) for each in ("id", "twin"))]
)
def test_leads_and_their_lists(world: Server, lookup: str) -> None:
    names = [f"ag{number}-{lookup}@example.com" for number in range(3)]
    content = "email,twin,title\n" + "".join(f"{each},t{each},Old\n" for each in names[:2])
    imported(world, content)
    ids = [lead(world, each, "id")["id"] for each in names[:2]]
    keys = {"email": names, "twin": [f"t{each}" for each in names], "id": [str(each) for each in ids]}[lookup]
    head = f"{lookup},title,lastName\n"
    more = f"{keys[2]},New,\n" if lookup != "id" else ""
    file = f'{head}{keys[0]},Job,"Comma, Inc"\n{keys[1]},NULL,\n{more}'
    preview = seen(world, "lead", file, listId=1001, lookupField=lookup)
    check(world, preview, set(keys))


def test_members_of_programs(world: Server) -> None:
    names = [f"agm{number}@example.com" for number in range(4)]
    imported(world, "email,title\n" + "".join(f"{each},Old\n" for each in names[:3]))
    import_members(world, f"email,rank\n{names[0]},1\n{names[1]},2\n", "Invited")
    file = f"email,title,rank,webinarQuestion\n{names[0]},Job,3,Why?\n{names[1]},,,\n{names[2]},,7,\n{names[3]},,8,\n"
    preview = seen(world, "member", file, programMemberStatus="Attended")
    shown = lines(file_of(world, preview, "changes"))
    assert {each[2:] for each in shown if each[1] == names[1]} >= {("programStatus", "Invited", "Attended")}
    check(world, preview, set(names))


@pytest.mark.parametrize(
    ("into", "first", "file", "keys"),
    [
        (
            "car",
            "vin,color\nag1,red\nag2,red\n",
            "vin,color\nag1,blue\nag2,NULL\nag3,green\n",
            ["ag1", "ag2", "ag3"],
        ),
        ("trip", "car,day,km\nag1,2026-01-02,5\n", "car,day,km\nag1,2026-01-02,6\n", ["ag1,2026-01-02"]),
    ],
)
def test_records_of_objects(world: Server, into: str, first: str, file: str, keys: list[str]) -> None:
    import_objects(world, "car_c", "vin\nag1\n")
    import_objects(world, f"{into}_c", first)
    check(world, seen(world, into, file), set(keys))


@ON_SQLITE
def test_who_leaves_a_list_and_who_comes_back_stand_in_the_preview(world: Server) -> None:
    imported(world, "email\nstay-ag@example.com\n")
    own = str(lead(world, "stay-ag@example.com", "id")["id"])
    batch_id = imported(world, "email\nstay-ag@example.com\n", listId=1002)
    one = (own, "stay-ag@example.com", "list")
    for leaves in (True, False):
        preview = told(world, ask(world, batch_id, preview=True).json()["result"][0]["previewId"])
        assert lines(file_of(world, preview, "changes")) == [
            (*one, *(("1002", "") if leaves else ("", "1002")))
        ]
        batch_id = undone(world, batch_id)["batchId"]
