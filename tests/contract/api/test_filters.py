"""§9.1-9.5, §0.6, §0.8: filters, fields, pages and memberships at their edges."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.api.calls import error_of
from tests.harness import Server, running, subscription

LEADS = "/rest/v1/leads.json"
MEMBER = "/rest/v1/lists/1001/leads/ismember.json"
DEFAULTS = ["id", "updatedAt", "lastName", "email", "createdAt", "firstName"]
LISTED = ["id", "firstName", "lastName", "email", "updatedAt", "createdAt"]
NOT_AN_INTEGER = ["x", "", "1.5", "0x1", "1_0", "-+1", "\u0661", "9" * 30]


@pytest.fixture(scope="module")
def crowd(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with 1000 people of one color on list 1001, ids 1 to 1000."""
    fields = [
        {"name": "color", "displayName": "Color", "dataType": "string"},
        {"name": "number", "displayName": "Number", "dataType": "integer"},
        {"name": "note", "displayName": "Note", "dataType": "string", "searchable": False},
    ]
    for server in running(tmp_path_factory.mktemp("crowd") / "data", subscription(lead_fields=fields)):
        rows = "".join(f"p{n}@example.com,red,{n},{n}\n" for n in range(1, 1001))
        status = server.run_import("email,color,number,twitterId\n" + rows, listId="1001")
        assert status["numOfLeadsProcessed"] == 1000
        yield server


def refused(server: Server, path: str, **params: Any) -> tuple[str, str]:
    return error_of(server.call("GET", path, params=params))


def ids_of(answer: httpx.Response) -> list[int]:
    body = answer.json()
    assert body["success"], body
    return [lead["id"] for lead in body["result"]]


def test_default_fields_in_their_order(crowd: Server) -> None:
    """§9.3: by id, by filter and on a list; empty ones are null."""
    for path, names in (
        ("/rest/v1/lead/1.json", DEFAULTS),
        (f"{LEADS}?filterType=id&filterValues=1", DEFAULTS),
        ("/rest/v1/lists/1001/leads.json", LISTED),
    ):
        lead = crowd.get(path)["result"][0]
        assert list(lead) == names
        assert (lead["id"], lead["email"], lead["firstName"]) == (1, "p1@example.com", None)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lead["createdAt"])


@pytest.mark.parametrize(
    "query",
    [
        "fields=email,color",
        "fields=email&fields=color",
        "fields=EMAIL,email&fields=COLOR",
        "fields= email , color,",
    ],
)
def test_fields_comma_and_repeated(crowd: Server, query: str) -> None:
    """§0.8, §9.1: any spelling gives API names; id is always added."""
    for path in (f"/rest/v1/lead/7.json?{query}", f"{LEADS}?filterType=id&filterValues=7&{query}"):
        assert crowd.get(path)["result"] == [{"id": 7, "email": "p7@example.com", "color": "red"}]


def test_every_searchable_field_is_a_filter(crowd: Server) -> None:
    """§9.3: what describe2 names, and the contract's list is among it."""
    (described,) = crowd.get("/rest/v1/leads/describe2.json")["result"]
    searchable = [name for (name,) in described["searchableFields"]]
    documented = [
        "id",
        "cookies",
        "email",
        "twitterId",
        "facebookId",
        "linkedInId",
        "sfdcAccountId",
        "sfdcContactId",
    ]
    documented += ["sfdcLeadId", "sfdcLeadOwnerId", "sfdcOpptyId", "leadPartitionId", "color", "number"]
    assert set(documented) <= set(searchable)
    for name in searchable:
        value = "id:123-ABC-456&token:_mch-x.com-1" if name == "cookies" else "123456789"
        assert crowd.get(LEADS, params={"filterType": name, "filterValues": value})["result"] == []
    for name in ("firstName", "note", "createdAt", "leadScore"):
        assert refused(crowd, LEADS, filterType=name, filterValues="1") == (
            "1011",
            f"Field '{name}' not supported",
        )


@pytest.mark.parametrize(
    ("filter_type", "values"),
    [
        ("email", "filterValues=P5@EXAMPLE.COM&filterValues=p6@example.com,p7@example.com"),
        ("number", "filterValues=5,6&filterValues=7"),
        ("number", "filterValues=%2B5, 006 ,7,7,7"),
        ("twitterId", "filterValues=5,6,7"),
        ("id", "filterValues=7,6,5"),
    ],
)
def test_several_values(crowd: Server, filter_type: str, values: str) -> None:
    """§0.8: commas, repetition and both; each lead once, ascending ids."""
    assert ids_of(crowd.call("GET", f"{LEADS}?filterType={filter_type}&{values}")) == [5, 6, 7]


def test_cookies_that_are_none(crowd: Server) -> None:
    """§9.3, §13: 1012 for what is no cookie, unless a lead was imported with that text."""
    strange = "a" * 150
    told = ("1012", f"Invalid cookie value '{strange[:100]}'")
    assert refused(crowd, LEADS, filterType="cookies", filterValues=strange) == told
    told = ("1012", "Invalid cookie value 'id:1&key:2'")
    assert refused(crowd, LEADS, filterType="cookies", filterValues="token:1,id:1&key:2") == told
    crowd.run_import("cookies,email\nid:1&key:2,cookie@example.com\n", lookupField="cookies")
    params = {"filterType": "cookies", "filterValues": "id:1&key:2", "fields": "email"}
    (lead,) = crowd.get(LEADS, params=params)["result"]
    crowd.call("POST", "/rest/v1/leads/delete.json", json={"input": [{"id": lead["id"]}]})
    assert lead["email"] == "cookie@example.com"


@pytest.mark.parametrize("text", NOT_AN_INTEGER)
def test_numbers_that_are_none(crowd: Server, text: str) -> None:
    """§9.1, §13: 1001 wherever an integer is required, 1002 where nothing is said."""
    told = ("1001", f"Invalid value '{text}'. Required of type 'Integer'")
    blank = ("1002", "Missing value for the required parameter 'filterValues'")
    for name in ("id", "number"):
        assert refused(crowd, LEADS, filterType=name, filterValues=text) == (told if text else blank)
    if text:
        assert refused(crowd, LEADS, filterType="id", filterValues="1", batchSize=text) == told
        assert refused(crowd, f"/rest/v1/lead/{text}.json") == told
        assert refused(crowd, f"/rest/v1/lists/{text}/leads.json") == told
        assert refused(crowd, MEMBER, id=text) == told


@pytest.mark.parametrize("value", [2**63, 10**40, -(10**40), 1.5, True, None, [1], {}, "x", ""])
def test_json_ids_that_are_none(crowd: Server, value: object) -> None:
    """§13: 1001 for any other JSON value, numbers beyond 64 bits among them."""
    answer = crowd.call("POST", MEMBER, params={"_method": "GET"}, json={"input": [{"id": value}]})
    assert error_of(answer)[0] == "1001"


@pytest.mark.parametrize("method", ["query", "body"])
def test_a_query_too_long_for_an_address(crowd: Server, method: str) -> None:
    """§0.6: 300 long values as an urlencoded body, `_method` in the query or beside them."""
    values = ",".join(f"p{n}@example.com{' ' * 20}" for n in range(1, 301))
    form = {"filterType": "email", "filterValues": values, "fields": "number", "batchSize": "300"}
    where = {"_method": "GET"}
    params, data = (where, form) if method == "query" else ({}, form | where)
    assert ids_of(crowd.call("POST", LEADS, params=params, data=data)) == list(range(1, 301))
    assert error_of(crowd.call("GET", LEADS, params=form), 414)[0] == "414"


@pytest.mark.parametrize("path", ["/rest/v1/lists/1001/leads.json", "/rest/v1/list/1001/leads.json"])
def test_list_members_by_post(crowd: Server, path: str) -> None:
    """§0.6, §9.5: both spellings; size in the body, token in the query, as a client does it."""
    first = crowd.call(
        "POST", path, params={"_method": "GET"}, data={"batchSize": "2", "fields": "number"}
    ).json()
    assert [lead["number"] for lead in first["result"]] == [1, 2]
    params = {"_method": "GET", "nextPageToken": first["nextPageToken"]}
    second = crowd.call("POST", path, params=params, data={"batchSize": "2", "fields": "number"})
    assert ids_of(second) == [3, 4]


def test_a_thousand_matches_are_not_too_many(crowd: Server) -> None:
    """§10: 1000 come in four pages; one more in all is 1003."""
    params = {"filterType": "color", "filterValues": "red", "fields": "id"}
    seen: list[int] = []
    body = crowd.get(LEADS, params=params)
    while True:
        assert body["moreResult"] is ("nextPageToken" in body)
        seen += [lead["id"] for lead in body["result"]]
        if "nextPageToken" not in body:
            break
        body = crowd.get(LEADS, params=params | {"nextPageToken": body["nextPageToken"]})
    assert seen == list(range(1, 1001))
    crowd.run_import("email,color\nblue@example.com,blue\n")
    told = refused(crowd, LEADS, **(params | {"filterValues": "red,blue"}))
    assert told == ("1003", "Too many results match the filter")


def test_tokens_fit_the_query_they_came_from(crowd: Server) -> None:
    """§9.2: path, filter and fields bind; page size does not; upper-case base 32."""
    params = {"filterType": "color", "filterValues": "red", "batchSize": "3"}
    token = crowd.get(LEADS, params=params)["nextPageToken"]
    assert re.fullmatch(r"[A-Z2-7]+=*", token)
    again = crowd.call("GET", LEADS, params=params | {"nextPageToken": token, "batchSize": "1"})
    assert ids_of(again) == [4]
    told = ("1003", "Invalid nextPageToken")
    for change in ({"filterValues": "blue"}, {"filterType": "twitterId"}, {"fields": "email"}):
        assert refused(crowd, LEADS, **(params | change | {"nextPageToken": token})) == told
    of_list = "/rest/v1/lists/1001/leads.json"
    assert refused(crowd, of_list, batchSize="3", nextPageToken=token) == told
    other = crowd.get(of_list, params={"batchSize": "3"})["nextPageToken"]
    assert refused(crowd, LEADS, **(params | {"nextPageToken": other})) == told
    for garbled in ("x", "A" * 64, token[:-8], token + "A", "é", "======", token.replace(token[0], "1", 1)):
        assert refused(crowd, LEADS, **(params | {"nextPageToken": garbled})) == told


@pytest.mark.parametrize(
    ("size", "count"), [("1", 1), ("300", 300), ("301", 300), ("0", 1), ("-1", 1), ("", 300)]
)
def test_batch_size_is_clamped(crowd: Server, size: str, count: int) -> None:
    """§9.1: 300 by default and at most."""
    for path in (f"{LEADS}?filterType=color&filterValues=red", "/rest/v1/lists/1001/leads.json?x=1"):
        assert len(crowd.get(f"{path}&batchSize={size}")["result"]) == count


def test_memberships_at_their_limits(crowd: Server) -> None:
    """§9.5: 300 ids, order of the input kept, repeats answered; 301 are 1003, none is 1002."""
    ids = [*range(300, 0, -1)]
    assert [each["id"] for each in crowd.get(MEMBER, params={"id": ",".join(map(str, ids))})["result"]] == ids
    assert [each["id"] for each in crowd.get(f"{MEMBER}?id=3,1&id=2&id=3")["result"]] == [3, 1, 2, 3]
    many = {"input": [{"id": number} for number in range(1, 302)]}
    assert error_of(crowd.call("POST", MEMBER, params={"_method": "GET"}, json=many))[0] == "1003"
    assert refused(crowd, MEMBER, id=",".join(map(str, range(301))))[0] == "1003"
    for body in ({}, {"input": []}, {"input": None}):
        assert error_of(crowd.call("POST", MEMBER, params={"_method": "GET"}, json=body))[0] == "1002"


@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        (b"{", "application/json", "609"),
        (b"[1]", "application/json", "1003"),
        (b"\xff", "application/json", "609"),
        (b"[" * 100_000, "application/json", "609"),
        (b'{"input":[{"id":1}]}', "text/plain", "612"),
        (b'{"input":[{"id":1}]}', "", "612"),
        (b'{"input":[{"id":1}]}', "application/x-www-form-urlencoded", "612"),
    ],
)
def test_json_bodies_refused(crowd: Server, content: bytes, content_type: str, code: str) -> None:
    """§0.4, §13: unparsable, no object, wrong type."""
    headers = {"Content-Type": content_type}
    answer = crowd.call("POST", MEMBER, params={"_method": "GET"}, content=content, headers=headers)
    assert error_of(answer)[0] == code


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"]
)
def test_json_content_types_accepted(crowd: Server, content_type: str) -> None:
    """§0.4: any charset parameter, any case."""
    content, headers = b'{"input":[{"id":1}]}', {"Content-Type": content_type}
    answer = crowd.call("POST", MEMBER, params={"_method": "GET"}, content=content, headers=headers)
    assert answer.json()["result"] == [{"id": 1, "status": "memberof"}]
