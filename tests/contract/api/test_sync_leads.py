"""§9.3, §13: leads synced, deleted, moved; what each record is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.calls import only
from tests.contract.api.world import codes, credential, import_members, post, sync, whole_subscription
from tests.harness import Server, running

LEADS = "/rest/v1/leads.json"


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    europe = credential("europe", "Read-Write Lead", partitions=["Europe"])
    nowhere = credential("nowhere", "Read-Write Lead", partitions=[])
    document = whole_subscription(credentials=[europe, nowhere])
    yield from running(tmp_path_factory.mktemp("sync") / "data", document)


def token(server: Server, name: str) -> str:
    return server.new_token(name, f"{name}-secret")


def refused(server: Server, body: Any, **options: Any) -> tuple[str, str]:
    answer = post(server, LEADS, body, **options)
    assert answer["success"] is False, answer
    (error,) = answer["errors"]
    return error["code"], error["message"]


def test_create_or_update(world: Server) -> None:
    """The default action; null and an empty text clear, what is not sent stays, types as §8 has them."""
    item = {
        "email": "Sync@x.com",
        "firstName": "Ann",
        "leadScore": 5,
        "unsubscribed": True,
        "dateOfBirth": "2000-01-31",
    }
    (created,) = sync(world, LEADS, item)
    assert created == {"id": created["id"], "status": "created"}
    (updated,) = sync(
        world, LEADS, {"EMAIL": " sync@x.com", "lastName": "Lee", "firstName": None, "leadScore": "7"}
    )
    assert updated == {"id": created["id"], "status": "updated"}
    fields = ("firstName", "lastName", "leadScore", "unsubscribed", "dateOfBirth", "originalSourceType")
    assert only(world, "sync@x.com", *fields) == {
        "firstName": None,
        "lastName": "Lee",
        "leadScore": 7,
        "unsubscribed": True,
        "dateOfBirth": "2000-01-31",
        "originalSourceType": "Web service API",
    }
    sync(world, LEADS, {"email": "sync@x.com", "lastName": "", "unsubscribed": None, "firstName": "NULL"})
    assert only(world, "sync@x.com", "firstName", "lastName", "unsubscribed") == {
        "firstName": "NULL",
        "lastName": None,
        "unsubscribed": None,
    }


def test_each_record_gets_its_own_answer(world: Server) -> None:
    """§13: order of the input; one bad record spoils no other."""
    told = sync(
        world,
        LEADS,
        {"email": "each1@x.com"},
        {"email": "each2@x.com", "leadScore": "1.5"},
        {"firstName": "nobody"},
        {"email": "each3@x.com", "shoeSize": 1},
        {"email": "each4@x.com", "company": "Acme"},
        {"email": "each5@x.com", "firstName": "x" * 256},
        {"email": "each6@x.com", "firstName": {"a": 1}},
        {"email": "each7@x.com", "externalCompanyId": "nobody"},
        {"email": "each8@x.com", "createdAt": "2000-01-01", "id": None},
        {"email": "each9@x.com", "firstName": "nul\0"},
    )
    assert codes(told) == [
        "created",
        "1001",
        "1003",
        "1006",
        "1021",
        "1003",
        "1001",
        "1013",
        "created",
        "1001",
    ]
    assert told[1]["reasons"] == [
        {"code": "1001", "message": "Invalid value '1.5'. Required of type 'integer'"}
    ]
    assert told[2]["reasons"][0]["message"] == "Value for lookup field 'email' not found"
    assert told[3]["reasons"][0]["message"] == "Field 'shoeSize' not found"


def test_actions(world: Server) -> None:
    """createOnly 1005, updateOnly 1004, createDuplicate, then 1007; keys in any case, repeats in order."""
    first = sync(world, LEADS, {"email": "act@x.com"}, {"email": "ACT@x.com"}, action="createOnly")
    assert codes(first) == ["created", "1005"]
    assert codes(sync(world, LEADS, {"email": "act@x.com"}, action="createonly")) == ["1005"]
    second = sync(world, LEADS, {"email": "act@x.com"}, {"email": "none@x.com"}, action="updateOnly")
    assert codes(second) == ["updated", "1004"]
    twice = sync(world, LEADS, {"email": "act@x.com"}, {"email": "act@x.com"}, action="createDuplicate")
    assert codes(twice) == ["created", "created"]
    assert len({first[0]["id"], *(each["id"] for each in twice)}) == 3
    assert codes(sync(world, LEADS, {"email": "act@x.com"})) == ["1007"]
    repeats = sync(
        world, LEADS, {"email": "rep@x.com", "firstName": "A"}, {"email": "rep@x.com", "firstName": "B"}
    )
    assert codes(repeats) == ["created", "updated"]
    assert only(world, "rep@x.com", "firstName") == {"firstName": "B"}


def test_other_lookup_fields(world: Server) -> None:
    """`id` with updateOnly alone; a custom key creates too."""
    (made,) = sync(world, LEADS, {"customerNumber": 70, "email": "c70@x.com"}, lookupField="customerNumber")
    by_id = sync(
        world,
        LEADS,
        {"id": made["id"], "email": "c71@x.com"},
        {"id": 0},
        lookupField="id",
        action="updateOnly",
    )
    assert codes(by_id) == ["updated", "1004"]
    assert only(world, "c71@x.com", "customerNumber") == {"customerNumber": 70}
    assert refused(world, {"lookupField": "id", "input": [{"id": 1}]})[0] == "1003"
    assert refused(world, {"lookupField": "userId", "input": [{"id": 1}]}) == (
        "1006",
        "Lookup field 'userId' not found",
    )
    assert refused(world, {"lookupField": "firstName", "input": [{"id": 1}]}) == (
        "1011",
        "Field 'firstName' not supported",
    )


def test_links(world: Server) -> None:
    """§4.5, §13: a sales person that is not there refuses the call, 718, and nothing of it is done."""
    items = [{"email": "l1@x.com"}, {"email": "l2@x.com", "externalSalesPersonId": "nobody"}]
    assert refused(world, {"input": items}) == ("718", "ExternalSalesPersonID not found")
    assert world.lead("email", "l1@x.com", "id") == []
    sync(world, LEADS, {"email": "l3@x.com", "externalSalesPersonId": "SP1", "externalCompanyId": "Acme"})
    assert only(world, "l3@x.com", "externalSalesPersonId", "company") == {
        "externalSalesPersonId": "sp1",
        "company": "Acme Inc",
    }


def test_partitions(world: Server) -> None:
    """§4.6, §11: a named partition, a closed one, none at all; reads do not show what is closed."""
    europe = token(world, "europe")
    assert refused(world, {"partitionName": "Mars", "input": [{"email": "p@x.com"}]}) == (
        "1008",
        "Access denied to partition 'Mars'",
    )
    assert refused(world, {"input": [{"email": "p@x.com"}]}, token=token(world, "nowhere"))[0] == "1009"
    (home,) = sync(world, LEADS, {"email": "home@x.com"}, partitionName="Default")
    (away,) = post(world, LEADS, {"input": [{"email": "away@x.com"}]}, europe)["result"]
    assert only(world, "away@x.com", "leadPartitionId") == {"leadPartitionId": 2}
    assert codes(sync(world, LEADS, {"email": "away@x.com"}, partitionName="Default")) == ["1010"]
    body = post(world, LEADS, {"input": [{"email": "home@x.com"}]}, europe)
    assert body["result"][0]["reasons"] == [
        {"code": "1008", "message": "Access denied to partition 'Default'"}
    ]
    assert world.call("GET", f"/rest/v1/lead/{home['id']}.json", europe).json()["errors"][0]["code"] == "1004"
    found = world.call("GET", f"{LEADS}?filterType=id&filterValues={home['id']},{away['id']}", europe).json()
    assert [lead["id"] for lead in found["result"]] == [away["id"]]
    named = world.call("GET", "/rest/v1/leads/partitions.json", europe).json()["result"]
    assert [each["name"] for each in named] == ["Europe"]
    gone = post(world, "/rest/v1/leads/delete.json", {"input": [{"id": home["id"]}]}, europe)["result"]
    assert codes(gone) == ["1004"]


def test_members_in_closed_partitions(world: Server) -> None:
    """§11: who may not see a lead does not see its membership, nor change it."""
    (made,) = sync(world, LEADS, {"email": "hidden@x.com"}, partitionName="Default")
    lead_id, europe = made["id"], token(world, "europe")
    import_members(world, "email\nhidden@x.com\n", "Invited")
    members = "/rest/v1/programs/1001/members"
    query = {"filterType": "leadId", "filterValues": lead_id}
    assert len(world.get(f"{members}.json", params=query)["result"]) == 1
    assert world.call("GET", f"{members}.json", europe, params=query).json()["result"] == []
    told = post(world, f"{members}.json", {"input": [{"leadId": lead_id, "rank": 1}]}, europe)
    assert codes(told["result"]) == ["1013"]
    body = {"statusName": "Attended", "input": [{"leadId": lead_id}]}
    assert codes(post(world, f"{members}/status.json", body, europe)["result"]) == ["1004"]
    gone = post(world, f"{members}/delete.json", {"input": [{"leadId": lead_id}]}, europe)
    assert codes(gone["result"]) == ["1037"]
    assert len(world.get(f"{members}.json", params=query)["result"]) == 1


def test_moves(world: Server) -> None:
    """§9.3: leads into another partition."""
    (made,) = sync(world, LEADS, {"email": "move@x.com"})
    moves = [{"id": made["id"], "partitionName": "europe"}, {"id": 0, "partitionName": "Europe"}]
    told = sync(world, "/rest/v1/leads/partitions.json", *moves, {"id": made["id"], "partitionName": "Mars"})
    assert codes(told) == ["updated", "1004", "1008"]
    assert only(world, "move@x.com", "leadPartitionId") == {"leadPartitionId": 2}


@pytest.mark.parametrize("how", ["body", "query", "verb"])
def test_delete(world: Server, how: str) -> None:
    """§9.3: with its memberships, once; its id stays dead."""
    (made,) = sync(world, LEADS, {"email": "gone@x.com"})
    lead_id = made["id"]
    import_members(world, "email\ngone@x.com\n", "Invited")
    world.call("POST", f"/rest/v1/lists/1001/leads.json?id={lead_id}")
    body = {"input": [{"id": lead_id}, {"id": str(lead_id)}]}
    if how == "body":
        told = world.call("POST", "/rest/v1/leads/delete.json", json=body).json()["result"]
    elif how == "query":
        told = world.call("POST", f"/rest/v1/leads/delete.json?id={lead_id},{lead_id}").json()["result"]
    else:
        told = world.call("DELETE", LEADS, json=body).json()["result"]
    assert told == [
        {"id": lead_id, "status": "deleted"},
        {"id": lead_id, "status": "skipped", "reasons": [{"code": "1004", "message": "Lead not found"}]},
    ]
    assert world.get("/rest/v1/lists/1001/leads.json")["result"] == []
    query = {"filterType": "leadId", "filterValues": lead_id}
    assert world.get("/rest/v1/programs/1001/members.json", params=query)["result"] == []
    (again,) = sync(world, LEADS, {"email": "gone@x.com"})
    assert again["status"] == "created"
    assert again["id"] > lead_id
