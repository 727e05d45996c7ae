"""§9.9: what may be said of a type of custom object, and what may change once it is approved."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.api.calls import error_of
from tests.contract.api.world import codes, import_objects, post, sync, whole_subscription
from tests.forms import repeats
from tests.harness import LEADLINE, Server
from tests.stores import store_options

pytestmark = repeats("postgres", "given")  # `contract/store` tries the statements of each

SCHEMA, RECORDS = "/rest/v1/customobjects/schema", "/rest/v1/customobjects"
KEY = {"name": "code", "displayName": "Code", "dataType": "string", "isDedupeField": True}
NOTE = {"name": "note", "displayName": "Note", "dataType": "string"}


@pytest.fixture
def kind(world: Server) -> Iterator[str]:
    """The path of an approved type with a key and a note."""
    made(world, "thing", KEY, NOTE)
    done(world, "thing", "approve", {})
    yield "thing"
    post(world, f"{SCHEMA}/thing/delete.json", {})


def made(world: Server, name: str, *fields: dict[str, Any]) -> None:
    """Draft a type with fields."""
    assert post(world, f"{SCHEMA}.json", {"apiName": name, "displayName": name.title()})["success"]
    if fields:
        done(world, name, "addField", {"input": list(fields)})


def done(world: Server, name: str, step: str, body: Any) -> None:
    """Change a type by a call that is taken."""
    answer = post(world, f"{SCHEMA}/{name}/{step}.json", body)
    assert (answer["success"], answer.get("result")) == (True, []), answer


def refused(world: Server, path: str, body: Any) -> tuple[str, str]:
    """Return code and message of a change that is refused."""
    return error_of(world.call("POST", f"{SCHEMA}{path}.json", json=body))


def field(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "displayName": name.title(), "dataType": "string", **more}


def link(name: str, target: str, key: str) -> dict[str, Any]:
    return field(name, dataType="link", relatedTo={"name": target, "field": key})


def fields_of(world: Server, name: str, **params: str) -> dict[str, dict[str, Any]]:
    """Return the own fields of a type by name."""
    (described,) = world.get(f"{SCHEMA}/{name}/describe.json", params=params)["result"]
    return {each["name"]: each for each in described["fields"][3:]}


@pytest.mark.parametrize("name", ["thing", "THING", "thing_c", "Thing_C"])
def test_a_type_has_two_names(world: Server, kind: str, name: str) -> None:
    """§9.9: with `_c` at its end and without, in every path, filter and link; a record and a job too."""
    (described,) = world.get(f"{RECORDS}/{name}/describe.json")["result"]
    assert described["name"] == "thing", "it shows the name that it was made with"
    assert codes(sync(world, f"{RECORDS}/{name}.json", {"code": "a"})) == ["created"]
    assert import_objects(world, name, "code\nb\n")["objectApiName"] == "thing"
    for path in (f"{RECORDS}.json", f"{SCHEMA}.json"):
        assert len(world.get(path, params={"names": name})["result"]) == 1
    assert refused(world, "", {"action": "createOnly", "apiName": name, "displayName": "Other"})[0] == "1017"
    made(world, "part", KEY, link("thing", name, "code"))
    done(world, "part", "approve", {})
    assert codes(sync(world, f"{RECORDS}/part_c.json", {"code": "p", "thing": "A"})) == ["created"]
    assert refused(world, f"/{name}/delete", {}) == ("1022", "Object in use")
    done(world, "part", "delete", {})


def test_an_update_names_what_changes(world: Server, kind: str) -> None:
    """§9.9: nothing else is needed, nothing else changes; an approved type changes when that is approved."""
    update = {"action": "updateOnly", "apiName": kind}
    assert post(world, f"{SCHEMA}.json", update | {"description": "One", "pluralName": "Things"})["success"]
    assert post(world, f"{SCHEMA}.json", update | {"showInLeadDetail": True})["success"]
    (approved,) = world.get(f"{SCHEMA}/{kind}/describe.json")["result"]
    (draft,) = world.get(f"{SCHEMA}/{kind}/describe.json", params={"state": "draft"})["result"]
    assert (approved["state"], approved["version"], approved["description"]) == (
        "approvedWithDraft",
        "approved",
        None,
    )
    assert (draft["version"], draft["description"]) == ("draft", "One")
    assert (draft["createdAt"], draft["idField"]) == (approved["createdAt"], "marketoGUID")
    assert refused(world, "", {"apiName": kind})[0] == "1002", "only updateOnly goes without a display name"
    assert refused(world, "", {"action": "updateOnly", "apiName": "nothing"})[0] == "1013"
    done(world, kind, "approve", {})
    (approved,) = world.get(f"{SCHEMA}/{kind}/describe.json")["result"]
    assert (approved["state"], approved["description"]) == ("approved", "One")
    assert post(world, f"{SCHEMA}.json", update | {"description": None})["success"]
    (draft,) = world.get(f"{SCHEMA}/{kind}/describe.json", params={"state": "draft"})["result"]
    assert draft["description"] is None


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("", {"action": "updateOnly", "apiName": "thing", "displayName": "Other"}),
        ("/thing/addField", {"input": [link("lead", "lead", "id")]}),
        ("/thing/addField", {"input": [field("second", isDedupeField=True)]}),
        ("/thing/deleteField", {"input": [{"name": "code"}]}),
        ("/thing/note/updateField", {"isDedupeField": True}),
        ("/thing/note/updateField", {"name": "remark"}),
        ("/thing/note/updateField", {"dataType": "integer"}),
        ("/thing/note/updateField", {"dataType": "link", "relatedTo": {"name": "lead", "field": "id"}}),
        ("/thing/code/updateField", {"dataType": "text"}),
        ("/thing/addField", {"input": [field(f"more{number}") for number in range(21)]}),
        ("/thing/approve", {}),
    ],
)
def test_what_stays_once_a_type_is_approved(world: Server, kind: str, step: str, body: Any) -> None:
    """§9.9: its names, links and dedupe fields; records could not follow another type; it has no draft to approve."""
    assert refused(world, step, body)[0] == "1003"
    (described,) = world.get(f"{SCHEMA}/{kind}/describe.json")["result"]
    assert described["state"] == "approved", "nothing of it is kept"


def test_twenty_fields_follow_an_approval(world: Server, kind: str) -> None:
    """§9.9: over all drafts after it, those deleted since among them."""
    done(world, kind, "addField", {"input": [field(f"more{number}") for number in range(12)]})
    done(world, kind, "approve", {})
    done(world, kind, "deleteField", {"input": [{"name": "more0"}]})
    done(world, kind, "approve", {})
    done(world, kind, "addField", {"input": [field(f"late{number}") for number in range(8)]})
    assert refused(world, f"/{kind}/addField", {"input": [field("last")]}) == (
        "1003",
        "Invalid data, no more than 20 fields can be added once the type is approved",
    )


def test_a_short_text_becomes_a_long_one(world: Server, kind: str) -> None:
    """§8, §9.9: its values stay as they are."""
    sync(world, f"{RECORDS}/{kind}.json", {"code": "t", "note": "short"})
    done(world, kind, "note/updateField", {"displayName": "Very Long Note", "dataType": "Text"})
    done(world, kind, "approve", {})
    assert fields_of(world, kind)["note"] == {
        "name": "note",
        "displayName": "Very Long Note",
        "dataType": "text",
        "updateable": True,
        "crmManaged": False,
    }
    long = "x" * 2_000
    assert codes(sync(world, f"{RECORDS}/{kind}.json", {"code": "u", "note": long})) == ["created"]
    params = {"filterType": "code", "filterValues": "t,u", "fields": "note"}
    found = world.get(f"{RECORDS}/{kind}.json", params=params)["result"]
    assert [row["note"] for row in found] == ["short", long]


def test_a_draft_changes_freely(world: Server) -> None:
    """§9.9: names of fields, types and keys, while there are no records."""
    made(world, "plan", KEY, NOTE)
    done(world, "plan", "code/updateField", {"name": "number", "dataType": "integer", "description": "No."})
    done(world, "plan", "NOTE/updateField", {"name": "note", "isDedupeField": True})
    done(world, "plan", "number/updateField", {"isDedupeField": False, "displayName": "Number"})
    (draft,) = world.get(f"{SCHEMA}/plan_c/describe.json")["result"]
    assert (draft["dedupeFields"], draft["searchableFields"]) == (["note"], [["note"]])
    assert {name: each["dataType"] for name, each in fields_of(world, "plan").items()} == {
        "number": "integer",
        "note": "string",
    }
    assert refused(world, "/plan/gone/updateField", {"displayName": "x"}) == (
        "1006",
        "Field 'gone' not found",
    )
    assert refused(world, "/plan/deleteField", {"input": [{"name": "gone"}]})[0] == "1006"
    assert refused(world, "/plan/note/updateField", {"isDedupeField": "no"})[0] == "1001"
    done(world, "plan", "discardDraft", {})
    assert world.get(f"{SCHEMA}/plan/describe.json")["errors"][0]["code"] == "1013"


@pytest.mark.parametrize("name", ["Car", "CAR", "Car & Van", "Car!", "<b>", "Car-Van", " ", "Car\0"])
def test_display_names_of_types(world: Server, name: str) -> None:
    """§9.9: one belongs to one type; letters, digits, blanks and `_`."""
    assert refused(world, "", {"apiName": "vehicle", "displayName": name})[0] in ("1003", "1002")
    assert world.get(f"{SCHEMA}/vehicle/describe.json")["errors"][0]["code"] == "1013"


@pytest.mark.parametrize("name", ["Note", "note", "Created At", "Marketo GUID", "Rate %", "A/B"])
def test_display_names_of_fields(world: Server, kind: str, name: str) -> None:
    """§9.9: one belongs to one field of a type, its standard fields among them."""
    item = {"name": "other", "displayName": name, "dataType": "string"}
    assert refused(world, f"/{kind}/addField", {"input": [item]})[0] == "1003"
    assert refused(world, f"/{kind}/code/updateField", {"displayName": name})[0] == "1003"
    for good in ("Größe_2", "数量", "हिन्दी"):
        done(world, kind, "code/updateField", {"displayName": good})


@pytest.mark.parametrize(
    ("target", "shown", "data_type"),
    [
        ({"name": "lead", "field": "Email Address"}, {"name": "Lead", "field": "email"}, "email"),
        ({"name": "LEAD", "field": "id"}, {"name": "Lead", "field": "id"}, "integer"),
        ({"name": "company", "field": "Id"}, {"name": "Company", "field": "id"}, "integer"),
        ({"name": "company", "field": "externalCompanyId"}, None, "string"),
        ({"name": "car", "field": "vin"}, {"name": "car_c", "field": "vin"}, "string"),
        ({"name": "car_c", "field": "marketoGUID"}, {"name": "car_c", "field": "marketoGUID"}, "string"),
    ],
)
def test_links_by_the_names_that_are_offered(
    world: Server, target: dict[str, str], shown: dict[str, str] | None, data_type: str
) -> None:
    """§9.9: a link shows its target and the target's type, and leads to a record there."""
    (lead,) = sync(world, "/rest/v1/leads.json", {"email": "owner@x.com"})
    (car,) = sync(world, f"{RECORDS}/car_c.json", {"vin": "linked"})
    (company,) = sync(world, "/rest/v1/companies.json", {"externalCompanyId": "acme"})
    values = {
        "Email Address": "Owner@x.com",
        "id": lead["id"],
        "Id": company["id"],
        "externalCompanyId": "ACME",
        "vin": "LINKED",
        "marketoGUID": car["marketoGUID"],
    }
    made(world, "deed", KEY, field("of", dataType="link", relatedTo=target))
    done(world, "deed", "approve", {})
    assert fields_of(world, "deed")["of"]["dataType"] == data_type
    (described,) = world.get(f"{SCHEMA}/deed/describe.json")["result"]
    shown = shown or {"name": "Company", "field": "externalCompanyId"}
    assert described["relationships"] == [{"field": "of", "type": "child", "relatedTo": shown}]
    assert described["searchableFields"] == [["code"], ["marketoGUID"], ["of"]]
    value = values[target["field"]]
    assert codes(sync(world, f"{RECORDS}/deed.json", {"code": "1", "of": value})) == ["created"]
    wrong = 0 if data_type == "integer" else "nobody@x.com"
    missing = "1004" if target["name"].lower() == "lead" else "1013"
    assert codes(sync(world, f"{RECORDS}/deed.json", {"code": "2", "of": wrong})) == [missing]
    told = import_objects(world, "deed", f"code,of\n3,{value}\n4,{wrong}\n")
    assert (told["numOfObjectsProcessed"], told["numOfRowsFailed"]) == (1, 1)
    done(world, "deed", "delete", {})


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("lead", "firstName"),
        ("lead", "First Name"),
        ("car_c", "color"),
        ("boat", "code"),
        ("trip_c", "marketoGUID"),
    ],
)
def test_links_that_lead_nowhere(world: Server, name: str, key: str) -> None:
    """§9.9: to no key, to a type that is not there or not approved, or to one that itself has links."""
    made(world, "deed", KEY)
    assert refused(world, "/deed/addField", {"input": [link("of", name, key)]})[0] == "1003"
    done(world, "deed", "discardDraft", {})


def test_a_type_may_link_to_itself(world: Server) -> None:
    """§6.4, §9.9: from its first draft on, since no link can be added after."""
    made(world, "node", KEY, link("parent", "node", "code"))
    done(world, "node", "approve", {})
    assert codes(sync(world, f"{RECORDS}/node.json", {"code": "root"})) == ["created"]
    told = sync(
        world, f"{RECORDS}/node.json", {"code": "kid", "parent": "Root"}, {"code": "x", "parent": "y"}
    )
    assert codes(told) == ["created", "1013"]
    done(world, "node", "delete", {})


def test_states_are_filters(world: Server, kind: str) -> None:
    """§9.9: a type is listed in the version that was asked for, and not at all when it has none such."""
    states = ("draft", "approved", "approvedWithDraft")

    def listed(state: str) -> list[str]:
        params = {"state": state, "names": kind}
        return [each["state"] for each in world.get(f"{SCHEMA}.json", params=params)["result"]]

    assert [len(listed(state)) for state in states] == [0, 1, 0]
    done(world, kind, "addField", {"input": [field("more")]})
    assert [listed(state) for state in states] == [["approvedWithDraft"]] * 3
    for state, is_there in (("draft", True), ("approved", False), ("approvedWithDraft", True)):
        assert ("more" in fields_of(world, kind, state=state)) is is_there
    params = {"state": "sketched"}
    assert world.get(f"{SCHEMA}.json", params=params)["errors"][0]["code"] == "1001"


def test_what_links_are_offered(world: Server) -> None:
    """§9.9: the searchable fields of leads, by display name; a type with links of its own is not there."""
    lead, company, car = world.get(f"{SCHEMA}/linkableObjects.json")["result"]
    assert [each["name"] for each in (lead, company, car)] == ["lead", "company", "car_c"]
    assert {each["name"]: each["dataType"] for each in lead["fields"]} == {
        "Cookies": "string",
        "Customer Number": "integer",
        "Email Address": "email",
        "Id": "integer",
        "Marketo Social Facebook Id": "string",
        "Marketo Social LinkedIn Id": "string",
        "Marketo Social Twitter Id": "string",
        "SFDC Account Id": "string",
        "SFDC Contact Id": "string",
        "SFDC Lead Id": "string",
        "SFDC Lead Owner Id": "string",
        "SFDC Opportunity Id": "string",
        "Twin of a lead": "string",
    }
    names = [each["name"] for each in lead["fields"]]
    assert names == sorted(names, key=str.lower) == [each["displayName"] for each in lead["fields"]]
    assert [each["name"] for each in company["fields"]] == ["Id"]
    assert [each["name"] for each in car["fields"]] == ["marketoGUID", "vin"]


@pytest.mark.parametrize("name", ["garage", "garage_c"])
def test_the_subscription_file_knows_both_names_too(world: Server, tmp_path: Path, name: str) -> None:
    """§9.9: the type that a call made is changed, under the name it was made with; none is added."""
    made(world, "garage", KEY)
    done(world, "garage", "approve", {})
    fields = [{each: KEY[each] for each in KEY if each != "isDedupeField"}, NOTE]
    definition = {"apiName": name, "displayName": "Garage", "dedupeFields": ["code"], "fields": fields}
    document = whole_subscription()
    document["custom_objects"] = [*document["custom_objects"], definition]
    (tmp_path / "again.yaml").write_text(yaml.safe_dump(document))
    setup = [LEADLINE, "setup", str(tmp_path / "again.yaml"), *store_options(world.data)]
    told = subprocess.run(setup, check=True, capture_output=True, text=True)
    assert "garage" in told.stdout
    (described,) = world.get(f"{SCHEMA}.json", params={"names": "garage"})["result"]
    assert described["apiName"] == "garage"
    assert set(fields_of(world, "garage")) == {"code", "note"}
    done(world, "garage", "delete", {})
