"""§9: what a client reads back."""

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from tests.harness import Server, running, subscription

COUNT = 650


@pytest.fixture(scope="module")
def people(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with 650 people on a list, all of one color."""
    fields = [
        {"name": "color", "displayName": "Color", "dataType": "string"},
        {"name": "number", "displayName": "Number", "dataType": "integer"},
    ]
    for server in running(tmp_path_factory.mktemp("people") / "data", subscription(lead_fields=fields)):
        rows = "".join(f"p{n}@example.com,N{n},blue,{n}\n" for n in range(1, COUNT + 1))
        assert (
            server.run_import("email,firstName,color,number\n" + rows, listId="1001")["numOfLeadsProcessed"]
            == COUNT
        )
        yield server


def error(body: dict[str, Any]) -> tuple[str, str]:
    assert body["success"] is False
    return body["errors"][0]["code"], body["errors"][0]["message"]


def test_lead_by_id(people: Server) -> None:
    """§9.3: one record; the default fields in their order; 1004 when unknown."""
    (lead,) = people.get("/rest/v1/lead/1.json")["result"]
    assert set(lead) == {"id", "updatedAt", "lastName", "email", "createdAt", "firstName"}
    assert (lead["id"], lead["email"], lead["lastName"]) == (1, "p1@example.com", None)
    (lead,) = people.get("/rest/v1/lead/1.json", params={"fields": "color,mktoName"})["result"]
    assert lead == {"id": 1, "color": "blue", "mktoName": "N1"}
    assert error(people.get("/rest/v1/lead/9999.json")) == ("1004", "Lead '9999' not found")
    assert error(people.get("/rest/v1/lead/1.json", params={"fields": "nix"})) == (
        "1006",
        "Field 'nix' not found",
    )
    assert error(people.get("/rest/v1/lead/x.json"))[0] == "1001"


@pytest.mark.parametrize(
    ("filter_type", "values", "ids"),
    [
        ("email", ["P3@EXAMPLE.com", "p1@example.com,nobody@example.com"], [1, 3]),
        ("id", ["2", "1"], [1, 2]),
        ("number", ["5,6"], [5, 6]),
        ("EMAIL", [" p9@example.com "], [9]),
        ("twitterId", ["nobody"], []),
    ],
)
def test_leads_by_filter(people: Server, filter_type: str, values: list[str], ids: list[int]) -> None:
    """§0.8, §9.1, §9.3: repeated and comma-separated values, ascending ids, an empty result is a success."""
    params = {"filterType": filter_type, "filterValues": values}
    body = people.get("/rest/v1/leads.json", params=params)
    assert [lead["id"] for lead in body["result"]] == ids
    assert body["success"] is True
    assert body["moreResult"] is False
    assert "nextPageToken" not in body


def test_filter_refusals(people: Server) -> None:
    """§9.1, §9.3, §10."""

    def refused(**params: Any) -> tuple[str, str]:
        return error(people.get("/rest/v1/leads.json", params=params))

    assert refused() == ("1002", "Missing value for the required parameter 'filterType'")
    assert refused(filterType="email") == ("1002", "Missing value for the required parameter 'filterValues'")
    assert refused(filterType="nix", filterValues="1") == ("1006", "Field 'nix' not found")
    assert refused(filterType="firstName", filterValues="1") == ("1011", "Field 'firstName' not supported")
    assert refused(filterType="id", filterValues="x")[0] == "1001"
    assert refused(filterType="id", filterValues=",".join(map(str, range(301))))[0] == "1003"
    assert refused(filterType="id", filterValues="1", batchSize="x")[0] == "1001"
    assert refused(filterType="id", filterValues="1", nextPageToken="ABC=")[0] == "1003"


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/rest/v1/leads.json", {"filterType": "color", "filterValues": "BLUE"}),
        ("/rest/v1/lists/1001/leads.json", {}),
        ("/rest/v1/list/1001/leads.json", {"fields": "email"}),
    ],
)
def test_paging(people: Server, path: str, params: dict[str, str]) -> None:
    """§9.2: pages of 300, each record once, no token on the last page, tokens bound to their query."""
    seen, token, pages = [], None, 0
    while token is not None or not pages:
        body = people.get(path, params=params | ({"nextPageToken": token} if token else {}))
        seen += [lead["id"] for lead in body["result"]]
        token, pages = body.get("nextPageToken"), pages + 1
        assert body["moreResult"] is (token is not None)
        if token:
            assert (
                error(people.get(path, params=params | {"fields": "lastName", "nextPageToken": token}))[0]
                == "1003"
            )
            assert (
                error(
                    people.get(
                        path,
                        params=params
                        | {"nextPageToken": token[:9] + ("B" if token[9] == "A" else "A") + token[10:]},
                    )
                )[0]
                == "1003"
            )
    assert (seen, pages) == (list(range(1, COUNT + 1)), 3)
    for size, expected in (("7", 7), ("0", 1), ("-5", 1), ("1000", 300)):
        assert len(people.get(path, params=params | {"batchSize": size})["result"]) == expected


def test_method_get(people: Server) -> None:
    """§0.6: in the query and in the urlencoded body."""
    form = {"filterType": "id", "filterValues": "1,2", "fields": "email"}
    one = people.call("POST", "/rest/v1/leads.json", params={"_method": "GET"}, data=form).json()
    two = people.call("POST", "/rest/v1/leads.json", data=form | {"_method": "GET"}).json()
    assert [lead["email"] for lead in one["result"]] == ["p1@example.com", "p2@example.com"]
    assert one["result"] == two["result"]
    assert error(people.call("POST", "/rest/v1/leads.json", data=form).json())[0] == "612", "that is a sync"


def test_more_than_a_thousand_matches(people: Server) -> None:
    """§10: 1003; below that all pages come."""
    rows = "".join(f"g{n}@example.com,green\n" for n in range(1001))
    people.run_import("email,color\n" + rows)
    body = people.get("/rest/v1/leads.json", params={"filterType": "color", "filterValues": "green"})
    assert error(body) == ("1003", "Too many results match the filter")


def test_lists(people: Server) -> None:
    """§9.5: by id, members, ismember by query, form and JSON."""
    (item,) = people.get("/rest/v1/lists/1001.json")["result"]
    assert (item["id"], item["name"], item["workspaceName"]) == (1001, "Newsletter", "Default")
    assert item["createdAt"].endswith("Z")
    for path in (
        "/rest/v1/lists/77.json",
        "/rest/v1/lists/77/leads.json",
        "/rest/v1/lists/77/leads/ismember.json?id=1",
    ):
        assert error(people.get(path)) == ("1013", "Object not found")
    assert people.get("/rest/v1/lists/1002/leads.json")["result"] == []
    people.run_import("email\noutside@example.com\n")
    outside = people.lead("email", "outside@example.com", "id")[0]["id"]
    expected = [
        {"id": outside, "status": "notmemberof"},
        {"id": 1, "status": "memberof"},
        {"id": 99999, "status": "skipped", "reasons": [{"code": "1004", "message": "Lead not found"}]},
    ]
    path = "/rest/v1/lists/1001/leads/ismember.json"
    ids = f"{outside},1,99999"
    assert people.get(path, params={"id": ids})["result"] == expected
    assert people.call("POST", path, data={"_method": "GET", "id": ids}).json()["result"] == expected
    body = {"input": [{"id": each} for each in (outside, 1, 99999)]}
    assert people.call("POST", path, params={"_method": "GET"}, json=body).json()["result"] == expected
    broken = people.call(
        "POST", path, params={"_method": "GET"}, content=b"{", headers={"Content-Type": "application/json"}
    )
    assert error(broken.json()) == ("609", "Invalid JSON")
    assert error(people.get(path))[0] == "1002"


def test_describe(people: Server) -> None:
    """§9.4, §12: all standard fields and the subscription's own, in both shapes."""
    text = resources.files("leadline.schema").joinpath("standard_lead_fields.json").read_text("utf-8")
    standard = json.loads(text)
    assert len(standard) == 127
    fields = people.get("/rest/v1/leads/describe.json")["result"]
    assert [field["rest"]["name"] for field in fields] == [row["name"] for row in standard] + [
        "color",
        "number",
    ]
    (company,) = [field for field in fields if field["rest"]["name"] == "company"]
    assert company == {
        "id": company["id"],
        "displayName": "Company Name",
        "dataType": "string",
        "length": 255,
        "rest": {"name": "company", "readOnly": False},
        "soap": {"name": "Company", "readOnly": False},
    }
    (described,) = people.get("/rest/v1/leads/describe2.json")["result"]
    assert described["name"] == "API Lead"
    assert {
        "name": "email",
        "displayName": "Email Address",
        "dataType": "email",
        "length": 255,
        "updateable": True,
        "crmManaged": False,
    } in described["fields"]
    assert ["email"] in described["searchableFields"]
    assert ["number"] in described["searchableFields"]
    by_name = {field["name"]: field for field in described["fields"]}
    for row in standard:
        field = by_name[row["name"]]
        assert (field["dataType"], field.get("length"), field["updateable"]) == (
            row["dataType"],
            row.get("length"),
            not row.get("readOnly"),
        )
        assert field["displayName"] == row["displayName"]


def test_every_field_can_be_read(people: Server) -> None:
    """§0.7, §9.3: each described field can be asked for, nulls included."""
    names = [field["rest"]["name"] for field in people.get("/rest/v1/leads/describe.json")["result"]]
    form = {"_method": "GET", "filterType": "id", "filterValues": "1", "fields": ",".join(names)}
    (lead,) = people.call("POST", "/rest/v1/leads.json", data=form).json()["result"]
    assert list(lead) == ["id", *(name for name in names if name != "id")]


def test_partitions(people: Server) -> None:
    """§9.3."""
    partitions = people.get("/rest/v1/leads/partitions.json")["result"]
    assert [(each["id"], each["name"]) for each in partitions] == [(1, "Default"), (2, "Europe")]
