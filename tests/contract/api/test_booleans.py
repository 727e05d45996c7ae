"""§3.5, §8: booleans are true, false, or null where that was set; what was never set is false."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.calls import only, outcomes
from tests.contract.api.world import codes, import_members, import_objects, post, sync, whole_subscription
from tests.forms import only_long
from tests.harness import Server, running

pytestmark = only_long("postgres", "given")

LEADS, TRIPS = "/rest/v1/leads.json", "/rest/v1/customobjects/trip_c"
SCHEMA = "/rest/v1/customobjects/schema/trip_c"
MEMBERS = "/rest/v1/programs/1001/members.json"
STANDARD = (
    *("unsubscribed", "emailInvalid", "doNotCall", "marketingSuspended", "blackListed"),
    *("mktoIsPartner", "mktoIsCustomer"),
)


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    document = whole_subscription()
    flag = {"name": "flag", "displayName": "Flag", "dataType": "boolean"}
    document["lead_fields"].append(flag)
    document["program_member_fields"].append({**flag, "name": "present"})
    yield from running(tmp_path_factory.mktemp("booleans") / "data", document)


@pytest.mark.parametrize("name", [*STANDARD, "flag"])
def test_a_file_sets_null_and_it_stays(world: Server, name: str) -> None:
    address = f"{name.lower()}@x.com"
    assert outcomes(world, f"email,{name}\n{address},\n") == [("created", "")]
    assert only(world, address, name) == {name: False}
    told = []
    for cell, value in (("NULL", None), ("null", None), ("", None), ("no", False), ("NULL", None)):
        told += [outcome for outcome, _ in outcomes(world, f"email,{name}\n{address},{cell}\n")]
        assert only(world, address, name) == {name: value}
    assert told == ["updated", "unchanged", "unchanged", "updated", "updated"]
    twice = f"email,{name}\n{address},yes\n{address},NULL\n{address},NULL\nnew{address},NULL\n"
    assert [each for each, _ in outcomes(world, twice)] == ["updated", "updated", "unchanged", "created"]
    assert only(world, address, name) == only(world, f"new{address}", name) == {name: None}


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_call_sets_null(world: Server, nothing: Any) -> None:
    """Leads, members and custom objects."""
    address = f"call{nothing is None}@x.com"
    (lead,) = sync(world, LEADS, {"email": address, "flag": nothing})
    assert only(world, address, "flag", "unsubscribed") == {"flag": None, "unsubscribed": False}
    import_members(world, f"email,present\n{address},\n", "Invited")
    assert member(world, lead["id"]) is False
    assert codes(sync(world, MEMBERS, {"leadId": lead["id"], "present": nothing})) == ["updated"]
    assert member(world, lead["id"]) is None
    import_members(world, f"email,present\n{address},1\n", "Invited")
    import_members(world, f"email,present\n{address},NULL\n", "Invited")
    assert member(world, lead["id"]) is None
    day = f"2024-01-0{1 + (nothing is None)}"
    sync(world, "/rest/v1/customobjects/car_c.json", {"vin": "b"})
    import_objects(world, "trip_c", f"car,day,private\nb,{day},\n")
    assert trip(world, day, "private") is False
    sync(world, f"{TRIPS}.json", {"car": "b", "day": day, "private": nothing})
    assert trip(world, day, "private") is None
    import_objects(world, "trip_c", f"car,day,private\nb,{day},yes\nb,{day},NULL\n")
    assert trip(world, day, "private") is None


def test_a_field_that_is_younger_than_the_record_is_false(world: Server) -> None:
    sync(world, LEADS, {"email": "old@x.com"})
    sync(world, "/rest/v1/customobjects/car_c.json", {"vin": "b"})
    sync(world, f"{TRIPS}.json", {"car": "b", "day": "2024-03-03"})
    late = {"name": "late", "displayName": "Late", "dataType": "boolean"}
    sync(world, "/rest/v1/leads/schema/fields.json", late)
    post(world, f"{SCHEMA}/addField.json", {"input": [late]})
    assert post(world, f"{SCHEMA}/approve.json", {})["success"]
    assert only(world, "old@x.com", "late") == {"late": False}
    assert trip(world, "2024-03-03", "late") is False
    assert outcomes(world, "email,late\nold@x.com,NULL\n") == [("updated", "")]
    assert only(world, "old@x.com", "late") == {"late": None}


def member(server: Server, lead_id: int) -> object:
    params = {"filterType": "leadId", "filterValues": str(lead_id), "fields": "present"}
    (found,) = server.get(MEMBERS, params=params)["result"]
    return found["present"]


def trip(server: Server, day: str, name: str) -> object:
    query = {"filterType": "dedupeFields", "input": [{"car": "b", "day": day}], "fields": [name]}
    (found,) = post(server, f"{TRIPS}.json?_method=GET", query)["result"]
    return found[name]
