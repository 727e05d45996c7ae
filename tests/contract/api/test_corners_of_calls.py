"""§9.1-§9.9: corners of filters, bodies and partitions that clients meet."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.calls import error_of
from tests.contract.api.world import codes, credential, post, sync, whole_subscription
from tests.forms import repeats
from tests.harness import Server, running

pytestmark = repeats("postgres", "given")

LEADS, CARS = "/rest/v1/leads.json", "/rest/v1/customobjects/car_c.json"
PROGRAMS_OF = "/rest/v1/leads/1/programMembership.json"
SCHEMA = "/rest/v1/customobjects/schema"


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without workers: leads 1 and 2 in two lists and programs, three cars, a credential for two partitions."""
    document = whole_subscription(
        partitions=["Default", "Europe", "Asia"],
        credentials=[credential("abroad", "Read-Write Lead", partitions=["Europe", "Asia"])],
    )
    for server in running(tmp_path_factory.mktemp("corners") / "data", document, workers=0):
        sync(server, LEADS, {"email": "a@x.com"}, {"email": "second@x.com"})
        for number in (1001, 1002):
            sync(server, f"/rest/v1/lists/{number}/leads.json", {"id": 1}, {"id": 2})
            sync(
                server,
                f"/rest/v1/leads/programs/{number}/status.json",
                {"id": 1},
                {"id": 2},
                status="Invited",
            )
        sync(server, CARS, *({"vin": f"v{number}"} for number in range(3)))
        yield server


@pytest.mark.parametrize(
    ("more", "vins"),
    [
        ({"batchSize": -1}, 1),
        ({"batchSize": 0}, 1),
        ({"batchSize": 2}, 2),
        ({"batchSize": "2"}, 2),
        ({"batchSize": 10**12}, 3),
        ({"batchSize": None, "fields": None, "nextPageToken": None}, 3),
        ({"fields": "vin,color"}, 3),
        ({"fields": ["vin"]}, 3),
    ],
)
def test_a_query_in_json(world: Server, more: dict[str, Any], vins: int) -> None:
    """§9.1, §9.9: sizes are clamped, null is absent, fields as a list or with commas."""
    body = {"filterType": "vin", "input": [{"vin": f"v{number}"} for number in range(3)], **more}
    found = post(world, f"{CARS}?_method=GET", body)
    assert [row["vin"] for row in found["result"]] == [f"v{number}" for number in range(vins)]
    assert found["moreResult"] is (vins < 3)
    assert ("nextPageToken" in found) is (vins < 3)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"batchSize": 1.5}, "Invalid value '1.5'. Required of type 'Integer'"),
        ({"batchSize": True}, "Invalid value 'true'. Required of type 'Integer'"),
        ({"batchSize": "x"}, "Invalid value 'x'. Required of type 'Integer'"),
        ({"fields": 7}, "Invalid value 'fields'. Required of type 'Array'"),
        ({"filterType": 7}, "Invalid value '7'. Required of type 'String'"),
    ],
)
def test_a_query_in_json_of_wrong_types(world: Server, more: dict[str, Any], message: str) -> None:
    """§9.1, §13."""
    body = {"filterType": "vin", "input": [{"vin": "v1"}], **more}
    answer = world.call("POST", f"{CARS}?_method=GET", json=body)
    assert error_of(answer) == ("1001", message)


@pytest.mark.parametrize(
    ("query", "outcome"),
    [
        ("", [1001, 1002]),
        ("?filterType=programId&filterValues=1002", [1002]),
        ("?filterType=programId&filterValues=1002,1001&batchSize=1", [1001]),
        ("?filterType=programId&filterValues=9", []),
        ("?earliestUpdatedAt=2090-01-01T00:00:00Z", []),
        ("?filterType=programId", "1002"),
        ("?filterValues=1002", "1002"),
        ("?filterType=programId&filterValues=x", "1001"),
        ("?filterType=shoeSize&filterValues=1", "1006"),
        ("?filterType=programId&filterValues=" + ",".join(["1"] * 301), "1003"),
        ("?latestUpdatedAt=soon", "704"),
    ],
)
def test_programs_of_a_lead(world: Server, query: str, outcome: str | list[int]) -> None:
    """§9.1, §9.3."""
    answer = world.call("GET", PROGRAMS_OF + query)
    if isinstance(outcome, str):
        assert error_of(answer)[0] == outcome
        return
    body = answer.json()
    assert [row["id"] for row in body["result"]] == outcome
    assert body["moreResult"] is ("batchSize" in query)


def test_an_update_needs_no_partition(world: Server) -> None:
    """§9.3, §13, 1009: who may write in several partitions must say where new leads go, not where old ones are."""
    abroad = world.new_token("abroad", "abroad-secret")
    assert post(world, LEADS, {"input": [{"email": "e@x.com"}]}, abroad)["errors"][0]["code"] == "1009"
    made = post(world, LEADS, {"partitionName": "Asia", "input": [{"email": "e@x.com"}]}, abroad)
    assert codes(made["result"]) == ["created"]
    update = {
        "action": "updateOnly",
        "input": [{"email": "e@x.com", "firstName": "E"}, {"email": "no@x.com"}],
    }
    assert codes(post(world, LEADS, update, abroad)["result"]) == ["updated", "1004"]


@pytest.mark.parametrize("asynchronous", [True, False, None])
def test_asynchronous_sync(world: Server, asynchronous: bool | None) -> None:
    """§9.3: asyncProcessing changes nothing: the answer says what was done."""
    body = {"asyncProcessing": asynchronous, "input": [{"email": "a@x.com", "lastName": str(asynchronous)}]}
    assert post(world, LEADS, body)["result"] == [{"id": 1, "status": "updated"}]
    assert world.lead("id", 1, "lastName")[0]["lastName"] == str(asynchronous)


@pytest.mark.parametrize("missing", ["name", "displayName", "dataType"])
def test_a_field_of_a_type_says_what_it_is(world: Server, missing: str) -> None:
    """§9.9, §13, 1002."""
    item = {"name": "wheels", "displayName": "Wheels", "dataType": "integer"}
    del item[missing]
    answer = world.call("POST", f"{SCHEMA}/car_c/addField.json", json={"input": [item]})
    assert error_of(answer) == ("1002", f"Missing value for the required parameter '{missing}'")


@pytest.mark.parametrize("base", ["/rest/v1/leads/schema/fields", "/rest/v1/programs/members/schema/fields"])
def test_long_names_of_fields(world: Server, base: str) -> None:
    """§9.4: two names of 50 characters that differ at their ends, each with its index."""
    for end in "ab":
        field = {"name": "n" * 49 + end, "displayName": end, "dataType": "string"}
        assert codes(sync(world, f"{base}.json", field)) == ["created"]


@pytest.mark.parametrize("base", ["/rest/v1/leads/schema/fields", "/rest/v1/programs/members/schema/fields"])
def test_members_of_a_field_of_wrong_types(world: Server, base: str) -> None:
    """§9.4, §13, 1001: told for the field; nothing is changed."""
    wrong = [{"isHidden": "no"}, {"description": 7}]
    plain = {"name": "shade", "displayName": "Shade", "dataType": "string"}
    assert codes(sync(world, f"{base}.json", *(plain | each for each in wrong), plain)) == [
        *("1001", "1001", "created")
    ]
    for each in wrong:
        assert codes(sync(world, f"{base}/shade.json", each)) == ["1001"]
    for member in ("displayName", "description"):
        assert codes(sync(world, f"{base}/shade.json", {member: "a\0b"})) == ["1003"]
    (field,) = world.get(f"{base}/shade.json")["result"]
    assert (field["isHidden"], field["description"]) == (False, None)


@pytest.mark.parametrize(
    ("path", "key", "held", "other"),
    [
        (CARS, "vin", {"vin": "k1"}, {"vin": "k2"}),
        ("/rest/v1/customobjects/trip_c.json", "day", {"day": "2020-01-01"}, {"day": "2020-01-02"}),
        (
            "/rest/v1/companies.json",
            "externalCompanyId",
            {"externalCompanyId": "k1"},
            {"externalCompanyId": "k2"},
        ),
        (
            *("/rest/v1/salespersons.json", "externalSalesPersonId"),
            *({"externalSalesPersonId": "k1"}, {"externalSalesPersonId": "k2"}),
        ),
    ],
)
def test_a_key_stays(world: Server, path: str, key: str, held: dict[str, Any], other: dict[str, Any]) -> None:
    """§9.9, §9.10: a record that its id finds keeps its dedupe fields: another one's, a new one, none are refused."""
    beside = {"car": "v1"} if key == "day" else {}
    made = sync(world, path, beside | held, beside | other)
    name = "id" if "id" in made[0] else "marketoGUID"
    one = {name: made[0][name]}
    wrong = [one | other, one | {key: "2031-05-05" if key == "day" else "new"}, one | {key: None}]
    told = sync(world, path, *wrong, one | held, action="updateOnly", dedupeBy="idField")
    assert codes(told) == ["1003", "1003", "1003", "updated"]
    assert told[0]["reasons"][0]["message"] == f"Value of field '{key}' cannot change"
    body = {"filterType": "dedupeFields", "input": [beside | held, beside | other]}
    found = post(world, f"{path}?_method=GET", body)["result"]
    assert [row[name] for row in found] == [each[name] for each in made]


def test_a_key_may_be_spelled_anew(world: Server) -> None:
    """§3.6, §9.9: keys compare without case, so the record stays found."""
    (made,) = sync(world, CARS, {"vin": "spelled"})
    one = {"marketoGUID": made["marketoGUID"], "vin": "SPELLED"}
    assert codes(sync(world, CARS, one, action="updateOnly", dedupeBy="idField")) == ["updated"]
    (row,) = world.get(CARS, params={"filterType": "vin", "filterValues": "spelled"})["result"]
    assert row["vin"] == "SPELLED"


TOKENS = (
    ("/rest/v1/lists/1001/leads.json?", "/rest/v1/lists/1002/leads.json?"),
    (
        "/rest/v1/programs/1001/members.json?filterType=leadId&filterValues=1,2",
        "/rest/v1/leads/programs/1001.json?",
    ),
    ("/rest/v1/leads/programs/1001.json?", "/rest/v1/leads/programs/1002.json?"),
    ("/rest/v1/leads/1/listMembership.json?", "/rest/v1/leads/2/listMembership.json?"),
    ("/rest/v1/leads/1/programMembership.json?", "/rest/v1/leads/2/programMembership.json?"),
    ("/rest/v1/lists.json?", "/rest/v1/lists.json?name=Webinar,Newsletter"),
    ("/rest/v1/leads/schema/fields.json?", "/rest/v1/programs/members/schema/fields.json?"),
    (f"{CARS}?filterType=vin&filterValues=v0,v1", f"{CARS}?filterType=vin&filterValues=v0,v2"),
    (f"{LEADS}?filterType=id&filterValues=1,2", f"{LEADS}?filterType=id&filterValues=1,2&fields=email"),
)


@pytest.mark.parametrize(("path", "foreign"), TOKENS, ids=[path.split("?")[0] for path, _ in TOKENS])
def test_tokens_of_every_kind_of_page(world: Server, path: str, foreign: str) -> None:
    """§9.2: a token leads on to each item once, opens no other query, and the last page has none."""
    whole = world.get(path)
    assert whole["moreResult"] is False
    seen, token = [], ""
    while token is not None:
        page = world.get(f"{path}&batchSize=1&nextPageToken={token}")
        assert page["moreResult"] is ("nextPageToken" in page)
        seen += page["result"]
        token = page.get("nextPageToken")
        if token:
            refused = world.call("GET", f"{foreign}&batchSize=1&nextPageToken={token}")
            assert error_of(refused) == ("1003", "Invalid nextPageToken")
    assert [each | {"seq": 0} for each in seen] == [each | {"seq": 0} for each in whole["result"]]
