"""§3.6, §9.9, §9.10: the keys of custom objects, companies and sales persons: how they are read and kept."""

import pytest

from tests.contract.api.world import codes, post, sync
from tests.harness import Server

CARS, TRIPS = "/rest/v1/customobjects/car_c", "/rest/v1/customobjects/trip_c"
COMPANIES, SALES_PERSONS = "/rest/v1/companies", "/rest/v1/salespersons"
SCHEMA = "/rest/v1/customobjects/schema"


def found(server: Server, path: str, filter_type: str, values: str, fields: str) -> list[dict[str, object]]:
    query = {"filterType": filter_type, "filterValues": values, "fields": fields}
    result: list[dict[str, object]] = server.get(f"{path}.json", params=query)["result"]
    return result


def test_a_record_keeps_the_spelling_of_its_key(world: Server) -> None:
    """§3.6, §4.5, 1022: others point to it by that spelling."""
    company, person = "externalCompanyId", "externalSalesPersonId"
    sync(world, f"{COMPANIES}.json", {company: "BIG Co", "company": "Big"})
    sync(world, f"{SALES_PERSONS}.json", {person: "REP", "email": "rep1@x.com"})
    sync(world, "/rest/v1/leads.json", {"email": "l@x.com", company: "big co", person: "rep"})
    changes = {company: "big CO", "industry": "Steel"}
    assert codes(sync(world, f"{COMPANIES}.json", changes, action="updateOnly")) == ["updated"]
    assert codes(sync(world, f"{SALES_PERSONS}.json", {person: "Rep", "firstName": "R"})) == ["updated"]
    (kept,) = found(world, COMPANIES, company, "big co", f"id,industry,{company}")
    by_id = {"id": kept["id"], company: "bIG cO", "industry": "Iron"}
    told = sync(world, f"{COMPANIES}.json", by_id, dedupeBy="idField", action="updateOnly")
    assert codes(told) == ["updated"]
    (kept,) = found(world, COMPANIES, company, "big co", f"id,industry,{company}")
    assert (kept["industry"], kept[company]) == ("Iron", "BIG Co")
    (lead,) = world.lead("email", "l@x.com", "company,contactCompany,industry")
    assert (lead["company"], lead["contactCompany"], lead["industry"]) == ("Big", kept["id"], "Iron")
    assert codes(sync(world, f"{COMPANIES}/delete.json", {company: "big co"})) == ["1022"]
    assert codes(sync(world, f"{SALES_PERSONS}/delete.json", {person: "rep"})) == ["1022"]


def test_a_repeated_key_is_1036_with_each_action(world: Server) -> None:
    """§9.9, §13."""
    for number, action in enumerate(("createOnly", "createOrUpdate")):
        told = sync(world, f"{CARS}.json", {"vin": f"N{number}"}, {"vin": f"n{number}"}, action=action)
        assert codes(told) == ["created", "1036"]


@pytest.mark.parametrize("spelling", ["1/2/24 3:04 PM", "2024-01-02 15:04:00", "2024-01-02T21:04:00Z"])
def test_instants_are_read_by_one_rule(world: Server, spelling: str) -> None:
    """§8, Q19: a key is found by the text that it was made from, in a file, a call and a filter."""
    path = "/rest/v1/customobjects/stay_c"
    if not world.get(f"{path}/describe.json")["success"]:
        at = {"name": "at", "displayName": "At", "dataType": "datetime", "isDedupeField": True}
        post(world, f"{SCHEMA}.json", {"apiName": "stay", "displayName": "Stay"})
        sync(world, f"{SCHEMA}/stay_c/addField.json", at)
        post(world, f"{SCHEMA}/stay_c/approve.json", {})
    assert codes(sync(world, f"{path}.json", {"at": spelling})) == ["created"]
    assert [row["at"] for row in found(world, path, "at", spelling, "at")] == ["2024-01-02T21:04:00Z"]
    assert codes(sync(world, f"{path}/delete.json", {"at": spelling})) == ["deleted"]


def test_days_are_read_by_that_rule_too(world: Server) -> None:
    """§8: a day of a compound key."""
    sync(world, f"{CARS}.json", {"vin": "day"})
    assert codes(sync(world, f"{TRIPS}.json", {"car": "day", "day": "1/2/2024"})) == ["created"]
    assert codes(sync(world, f"{TRIPS}/delete.json", {"car": "day", "day": "2024-01-02"})) == ["deleted"]
    assert codes(sync(world, f"{TRIPS}.json", {"car": "day", "day": "2024-01-02"})) == ["created"]
    assert codes(sync(world, f"{TRIPS}/delete.json", {"car": "day", "day": "1/2/2024"})) == ["deleted"]


def test_a_field_of_a_compound_key_is_changed(world: Server) -> None:
    """§9.9: how it is shown changes, in any case of its name; the key and its order stay."""
    for name in ("car", "DAY"):
        changed = {"name": name, "displayName": f"The {name}"}
        assert sync(world, f"{SCHEMA}/trip_c/updateField.json", changed) == []
    assert post(world, f"{SCHEMA}/trip_c/approve.json", {})["success"]
    (trip,) = world.get(f"{TRIPS}/describe.json")["result"]
    assert trip["dedupeFields"] == ["car", "day"]
    shown = {field["name"]: field["displayName"] for field in trip["fields"]}
    assert (shown["car"], shown["day"]) == ("The car", "The DAY")
    refused = post(
        world, f"{SCHEMA}/trip_c/updateField.json", {"input": [{"name": "km", "isDedupeField": True}]}
    )
    assert refused["errors"][0]["code"] == "1003"


def test_accounts_are_no_custom_objects(world: Server) -> None:
    """§9.9, §11: companies and sales persons have permissions of their own, so these paths know neither."""
    for name, key in (("company", "externalCompanyId"), ("Sales_Person", "externalSalesPersonId")):
        path, items = f"/rest/v1/customobjects/{name}", {"input": [{key: "x"}]}
        query = {"filterType": key, "filterValues": "x"}
        answers = [world.get(f"{path}.json", params=query), world.get(f"{path}/describe.json")]
        answers += [post(world, f"{path}{end}.json", items) for end in ("", "/delete")]
        assert [answer["errors"][0]["code"] for answer in answers] == ["1013"] * 4


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_query_in_a_body_says_that_it_is_json(world: Server, content_type: str) -> None:
    """§0.4, §13: 612, also where the address names a query as well."""
    body, headers = b'{"filterType":"vin","input":[{"vin":"v1"}]}', {"Content-Type": content_type}
    params = {"_method": "GET", "filterType": "vin", "filterValues": "v1"}
    answer = world.call("POST", f"{CARS}.json", content=body, headers=headers, params=params).json()
    assert answer["errors"][0]["code"] == "612"
    form = {"_method": "GET", "filterType": "vin", "filterValues": "v1"}
    assert world.call("POST", f"{CARS}.json", data=form).json()["success"]
