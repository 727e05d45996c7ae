"""§9.3, §9.9, §9.10: what names a record in a call decides, or is refused; it is never passed over."""

import pytest

from tests.contract.api.world import codes, import_members, post, sync
from tests.forms import without_store
from tests.harness import Server

LEADS, CARS = "/rest/v1/leads.json", "/rest/v1/customobjects/car_c.json"
ACCOUNTS = {
    "/rest/v1/companies.json": ("externalCompanyId", "id", "website"),
    "/rest/v1/salespersons.json": ("externalSalesPersonId", "id", "title"),
}
OBJECTS = ACCOUNTS | {CARS: ("vin", "marketoGUID", "color")}
GUID = "00000000-0000-4000-8000-000000000000"


@without_store
@pytest.mark.parametrize("action", ["createOnly", "createOrUpdate", "createDuplicate", None])
@pytest.mark.parametrize("value", [1, 7, "7", "x", {"a": 1}, True])
def test_a_lead_s_id_needs_update_only(world: Server, action: str | None, value: object) -> None:
    """§9.3: 1003 at the record, whatever the id is; the others of the call are taken, null and blank name none."""
    beside = {} if action is None else {"action": action}
    tag = f"{action}{type(value).__name__}{value}".lower().translate(str.maketrans("", "", "{}': "))
    told = sync(
        world,
        LEADS,
        {"email": f"a{tag}@x.com", "id": value},
        {"email": f"b{tag}@x.com", "ID": value},
        {"email": f"c{tag}@x.com", "id": None},
        {"email": f"d{tag}@x.com", "id": ""},
        **beside,
    )
    assert codes(told) == ["1003", "1003", "created", "created"]
    assert told[0]["reasons"] == [{"code": "1003", "message": "Field 'id' needs the action updateOnly"}]
    assert world.lead("email", f"a{tag}@x.com", "id") == []


@pytest.mark.parametrize("lookup", ["email", "customerNumber"])
def test_a_lead_s_id_beside_another_key(world: Server, lookup: str) -> None:
    """With updateOnly both must be the same lead's."""
    number = 500 + len(lookup)
    leads = [{"email": f"{lookup}{n}@x.com", "customerNumber": number * 10 + n} for n in range(2)]
    first, second = sync(world, LEADS, *leads)
    told = sync(
        world,
        LEADS,
        leads[0] | {"id": first["id"], "firstName": "own"},
        leads[0] | {"id": second["id"], "firstName": "other's"},
        leads[1] | {"id": str(second["id"]), "firstName": "own"},
        leads[1] | {"id": "x"},
        {"email": "nobody@x.com", "customerNumber": 999_999, "id": first["id"]},
        action="updateOnly",
        lookupField=lookup,
    )
    assert codes(told) == ["updated", "1003", "updated", "1001", "1004"]
    assert told[1]["reasons"][0]["message"] == "Value of field 'id' is another record's"
    for lead in leads:
        assert [each["firstName"] for each in world.lead("email", lead["email"], "firstName")] == ["own"]


@pytest.mark.parametrize("path", OBJECTS)
def test_ids_of_other_records(world: Server, path: str) -> None:
    """§9.3: the same for custom objects, companies and sales persons."""
    key, known_as, value = OBJECTS[path]
    first, second = sync(world, path, {key: "n1"}, {key: "n2"})
    foreign = GUID if known_as == "marketoGUID" else 999_999
    for beside in ({}, {"action": "createOnly"}, {"action": "createOrUpdate"}):
        told = sync(
            world,
            path,
            {key: "n1", known_as: first[known_as]},
            {key: "n3", known_as: foreign},
            {key: "n4", known_as: None},
            **beside,
        )
        assert codes(told)[:2] == ["1003", "1003"]
        assert told[1]["reasons"][0]["message"] == f"Field '{known_as}' needs the action updateOnly"
    told = sync(
        world,
        path,
        {key: "n1", known_as: first[known_as], value: "own"},
        {key: "n2", known_as: first[known_as], value: "other's"},
        {key: "n3", known_as: foreign},
        action="updateOnly",
    )
    assert codes(told) == ["updated", "1003", "1013"]
    params = {"filterType": key, "filterValues": "n1,n2,n3", "fields": f"{key},{value}"}
    found = {each[key]: each[value] for each in world.get(path, params=params)["result"]}
    assert found == {"n1": "own", "n2": None}
    assert second["status"] == "created"


@pytest.mark.parametrize("path", OBJECTS)
def test_deletions(world: Server, path: str) -> None:
    """§9.3: a record is deleted only if everything that names one names it."""
    key, known_as, _ = OBJECTS[path]
    first, second = sync(world, path, {key: "d1"}, {key: "d2"})
    delete = path.replace(".json", "/delete.json")
    told = sync(world, delete, {key: "d1", known_as: second[known_as]}, {key: "d2", known_as: None})
    assert codes(told) == ["1003", "deleted"]
    told = sync(
        world,
        delete,
        {key: "d2", known_as: first[known_as]},
        {key: "D1", known_as: first[known_as]},
        deleteBy="idField",
    )
    assert codes(told) == ["1003", "deleted"]


def test_members_of_another_program(world: Server) -> None:
    """§9.8: the path says which program; a record that says another is not changed."""
    import_members(world, "email\nm@x.com\n", "Invited")
    (lead,) = world.lead("email", "m@x.com", "id")
    item = {"leadId": lead["id"], "webinarQuestion": "?"}
    told = post(
        world,
        "/rest/v1/programs/1001/members.json",
        {
            "input": [
                item | {"programId": 1002},
                item | {"programId": 1001},
                item | {"programID": "1001"},
                item,
            ]
        },
    )["result"]
    assert codes(told) == ["1003", "updated", "updated", "updated"]
    assert told[0]["reasons"][0]["message"] == "Value of field 'programId' is another program's"
