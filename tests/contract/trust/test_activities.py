"""Activities of leads from an instant on: each once, in the order of the log, whatever the pages."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.world import credential, post, sync, whole_subscription
from tests.harness import Server, running

LEADS, CHANGES = "/rest/v1/leads.json", "/rest/v1/activities/leadchanges.json"
DELETED = "/rest/v1/activities/deletedleads.json"
EUROPEAN = credential("european", "Read-Write Lead", "Read-Only Activity", partitions=["Europe"])


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from running(
        tmp_path_factory.mktemp("activities") / "data", whole_subscription(credentials=[EUROPEAN])
    )


def since(server: Server, instant: str = "2020-01-01T00:00:00Z") -> str:
    params = {"sinceDatetime": instant}
    return str(server.get("/rest/v1/activities/pagingtoken.json", params=params)["nextPageToken"])


def told(
    server: Server, path: str, begin: str, size: int = 300, who: str = "", **params: Any
) -> tuple[list[dict[str, Any]], str]:
    """Return all activities from a token on, as a client fetches them, and the last token."""
    found: list[dict[str, Any]] = []
    credential_token = server.token_of(who, f"{who}-secret") if who else None
    while True:
        asked = {"nextPageToken": begin, "batchSize": size, **params}
        answer = server.call("GET", path, credential_token, params=asked).json()
        assert len(answer["result"]) <= size
        found, begin = found + answer["result"], answer["nextPageToken"]
        if not answer["moreResult"]:
            return found, begin


def shown(activity: dict[str, Any]) -> tuple[Any, ...]:
    fields = tuple((each["name"], each["oldValue"], each["newValue"]) for each in activity["fields"])
    return activity["leadId"], activity["activityTypeId"], fields


def test_each_change_is_told_once_whatever_the_pages(world: Server) -> None:
    _, begin = told(world, CHANGES, since(world), fields="city")
    batch_id = world.submit("email,city,leadScore\n" + "".join(f"each{n}@x.com,A,1\n" for n in range(7)))
    world.finish(batch_id)
    ids = [world.lead("email", f"each{n}@x.com", "id")[0]["id"] for n in range(7)]
    batch_id = world.submit(
        "email,city,leadScore\n" + "".join(f"each{n}@x.com,{'AB'[n % 2]},2\n" for n in range(7))
    )
    world.finish(batch_id)
    new = [(each, 12, ()) for each in ids]
    cities = [(each, 13, (("city", "A", "B"),)) for each in ids[1::2]]
    scores = [(each, 13, (("leadScore", "1", "2"),)) for each in ids]
    for size in (1, 2, 3, 300):
        found, end = told(world, CHANGES, begin, size, fields="city")
        assert [shown(each) for each in found] == new + cities
        assert len({each["marketoGUID"] for each in found}) == len(found)
        again, _ = told(world, CHANGES, begin, size, fields="leadScore")
        assert [shown(each) for each in again] == new + scores
    one, _ = told(world, CHANGES, begin, fields=["city", "leadScore"], leadIds=f"{ids[1]},{ids[2]}")
    assert [each["leadId"] for each in one] == [ids[1], ids[2], ids[1], ids[2]]
    world.call("POST", "/rest/v1/lists/1001/leads.json", json={"input": [{"id": ids[3]}]})
    listed, _ = told(world, CHANGES, begin, fields="city", listId=1001)
    assert [shown(each) for each in listed] == [(ids[3], 12, ()), (ids[3], 13, (("city", "A", "B"),))]
    assert told(world, CHANGES, end, fields="city")[0] == []
    sync(world, LEADS, {"email": "each0@x.com", "city": None})
    assert [shown(each) for each in told(world, CHANGES, end, fields="city")[0]] == [
        (ids[0], 13, (("city", "A", None),))
    ]


def test_an_instant_that_is_still_to_come_is_told_of_what_comes_then(world: Server) -> None:
    token = since(world, "2090-01-01T00:00:00Z")
    (made,) = sync(world, LEADS, {"email": "future@x.com", "city": "A"})
    found, _ = told(world, CHANGES, token, fields="city")
    assert made["id"] not in {each["leadId"] for each in found}


def test_deleted_leads_are_told_by_id_and_instant_alone(world: Server) -> None:
    _, begin = told(world, DELETED, since(world))
    made = sync(world, LEADS, {"email": "gone1@x.com"}, {"email": "gone2@x.com"}, {"email": "stays@x.com"})
    ids = [each["id"] for each in made]
    for each in ids[:2]:
        sync(world, "/rest/v1/leads/delete.json", {"id": each})
    found, end = told(world, DELETED, begin, 1)
    assert [each["leadId"] for each in found] == ids[:2]
    assert {each["primaryAttributeValue"] for each in found} == set(map(str, ids[:2]))
    assert "gone" not in str(found)
    assert told(world, DELETED, end)[0] == []
    new = [each["leadId"] for each in told(world, CHANGES, since(world), fields="email")[0]]
    assert not set(ids[:2]) & set(new), "what is deleted has no activities but that it was"
    assert ids[2] in new


def test_leads_of_closed_partitions_have_no_activities(world: Server) -> None:
    made = sync(world, LEADS, {"email": "closed@x.com", "city": "A"}, {"email": "open@x.com", "city": "A"})
    closed, opened = (each["id"] for each in made)
    post(world, "/rest/v1/leads/partitions.json", {"input": [{"id": opened, "partitionName": "Europe"}]})
    found, _ = told(world, CHANGES, since(world), who="european", fields="city")
    assert opened in {each["leadId"] for each in found}
    assert closed not in {each["leadId"] for each in found}


def test_what_a_call_must_name(world: Server) -> None:
    token = since(world)

    def code(path: str, **params: Any) -> str:
        return str(world.get(path, params=params)["errors"][0]["code"])

    assert code(CHANGES, fields="city") == "1002"
    assert code(CHANGES, nextPageToken=token) == "1002"
    assert code(CHANGES, nextPageToken="ABC", fields="city") == "1003"
    assert code(CHANGES, nextPageToken=token, fields="nonsense") == "1006"
    assert code(CHANGES, nextPageToken=token, fields="city", listId="999") == "1013"
    assert code(CHANGES, nextPageToken=token, fields="city", listId="x") == "1001"
    assert code(CHANGES, nextPageToken=token, fields="city", leadIds=",".join(map(str, range(31)))) == "1003"
    assert code(DELETED) == "1002"
    assert code(DELETED, nextPageToken=token[:-8] + "AAAAAAAA") == "1003"
