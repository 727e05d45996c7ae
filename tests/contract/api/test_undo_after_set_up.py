"""Undos of jobs whose types, fields, lists, partitions or people have changed since, and keys that others took."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.calls import error_of
from tests.contract.api.previews import file_of, told
from tests.contract.api.undos import ask, counts, imported, kept, lead, ledger, undone
from tests.contract.api.world import import_objects, post, sync, whole_subscription
from tests.forms import repeats
from tests.harness import Server, running

pytestmark = repeats("postgres", "given")  # `contract/store` tries the statements of each

SCHEMA, RECORDS = "/rest/v1/customobjects/schema", "/rest/v1/customobjects"
KEY = {"name": "code", "displayName": "Code", "dataType": "string", "isDedupeField": True}
NOTE = {"name": "note", "displayName": "Note", "dataType": "string"}
SIZE = {"name": "size", "displayName": "Size", "dataType": "integer"}


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from running(tmp_path_factory.mktemp("set-up") / "data", whole_subscription())


def step(server: Server, name: str, what: str, *items: dict[str, Any]) -> None:
    answer = post(server, f"{SCHEMA}/{name}/{what}.json", {"input": list(items)} if items else {})
    assert answer["success"], answer


@pytest.fixture
def kind(world: Server) -> Iterator[str]:
    """An approved type, with one record that has a note and a size."""
    made(world)
    import_objects(world, "thing", "code,note,size\na,Old,1\nb,Old,1\n")
    yield "thing"
    post(world, f"{SCHEMA}/thing/delete.json", {})


def made(server: Server) -> None:
    assert post(server, f"{SCHEMA}.json", {"apiName": "thing", "displayName": "Thing"})["success"]
    step(server, "thing", "addField", KEY, NOTE, SIZE)
    step(server, "thing", "approve")


def values(server: Server, code: str, *names: str) -> dict[str, Any] | None:
    path = f"{RECORDS}/thing.json?filterType=code&filterValues={code}&fields={','.join(names)}"
    found = server.get(path)["result"]
    return {name: found[0][name] for name in names} if found else None


def test_a_deleted_field_is_kept_and_the_others_come_back(world: Server, kind: str) -> None:
    batch_id = import_objects(world, kind, "code,note,size\na,Job,2\nb,,2\nc,Job,2\n")["batchId"]
    step(world, kind, "deleteField", {"name": "note"})
    step(world, kind, "approve")
    answer = ask(world, batch_id, preview=True).json()["result"][0]["previewId"]
    preview = told(world, answer)
    assert (preview["status"], preview["rows"]["partly"], preview["rows"]["deleted"]) == ("Ready", 1, 1)
    job = undone(world, batch_id)
    assert (job["status"], counts(job)) == ("Complete", {"reverted": 1, "partly": 1, "deleted": 1}), job
    assert (values(world, "a", "size"), values(world, "c", "size")) == ({"size": 1}, None)
    assert [(each["field"], each["why"]) for each in kept(world, job["batchId"])] == [
        ("note", "the field was deleted")
    ]


@pytest.mark.parametrize("data_type", ["string", "integer"])
def test_a_field_that_was_added_anew_is_another(world: Server, kind: str, data_type: str) -> None:
    """Its old cells are not its own, be it of the same type; those of other fields come back."""
    batch_id = import_objects(world, kind, "code,note,size\na,Job,2\nb,Job,\n")["batchId"]
    step(world, kind, "deleteField", {"name": "note"})
    step(world, kind, "approve")
    step(world, kind, "addField", NOTE | {"dataType": data_type})
    step(world, kind, "approve")
    new = 7 if data_type == "integer" else "7"
    sync(world, f"{RECORDS}/{kind}.json", {"code": "a", "note": new})
    job = undone(world, batch_id)
    assert (job["status"], job["reverted"]) == ("Complete", 1), job
    assert values(world, "a", "size", "note") == {"size": 1, "note": new}
    assert values(world, "b", "size", "note") == {"size": 1, "note": None}


def test_a_field_cannot_change_its_type_while_it_has_values(world: Server, kind: str) -> None:
    """Taken out of a draft and put in again it is the same field, whose old values come back."""
    batch_id = import_objects(world, kind, "code,note,size\na,Job,2\n")["batchId"]
    step(world, kind, "deleteField", {"name": "note"})
    number = {"input": [NOTE | {"dataType": "integer"}]}
    assert not post(world, f"{SCHEMA}/{kind}/addField.json", number)["success"]
    step(world, kind, "addField", NOTE | {"displayName": "Remark"})
    step(world, kind, "approve")
    assert counts(undone(world, batch_id)) == {"reverted": 1}
    assert values(world, "a", "note", "size") == {"note": "Old", "size": 1}


@pytest.mark.parametrize("again", [True, False])
def test_what_was_in_a_deleted_type_cannot_come_back(world: Server, kind: str, again: bool) -> None:
    """Nor into another of its name, whose records count from 1 again."""
    batch_id = import_objects(world, kind, "code,note\na,Job\nn,Job\n")["batchId"]
    undo = undone(world, batch_id)["batchId"]
    assert post(world, f"{SCHEMA}/{kind}/delete.json", {})["success"]
    if again:
        made(world)
        import_objects(world, kind, "code,note,size\na,Mine,9\nn,Mine,9\n")
    for each in (batch_id, undo):
        code, message = error_of(ask(world, each, preview=True))
        assert code == "1003"
        assert "cannot be undone: " in message
        assert error_of(ask(world, each)) == (code, message)
    if again:
        assert values(world, "a", "note", "size") == {"note": "Mine", "size": 9}


def test_a_person_of_the_same_address_is_another(world: Server) -> None:
    imported(world, "email,title\nsame@example.com,Old\n")
    batch_id = imported(world, "email,title\nsame@example.com,Job\nnew-same@example.com,Job\n")
    ids = [lead(world, each, "id")["id"] for each in ("same@example.com", "new-same@example.com")]
    sync(world, "/rest/v1/leads/delete.json", *({"id": each} for each in ids))
    imported(world, "email,title\nsame@example.com,Later\nnew-same@example.com,Later\n")
    job = undone(world, batch_id)
    assert (job["status"], counts(job)) == ("Complete", {"gone": 2})
    for each in ("same@example.com", "new-same@example.com"):
        assert lead(world, each, "title") == {"title": "Later"}


def test_a_record_of_the_same_key_is_another(world: Server, kind: str) -> None:
    batch_id = import_objects(world, kind, "code,note\na,Job\nn,Job\n")["batchId"]
    post(world, f"{RECORDS}/{kind}/delete.json", {"input": [{"code": "a"}, {"code": "n"}]})
    import_objects(world, kind, "code,note\na,Later\nn,Later\n")
    assert counts(undone(world, batch_id)) == {"gone": 2}
    for each in ("a", "n"):
        assert values(world, each, "note") == {"note": "Later"}


def test_the_key_of_a_record_cannot_be_changed_so_that_none_is_taken(world: Server, kind: str) -> None:
    """Not by an import, not by a call that finds the record by its GUID: only the spelling follows the file."""
    (guid,) = [
        each["marketoGUID"]
        for each in world.get(f"{RECORDS}/{kind}.json?filterType=code&filterValues=a")["result"]
    ]
    body = {"action": "updateOnly", "dedupeBy": "idField", "input": [{"marketoGUID": guid, "code": "z"}]}
    post(world, f"{RECORDS}/{kind}.json", body)
    assert values(world, "z", "code") is None
    batch_id = import_objects(world, kind, "code,note\nA,Job\n")["batchId"]
    assert values(world, "a", "code") == {"code": "A"}
    post(world, f"{RECORDS}/{kind}.json", {"input": [{"code": "á", "note": "x"}]})
    assert counts(undone(world, batch_id)) == {"reverted": 1}
    assert values(world, "a", "code", "note") == {"code": "a", "note": "Old"}


@pytest.mark.parametrize(("field", "old", "job"), [("email", "kt1@x.co", "kt2@x.co"), ("twin", "kt3", "kt4")])
def test_a_key_of_a_person_that_another_took_comes_back_to_both(
    world: Server, field: str, old: str, job: str
) -> None:
    """Leads may share the value of any lookup field: what the job has overwritten is nobody's alone."""
    own = sync(world, "/rest/v1/leads.json", {"email": f"own-{old}", "twin": old} | {field: old})[0]["id"]
    batch_id = imported(world, f"id,{field}\n{own},{job}\n", lookupField="id")
    other = {"email": f"other-{old}", "twin": old} | {field: old}
    sync(world, "/rest/v1/leads.json", other, action="createDuplicate" if field == "email" else "createOnly")
    assert counts(undone(world, batch_id)) == {"reverted": 1}
    found = world.get(f"/rest/v1/leads.json?filterType={field}&filterValues={old}&fields=id")["result"]
    assert len(found) == 2
    assert own in [each["id"] for each in found]


def test_a_membership_whose_person_is_on_another_list_of_the_same_name(world: Server) -> None:
    """A list that was deleted and made again is another one: who was on the first stays off the second."""
    folder = '{"id":3,"type":"Folder"}'
    path = "/rest/asset/v1/staticLists.json"
    first = world.call("POST", path, data={"name": "Twice", "folder": folder}).json()["result"][0]["id"]
    imported(world, "email,title\nlists@example.com,Old\n")
    batch_id = imported(world, "email,title\nlists@example.com,Job\n", listId=first)
    assert world.call("POST", f"/rest/asset/v1/staticList/{first}/delete.json").json()["success"]
    second = world.call("POST", path, data={"name": "Twice", "folder": folder}).json()["result"][0]["id"]
    own = lead(world, "lists@example.com", "id")["id"]
    sync(world, f"/rest/v1/lists/{second}/leads.json", {"id": own})
    job = undone(world, batch_id)
    assert (job["status"], job["reverted"] + job["partly"]) == ("Complete", 1), ledger(world, job["batchId"])
    assert [each["id"] for each in world.get(f"/rest/v1/list/{second}/leads.json")["result"]] == [own]
    assert lead(world, "lists@example.com", "title") == {"title": "Old"}


def test_a_preview_of_what_is_gone_shows_it_so(world: Server, kind: str) -> None:
    batch_id = import_objects(world, kind, "code,note\na,Job\n")["batchId"]
    post(world, f"{RECORDS}/{kind}/delete.json", {"input": [{"code": "a"}]})
    preview = told(world, ask(world, batch_id, preview=True).json()["result"][0]["previewId"])
    assert preview["rows"]["gone"] == 1
    assert file_of(world, preview, "changes").splitlines()[1:] == []
