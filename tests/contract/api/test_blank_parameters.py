"""§0.7: a parameter whose value is blank is absent, in query, form and JSON alike; a filled one elsewhere wins."""

from typing import Any

import pytest

from tests.contract.api.calls import BULK, error_of
from tests.forms import only_long
from tests.harness import Server

pytestmark = only_long("postgres", "given")

BLANKS = ["", " ", "\t", "\u00a0", "\u200b", "\u3000\ufeff"]
FILE = "email,firstName\nblank@example.com,Ann\n"


def form(**fields: str) -> list[tuple[str, Any]]:
    return [(name, (None, value)) for name, value in fields.items()]


def created(server: Server, parts: list[tuple[str, Any]], file: str = FILE, **options: Any) -> dict[str, Any]:
    """Create a job that must be accepted; return its status at the end."""
    path = options.pop("path", BULK)
    answer = server.call("POST", path, files=[*parts, ("file", ("f.csv", file))], **options).json()
    assert answer["success"], answer
    batch_id = answer["result"][0]["batchId"]
    if path == BULK:
        return server.finish(batch_id)
    status_path = f"/bulk/v1/program/members/import/{batch_id}/status.json"
    return server.ended(batch_id, lambda: server.get(status_path)["result"][0])


def members(server: Server, list_id: int) -> list[str]:
    found = server.get(f"/rest/v1/lists/{list_id}/leads.json", params={"fields": "email"})["result"]
    return [lead["email"] for lead in found]


@pytest.mark.parametrize("blank", BLANKS)
def test_a_filled_form_field_wins_over_a_blank_query(world: Server, blank: str) -> None:
    """§0.7: the list is joined, the format counts."""
    email = f"list{BLANKS.index(blank)}@example.com"
    query = {"listId": blank, "format": blank, "lookupField": blank, "partitionName": blank}
    parts = form(listId=" 1002 ", format="tsv\u00a0", lookupField=" email", partitionName="europe ")
    status = created(world, parts, f"email\tfirstName\n{email}\tAnn\n", params=query)
    assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == (1, 0)
    assert email in members(world, 1002)
    (lead,) = world.lead("email", email, "leadPartitionId")
    assert lead["leadPartitionId"] == 2


def test_a_filled_query_wins_over_a_blank_form_field(world: Server) -> None:
    """§3.2: and over a filled one, as ever; of two form fields the filled one counts."""
    file = "email\tfirstName\nquery@example.com\tAnn\n"
    assert created(world, form(format=" "), file, params={"format": "tsv"})["numOfLeadsProcessed"] == 1
    twice = [("format", (None, "")), ("format", (None, "tsv"))]
    assert created(world, twice, file)["numOfLeadsProcessed"] == 1
    again = {"format": ["", "tsv"]}
    assert created(world, [], file, params=again)["numOfLeadsProcessed"] == 1


@pytest.mark.parametrize("blank", BLANKS)
def test_blanks_everywhere_are_the_defaults(world: Server, blank: str) -> None:
    """§4.1: csv, email, no list, the default partition."""
    query = dict.fromkeys(("format", "lookupField", "listId", "partitionName", "access_token"), blank)
    assert created(world, form(**query), params=query)["numOfLeadsProcessed"] == 1


def test_the_status_of_members(world: Server) -> None:
    """§5.1: blank in the query, filled in the form; blank in both is missing."""
    path, query = "/bulk/v1/program/1001/members/import.json", {"programMemberStatus": " "}
    parts = form(programMemberStatus=" invited ")
    assert created(world, parts, path=path, params=query)["numOfLeadsProcessed"] == 1
    answer = world.call("POST", path, params=query, files=[*form(programMemberStatus="\t"), ("file", FILE)])
    assert error_of(answer) == ("1002", "Missing value for the required parameter 'programMemberStatus'")


@pytest.mark.parametrize("blank", BLANKS)
def test_a_token_in_the_form_behind_a_blank_one(world: Server, blank: str) -> None:
    """§0.5: header, then query, then form; a blank names no token."""
    parts = [*form(access_token=f" {world.token} "), ("file", ("f.csv", FILE))]
    for headers in ({}, {"Authorization": "Bearer"}):
        answer = world.call(
            "POST", BULK, token="", headers=headers, params={"access_token": blank}, files=parts
        )
        assert answer.json()["success"], answer.text
        world.finish(answer.json()["result"][0]["batchId"])
    assert error_of(world.call("GET", BULK, token="", params={"access_token": blank}))[0] == "600"


@pytest.mark.parametrize("blank", BLANKS)
def test_queries(world: Server, blank: str) -> None:
    """§0.6, §9.1: by GET and by POST; page size, page, fields, method, filter."""
    created(world, [])
    form_of = {"filterType": "email", "filterValues": "blank@example.com", "_method": "GET"}
    query = dict.fromkeys(("filterType", "filterValues", "batchSize", "nextPageToken", "fields"), blank)
    answer = world.call("POST", "/rest/v1/leads.json", params=query | {"_method": blank}, data=form_of).json()
    assert [lead["email"] for lead in answer["result"]] == ["blank@example.com"]
    paged = world.get("/rest/v1/lists/1002/leads.json", params={"batchSize": blank, "nextPageToken": blank})
    assert paged["success"]
    refused = world.call("GET", "/rest/v1/leads.json", params={"filterType": blank, "filterValues": "x"})
    assert error_of(refused) == ("1002", "Missing value for the required parameter 'filterType'")
    refused = world.call(
        "GET", "/rest/v1/leads.json", params={"filterType": "id", "filterValues": f"{blank},"}
    )
    assert error_of(refused) == ("1002", "Missing value for the required parameter 'filterValues'")


@pytest.mark.parametrize("blank", BLANKS)
def test_options_of_json_bodies(world: Server, blank: str) -> None:
    """§9.3, §9.9, §9.10: action, lookupField, dedupeBy, deleteBy, batchSize, filterType, fields."""
    options = dict.fromkeys(("action", "lookupField", "partitionName"), blank)
    lead = options | {"input": [{"email": "blank@example.com"}]}
    assert world.call("POST", "/rest/v1/leads.json", json=lead).json()["result"][0]["status"] != "skipped"
    options = dict.fromkeys(("action", "dedupeBy", "deleteBy"), blank)
    for path, record in (
        ("customobjects/car_c", {"vin": "v1"}),
        ("companies", {"externalCompanyId": "c1"}),
        ("salespersons", {"externalSalesPersonId": "s1"}),
    ):
        body = options | {"input": [record]}
        (item,) = world.call("POST", f"/rest/v1/{path}.json", json=body).json()["result"]
        assert item["status"] == "created", item
        query = {
            "filterType": "dedupeFields",
            "batchSize": "1",
            "fields": next(iter(record)),
            "_method": "GET",
        }
        asked = dict.fromkeys(("filterType", "batchSize", "fields", "nextPageToken"), blank)
        answer = world.call("POST", f"/rest/v1/{path}.json", params=query, json=asked | {"input": [record]})
        assert [each.items() >= record.items() for each in answer.json()["result"]] == [True]
        (item,) = world.call("POST", f"/rest/v1/{path}/delete.json", json=body).json()["result"]
        assert item["status"] == "deleted", item


@pytest.mark.parametrize("name", ["action", "lookupField", "dedupeBy"])
def test_options_are_trimmed(world: Server, name: str) -> None:
    """§0.8: option names and lists of field names lose their outer space."""
    value = {"action": "createOrUpdate", "lookupField": "email", "dedupeBy": "dedupeFields"}[name]
    path, record = ("leads", {"email": "t@example.com"}) if name != "dedupeBy" else ("companies", {})
    record = record or {"externalCompanyId": "trimmed"}
    body = {name: f"\u00a0{value}\t", "input": [record]}
    (item,) = world.call("POST", f"/rest/v1/{path}.json", json=body).json()["result"]
    assert item["status"] in ("created", "updated")
    params = {"filterType": " email ", "filterValues": "t@example.com", "fields": "\u00a0email , firstName\t"}
    assert world.call("GET", "/rest/v1/leads.json", params=params).json()["success"]


def test_assets_say_blank_or_missing(world: Server) -> None:
    """§13: 701 for a required parameter that is blank, 1002 for one that is not there; a filled one wins."""
    path = "/rest/asset/v1/staticLists.json"
    for blank in BLANKS:
        answer = world.call("POST", path, params={"name": blank, "folder": "3"}).json()
        assert answer["errors"] == [{"code": "701", "message": "name cannot be blank"}]
        answer = world.call("POST", path, params={"name": "x", "folder": blank}).json()
        assert answer["errors"] == [{"code": "701", "message": "folder cannot be blank"}]
        name = f"Filled {BLANKS.index(blank)}"
        query = dict.fromkeys(("name", "folder", "description"), blank)
        made = world.call("POST", path, params=query, data={"name": name, "folder": "3", "description": "d"})
        (item,) = made.json()["result"]
        assert (item["name"], item["description"]) == (name, "d")
        assert world.get(path, params={"maxReturn": blank, "offset": blank, "folder": blank})["success"]
    assert world.call("POST", path).json()["errors"][0]["code"] == "1002"


def test_a_token_request(world: Server) -> None:
    """§1: blank credentials in the query, the real ones in the body."""
    names = ("grant_type", "client_id", "client_secret")
    real = dict(zip(names, ("client_credentials", "tests", "s3cret-of-the-tests"), strict=True))
    for blank in BLANKS:
        query = dict.fromkeys(names, blank)
        answer = world.call("POST", "/identity/oauth/token", token="", params=query, data=real)
        assert answer.status_code == 200, answer.text
        assert world.call("POST", "/identity/oauth/token", token="", params=query).status_code == 401
