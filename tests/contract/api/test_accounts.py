"""§9.10: what companies and sales persons keep, and what they are to each other."""

from typing import Any

import pytest

from leadline.api.objects import FAMILIES, Family
from leadline.schema.accounts import ACCOUNTS
from tests.contract.api.calls import error_of
from tests.contract.api.world import codes, sync
from tests.harness import Server


def find(server: Server, path: str, filter_type: str, values: str, **params: Any) -> list[dict[str, Any]]:
    query = {"filterType": filter_type, "filterValues": values, **params}
    body = server.get(f"{path}.json", params=query)
    assert body["success"], body
    result: list[dict[str, Any]] = body["result"]
    return result


FAMILY_OF = {family.name: family for family in FAMILIES if family.name is not None}


def test_each_account_has_calls() -> None:
    """A type and the calls to its records come together."""
    assert set(FAMILY_OF) == set(ACCOUNTS), "ACCOUNTS of schema/accounts.py, FAMILIES of api/objects.py"


@pytest.mark.parametrize("family", FAMILY_OF.values(), ids=FAMILY_OF)
def test_each_account_is_synced_found_described_and_deleted(world: Server, family: Family) -> None:
    """§9.10: by the key that makes its records unique; describe names that key."""
    (described,) = world.get(f"{family.base}/describe.json")["result"]
    ((key,),) = [described["dedupeFields"]]
    item = {key: "one of each"}
    assert codes(sync(world, f"{family.base}.json", item)) == ["created"]
    assert codes(sync(world, f"{family.base}.json", item)) == ["updated"]
    (found,) = find(world, family.base, key, "ONE of each")
    assert found[key] == "one of each"
    assert codes(sync(world, f"{family.base}/delete.json", item)) == ["deleted"]
    assert find(world, family.base, key, "one of each") == []


def test_a_sales_person_keeps_the_address(world: Server) -> None:
    """§9.10: what describe does not call updateable is given once: another one skips, the same one is taken."""
    path = "/rest/v1/salespersons.json"
    first = {"externalSalesPersonId": "sp9", "email": "nine@example.com"}
    assert codes(sync(world, path, first | {"title": "Seller"})) == ["created"]
    told = sync(world, path, first | {"email": "ten@example.com", "title": "Boss"})
    assert told[0]["reasons"] == [{"code": "1003", "message": "Value of field 'email' cannot change"}]
    assert codes(sync(world, path, first | {"email": " Nine@example.com ", "title": "Boss"})) == ["updated"]
    assert codes(sync(world, path, first | {"email": None})) == ["1003"]
    (found,) = find(world, "/rest/v1/salespersons", "email", "nine@example.com", fields="email,title")
    assert (found["email"].lower(), found["title"]) == ("nine@example.com", "Boss")
    assert codes(sync(world, path, {"externalSalesPersonId": "sp10"})) == ["created"]
    assert codes(sync(world, path, {"externalSalesPersonId": "sp10", "email": "ten@example.com"})) == [
        "updated"
    ]


def test_companies_of_a_sales_person(world: Server) -> None:
    """§9.10: a company links to a sales person, who stays as long as it does; nobody else is 718 for all."""
    companies, persons = "/rest/v1/companies", "/rest/v1/salespersons"
    assert codes(sync(world, f"{persons}.json", {"externalSalesPersonId": "Owner"})) == ["created"]
    owned = {"externalCompanyId": "owned", "externalSalesPersonId": "OWNER"}
    assert codes(sync(world, f"{companies}.json", owned)) == ["created"]
    (found,) = find(world, companies, "externalCompanyId", "owned", fields="externalSalesPersonId")
    assert found["externalSalesPersonId"] == "Owner"
    two = [{"externalCompanyId": "fine"}, {"externalCompanyId": "lost", "externalSalesPersonId": "nobody"}]
    answer = world.call("POST", f"{companies}.json", json={"input": two})
    assert error_of(answer) == ("718", "ExternalSalesPersonID not found")
    assert find(world, companies, "externalCompanyId", "fine") == []
    assert codes(sync(world, f"{companies}.json", owned | {"externalSalesPersonId": None})) == ["updated"]
    assert codes(sync(world, f"{persons}/delete.json", {"externalSalesPersonId": "owner"})) == ["1022"]
    assert codes(sync(world, f"{companies}/delete.json", {"externalCompanyId": "owned"})) == ["deleted"]
    assert codes(sync(world, f"{persons}/delete.json", {"externalSalesPersonId": "owner"})) == ["deleted"]
