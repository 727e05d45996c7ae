"""§9.9, §9.10: records of custom objects, companies, sales persons; §9.9: types of custom objects."""

from typing import Any

import pytest

from tests.contract.api.world import codes, import_objects, post, sync
from tests.harness import Server

CARS, TRIPS = "/rest/v1/customobjects/car_c", "/rest/v1/customobjects/trip_c"
SCHEMA = "/rest/v1/customobjects/schema"


def find(server: Server, path: str, filter_type: str, values: str, **params: Any) -> list[dict[str, Any]]:
    query = {"filterType": filter_type, "filterValues": values, **params}
    body = server.get(f"{path}.json", params=query)
    assert body["success"], body
    result: list[dict[str, Any]] = body["result"]
    return result


def error(server: Server, path: str, body: Any) -> str:
    answer = post(server, path, body)
    assert answer["success"] is False
    return str(answer["errors"][0]["code"])


def test_actions_by_dedupe_fields(world: Server) -> None:
    """1017, 1013, 1036, 1003, 1006; `seq` counts the input."""
    told = sync(
        world,
        f"{CARS}.json",
        {"vin": "s1", "color": "red"},
        {"vin": "S1"},
        {"color": "x"},
        {"vin": "s2", "seats": 4},
    )
    assert codes(told) == ["created", "1036", "1003", "1006"]
    assert [each["seq"] for each in told] == [0, 1, 2, 3]
    assert codes(sync(world, f"{CARS}.json", {"vin": "s1"}, {"vin": "s3"}, action="createOnly")) == [
        "1017",
        "created",
    ]
    assert codes(sync(world, f"{CARS}.json", {"vin": "s1"}, {"vin": "s9"}, action="updateOnly")) == [
        "updated",
        "1013",
    ]
    guid = told[0]["marketoGUID"]
    by_id = {"dedupeBy": "idField", "action": "updateOnly"}
    changed = sync(
        world, f"{CARS}.json", {"marketoGUID": guid, "color": None}, {"marketoGUID": "no"}, **by_id
    )
    assert codes(changed) == ["updated", "1013"]
    assert find(world, CARS, "idField", guid, fields="color,vin") == [
        {"seq": 0, "marketoGUID": guid, "color": None, "vin": "s1"}
    ]
    assert error(world, f"{CARS}.json", {"dedupeBy": "idField", "input": [{"marketoGUID": guid}]}) == "1003"
    assert error(world, f"{CARS}.json", {"dedupeBy": "vin", "input": [{"vin": "1"}]}) == "1001"
    assert error(world, "/rest/v1/customobjects/boat_c.json", {"input": [{"vin": "1"}]}) == "1013"


def test_queries(world: Server) -> None:
    """Default fields, paging, compound keys in a body, what cannot be searched."""
    import_objects(world, "car_c", "vin\n" + "".join(f"q{n}\n" for n in range(5)))
    (one,) = find(world, CARS, "dedupeFields", "Q1")
    assert set(one) == {"seq", "marketoGUID", "vin", "updatedAt", "createdAt"}
    query = {"filterType": "vin", "filterValues": "q0,q1,q2,q3,q4,none", "batchSize": 2, "fields": "vin"}
    seen, token = [], None
    while True:
        page = world.get(f"{CARS}.json", params=query | ({"nextPageToken": token} if token else {}))
        seen += [row["vin"] for row in page["result"]]
        token = page.get("nextPageToken")
        assert page["moreResult"] is (token is not None)
        if token is None:
            break
    assert seen == [f"q{n}" for n in range(5)]
    sync(
        world,
        f"{TRIPS}.json",
        {"car": "q1", "day": "2020-01-01", "km": 3},
        {"car": "q2", "day": "2020-01-01"},
    )
    body = {"filterType": "dedupeFields", "fields": ["km"], "input": [{"car": "Q1", "day": "2020-01-01"}]}
    found = post(world, f"{TRIPS}.json?_method=GET", body)["result"]
    assert [row["km"] for row in found] == [3]
    assert [row["day"] for row in find(world, TRIPS, "car", "q2", fields="day")] == ["2020-01-01"]
    for filter_type, code in (("color", "1011"), ("seats", "1006")):
        params = {"filterType": filter_type, "filterValues": "1"}
        assert world.get(f"{CARS}.json", params=params)["errors"][0]["code"] == code
    params = {"filterType": "dedupeFields", "filterValues": "1"}
    assert world.get(f"{TRIPS}.json", params=params)["errors"][0]["code"] == "1003"


def test_deletes(world: Server) -> None:
    """By either key; each record once."""
    made = sync(world, f"{CARS}.json", {"vin": "d1"}, {"vin": "d2"})
    told = sync(world, f"{CARS}/delete.json", {"vin": "D1"}, {"vin": "d1"}, {}, deleteBy="dedupeFields")
    assert codes(told) == ["deleted", "1013", "1003"]
    assert told[0]["marketoGUID"] == made[0]["marketoGUID"]
    again = sync(world, f"{CARS}/delete.json", {"marketoGUID": made[1]["marketoGUID"]}, deleteBy="idField")
    assert codes(again) == ["deleted"]
    assert find(world, CARS, "vin", "d1,d2") == []


def test_instants_as_keys(world: Server) -> None:
    """§6.4, §8: a datetime may be the key; queries and deletes name it as answers show it."""
    at = {"name": "at", "displayName": "At", "dataType": "datetime", "isDedupeField": True}
    post(world, f"{SCHEMA}.json", {"apiName": "visit", "displayName": "Visit"})
    sync(world, f"{SCHEMA}/visit_c/addField.json", at)
    post(world, f"{SCHEMA}/visit_c/approve.json", {})
    path, moment = "/rest/v1/customobjects/visit_c", "2026-01-01T10:00:00Z"
    assert codes(sync(world, f"{path}.json", {"at": moment}, {"at": "2026-01-01T11:00:00+01:00"})) == [
        "created",
        "1036",
    ]
    assert [row["at"] for row in find(world, path, "dedupeFields", moment)] == [moment]
    params = {"filterType": "at", "filterValues": "yesterday"}
    assert world.get(f"{path}.json", params=params)["errors"][0]["code"] == "1001"
    assert codes(sync(world, f"{path}/delete.json", {"at": moment}, {"at": moment})) == ["deleted", "1013"]
    trip = {"car": "d9", "day": "2026-01-02"}
    sync(world, f"{CARS}.json", {"vin": "d9"})
    sync(world, f"{TRIPS}.json", trip)
    assert codes(sync(world, f"{TRIPS}/delete.json", trip)) == ["deleted"]
    post(world, f"{SCHEMA}/visit_c/delete.json", {})


def test_describes(world: Server) -> None:
    """§9.9: fields, keys, relationships."""
    (trip,) = world.get(f"{TRIPS}/describe.json")["result"]
    assert trip["idField"] == "marketoGUID"
    assert trip["dedupeFields"] == ["car", "day"]
    assert trip["searchableFields"][:2] == [["car", "day"], ["marketoGUID"]]
    assert trip["relationships"] == [
        {"field": "car", "type": "parent", "object": {"name": "car_c", "field": "vin"}},
        {"field": "driver", "type": "parent", "object": {"name": "Lead", "field": "email"}},
    ]
    assert {field["name"]: field["dataType"] for field in trip["fields"]} == {
        "marketoGUID": "string",
        "createdAt": "datetime",
        "updatedAt": "datetime",
        "car": "string",
        "day": "date",
        "km": "integer",
        "driver": "email",
        "private": "boolean",
    }
    for name in ("CAR_c", "car"):
        listed = world.get("/rest/v1/customobjects.json", params={"names": name})["result"]
        assert [each["name"] for each in listed] == ["car_c"]
    assert world.get("/rest/v1/customobjects/boat_c/describe.json")["errors"][0]["code"] == "1013"


@pytest.mark.parametrize(
    ("path", "key", "link", "searched"),
    [
        ("/rest/v1/companies", "externalCompanyId", "externalCompanyId", {"company": "Ünited"}),
        ("/rest/v1/salespersons", "externalSalesPersonId", "externalSalesPersonId", {"email": "Ü@x.com"}),
    ],
)
def test_companies_and_sales_persons(
    world: Server, path: str, key: str, link: str, searched: dict[str, str]
) -> None:
    """§9.10: sync, find, delete; 1022 while leads refer to it."""
    ((name, value),) = searched.items()
    told = sync(world, f"{path}.json", {key: "Zoë", **searched}, {key: "zoë"}, {name: value})
    assert codes(told) == ["created", "1036", "1003"]
    (found,) = find(world, path, name, value.upper(), fields=f"{key},{name}")
    assert (found[key], found[name], found["id"]) == ("Zoë", value, told[0]["id"])
    assert [row["id"] for row in find(world, path, "id", str(found["id"]))] == [found["id"]]
    sync(world, "/rest/v1/leads.json", {"email": f"{key}@x.com", link: "ZOË"})
    assert codes(sync(world, f"{path}/delete.json", {key: "ZOË"})) == ["1022"]
    (lead,) = world.lead("email", f"{key}@x.com", "id")
    sync(world, "/rest/v1/leads/delete.json", {"id": lead["id"]})
    assert codes(sync(world, f"{path}/delete.json", {"id": found["id"]}, {"id": 0}, deleteBy="idField")) == [
        "deleted",
        "1013",
    ]
    (described,) = world.get(f"{path}/describe.json")["result"]
    assert described["dedupeFields"] == [key]
    assert sorted(described["searchableFields"]) == sorted([[key], ["id"], [name]])


def test_a_type_from_draft_to_deletion(world: Server) -> None:
    """§9.9: drafted, approved, changed, discarded, deleted; what its records could not follow is refused."""
    assert post(world, f"{SCHEMA}.json", {"apiName": "boat", "displayName": "Boat"})["result"] == []
    assert (
        error(world, f"{SCHEMA}.json", {"action": "createOnly", "apiName": "boat_c", "displayName": "B"})
        == "1017"
    )
    assert (
        error(world, f"{SCHEMA}.json", {"action": "updateOnly", "apiName": "ship", "displayName": "B"})
        == "1013"
    )
    assert error(world, f"{SCHEMA}/boat_c/approve.json", {}) == "1003"
    hull = {"name": "hull", "displayName": "Hull", "dataType": "string", "isDedupeField": True}
    owner = {
        "name": "owner",
        "displayName": "Owner",
        "dataType": "link",
        "relatedTo": {"name": "Lead", "field": "id"},
    }
    tons = {"name": "tons", "displayName": "Tons", "dataType": "float"}
    sync(world, f"{SCHEMA}/boat_c/addField.json", hull, owner)
    assert error(world, f"{SCHEMA}/boat_c/addField.json", {"input": [hull]}) == "1003"
    assert error(world, "/rest/v1/customobjects/boat_c.json", {"input": [{"hull": "h"}]}) == "1013"
    assert post(world, f"{SCHEMA}/boat_c/approve.json", {})["success"]
    (lead,) = sync(world, "/rest/v1/leads.json", {"email": "boat@x.com"})
    boats = "/rest/v1/customobjects/boat_c"
    told = sync(world, f"{boats}.json", {"hull": "h1", "owner": lead["id"]}, {"hull": "h2", "owner": 0})
    assert codes(told) == ["created", "1004"]
    sync(world, f"{SCHEMA}/boat_c/addField.json", tons)
    (state,) = world.get(f"{SCHEMA}.json", params={"names": "boat_c"})["result"]
    assert state["state"] == "approvedWithDraft"
    assert codes(sync(world, f"{boats}.json", {"hull": "h1", "tons": 1.5})) == ["1006"]
    assert post(world, f"{SCHEMA}/boat_c/discardDraft.json", {})["success"]
    sync(world, f"{SCHEMA}/boat_c/addField.json", tons)
    assert error(world, f"{SCHEMA}/boat_c/deleteField.json", {"input": [{"name": "owner"}]}) == "1003"
    assert (
        error(
            world, f"{SCHEMA}/boat_c/updateField.json", {"input": [{"name": "hull", "dataType": "integer"}]}
        )
        == "1003"
    )
    sync(world, f"{SCHEMA}/boat_c/updateField.json", {"name": "hull", "displayName": "Hull number"})
    assert post(world, f"{SCHEMA}/boat_c/approve.json", {})["success"]
    sync(world, f"{boats}.json", {"hull": "h1", "tons": 1.5})
    (boat,) = find(world, boats, "hull", "h1", fields="hull,tons")
    assert boat["tons"] == 1.5
    (described,) = world.get(f"{SCHEMA}/boat_c/describe.json")["result"]
    assert [field["name"] for field in described["fields"]][3:] == ["hull", "owner", "tons"]
    assert error(world, f"{SCHEMA}/car_c/delete.json", {}) == "1022"
    (dependent,) = world.get(f"{SCHEMA}/car_c/dependentAssets.json")["result"]
    assert (dependent["assetName"], dependent["usedFields"]) == ("trip_c", ["vin"])
    assert post(world, f"{SCHEMA}/boat_c/delete.json", {})["success"]
    assert error(world, f"{boats}.json", {"input": [{"hull": "h1"}]}) == "1013"
    assert "link" in world.get(f"{SCHEMA}/fieldDataTypes.json")["result"]
    names = [each["name"] for each in world.get(f"{SCHEMA}/linkableObjects.json")["result"]]
    assert names == ["lead", "company", "car_c"], "trip_c itself has links"


def test_a_link_in_a_draft_links_already(world: Server) -> None:
    """§9.9, 1022: what is linked to cannot be deleted before the link is taken out of the draft."""
    for name in ("hook", "van"):
        post(world, f"{SCHEMA}.json", {"action": "createOnly", "apiName": name, "displayName": name})
    own = {"name": "own", "displayName": "Own", "dataType": "string", "isDedupeField": True}
    to_van = {"name": "van_c", "field": "own"}
    tow = {"name": "tow", "displayName": "Tow", "dataType": "link", "relatedTo": to_van}
    for name, fields in (("van_c", [own]), ("hook_c", [own, tow])):
        sync(world, f"{SCHEMA}/{name}/addField.json", *fields)
        if name == "van_c":
            assert post(world, f"{SCHEMA}/{name}/approve.json", {})["success"]
    assert error(world, f"{SCHEMA}/van_c/delete.json", {}) == "1022"
    sync(world, f"{SCHEMA}/hook_c/deleteField.json", {"name": "tow"})
    assert post(world, f"{SCHEMA}/van_c/delete.json", {})["success"]
    assert post(world, f"{SCHEMA}/hook_c/delete.json", {})["success"]
