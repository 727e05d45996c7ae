"""§9.5-9.8: static lists on both sides, programs and channels, program members, fields of schemas."""

from typing import Any

import pytest

from tests.contract.api.world import codes, import_members, post, sync, whole_subscription
from tests.harness import Server, running
from tests.stores import open_stores

ASSET = "/rest/asset/v1"


def make(server: Server, *emails: str) -> list[int]:
    return [each["id"] for each in sync(server, "/rest/v1/leads.json", *({"email": each} for each in emails))]


def asset(server: Server, method: str, path: str, **options: Any) -> dict[str, Any]:
    body: dict[str, Any] = server.call(method, f"{ASSET}/{path}.json", **options).json()
    return body


def code_of(body: dict[str, Any]) -> str:
    assert body["success"] is False, body
    return str(body["errors"][0]["code"])


def test_adding_and_removing(world: Server) -> None:
    """§9.5: added, also again; removed, 1015, 1004; by query, by body, by a DELETE without a body."""
    one, two = make(world, "add1@x.com", "add2@x.com")
    path = "/rest/v1/lists/1002/leads.json"
    assert codes(world.call("POST", f"{path}?id={one},{one}&id=0").json()["result"]) == [
        "added",
        "added",
        "1004",
    ]
    assert codes(sync(world, path, {"id": two})) == ["added"]
    listed = world.get(f"/rest/v1/leads/{one}/listMembership.json")
    assert [each["listId"] for each in listed["result"]] == [1002]
    headers = {"Content-Type": "application/json"}
    gone = world.call("DELETE", f"{path}?id={one}&id=0", headers=headers).json()["result"]
    assert codes(gone) == ["removed", "1004"]
    assert codes(world.call("DELETE", path, json={"input": [{"id": one}]}).json()["result"]) == ["1015"]
    assert [lead["id"] for lead in world.get(path)["result"]] == [two]
    assert world.call("POST", path, json={"input": [{"id": "x"}]}).json()["errors"][0]["code"] == "1001"
    assert world.get("/rest/v1/leads/0/listMembership.json")["errors"][0]["code"] == "1004"


def test_browsing_lists(world: Server) -> None:
    """§9.5: by id, name, program, workspace; by POST with _method=GET; in pages."""
    folder = '{"id":1001,"type":"Program"}'
    (made,) = asset(world, "POST", "staticLists", data={"folder": folder, "name": "Guests"})["result"]

    def ids(**params: Any) -> list[int]:
        return [each["id"] for each in world.get("/rest/v1/lists.json", params=params)["result"]]

    assert ids(id="1001,1002") == [1001, 1002]
    assert ids(name="guests") == [made["id"]]
    assert ids(programName="Spring Webinar") == [made["id"]]
    assert ids(workspaceName="Other") == []
    first = world.get("/rest/v1/lists.json", params={"batchSize": 2})
    second = world.get(
        "/rest/v1/lists.json", params={"batchSize": 2, "nextPageToken": first["nextPageToken"]}
    )
    assert [each["id"] for each in first["result"] + second["result"]] == [1001, 1002, made["id"]]
    posted = world.call("POST", "/rest/v1/lists.json?_method=GET", data={"id": "1001"}).json()
    assert [each["id"] for each in posted["result"]] == [1001]
    asset(world, "POST", f"staticList/{made['id']}/delete")


def test_list_assets(world: Server) -> None:
    """§9.6: created with form or query, renamed, found, deleted; 701, 702, 709, 710, 711, 1002."""
    params = {"folder": "3", "name": "VIPs", "description": "few"}
    body = asset(world, "POST", "staticLists", params=params)
    assert set(body) == {"success", "warnings", "errors", "requestId", "result"}
    (made,) = body["result"]
    assert made == made | {"name": "VIPs", "description": "few", "folder": {"id": 3, "type": "Folder"}}
    assert made["createdAt"].endswith("Z+0000")
    own = f"staticList/{made['id']}"
    (changed,) = asset(world, "POST", own, data={"name": "Guests"})["result"]
    assert (changed["name"], changed["description"]) == ("Guests", "few")
    assert asset(world, "GET", own)["result"] == [changed]
    assert asset(world, "GET", "staticList/byName", params={"name": "guests"})["result"] == [changed]
    assert world.get(f"/asset/v1/{own}.json")["result"] == [changed]
    for path in ("programs", "channels", "program/1001", "staticLists"):  # §0.1, Q27
        named = [world.get(f"{prefix}/asset/v1/{path}.json")["result"] for prefix in ("", "/rest")]
        assert named[0] == named[1] != []
    assert world.get(f"/rest/v1/lists/{made['id']}.json")["result"][0]["name"] == "Guests"
    assert code_of(asset(world, "POST", "staticLists", data={"folder": "3", "name": "GUESTS"})) == "709"
    assert code_of(asset(world, "POST", "staticLists", data={"folder": "77", "name": "a"})) == "710"
    shop = '{"id":3,"type":"Shop"}'
    assert code_of(asset(world, "POST", "staticLists", data={"folder": shop, "name": "a"})) == "711"
    assert code_of(asset(world, "POST", "staticLists", data={"folder": "3", "name": " "})) == "701"
    assert code_of(asset(world, "POST", "staticLists", data={"folder": "3"})) == "1002"
    assert code_of(asset(world, "POST", "staticLists", data={"folder": "3", "name": "é" * 4000})) == "709"
    assert asset(world, "POST", f"{own}/delete")["result"] == [{"id": made["id"]}]
    missing = asset(world, "GET", own)
    assert missing["errors"] == [{"code": "702", "message": "Static List not found or it has been deleted"}]
    assert code_of(asset(world, "POST", f"{own}/delete")) == "702"
    empty = asset(world, "GET", "staticLists", params={"offset": 100})
    assert "result" not in empty
    assert empty["warnings"] == ["No assets found for the given search criteria."]
    assert code_of(asset(world, "GET", "staticLists", params={"earliestUpdatedAt": "soon"})) == "704"


def test_a_list_that_an_import_fills_stays(store: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """§9.6: 709 until the job has finished."""
    for server in running(tmp_path_factory.mktemp("busy") / "data", whole_subscription(), workers=0):
        server.submit("email\na@b.c\n", listId=1001)
        assert code_of(asset(server, "POST", "staticList/1001/delete")) == "709"


def test_a_job_whose_list_is_gone(store: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """§2.1: a deletion that came between the check and the job: the job is Failed, its worker lives on."""
    data = tmp_path_factory.mktemp("gone") / "data"
    for server in running(data, whole_subscription(), workers=0):
        batch_id = server.submit("email\na@b.c\n", listId=1001)
    stores = open_stores(data)
    with stores.subscription("123-ABC-456").write() as session:
        session.run("delete_list", id=1001)
    stores.close()
    for server in running(data):
        status = server.finish(batch_id)
        assert (status["status"], status["message"]) == (
            "Failed",
            "Import failed, its static list was deleted",
        )
        assert server.events("WorkerStopped") == []


def test_programs_and_channels(world: Server) -> None:
    """§9.7: by id, by name, browsed, filtered; created with a channel that exists."""
    (program,) = asset(world, "GET", "program/1001")["result"]
    assert program == program | {"name": "Spring Webinar", "type": "Default", "channel": "Webinar"}
    assert program["folder"] == {"type": "Folder", "value": 1, "folderName": "Marketing Activities"}
    assert asset(world, "GET", "program/byName", params={"name": "spring webinar"})["result"] == [program]
    query = {"filterType": "programId", "filterValues": "1002,1001"}
    assert [each["id"] for each in asset(world, "GET", "programs", params=query)["result"]] == [1001, 1002]
    assert [
        each["id"] for each in asset(world, "GET", "programs", params={"maxReturn": 1, "offset": 1})["result"]
    ] == [1002]
    assert code_of(asset(world, "GET", "program/9")) == "702"
    assert code_of(asset(world, "GET", "program/byName", params={"name": "none"})) == "702"
    form = {"folder": "1", "name": "Winter", "type": "Default", "channel": "webinar"}
    (made,) = asset(world, "POST", "programs", data=form)["result"]
    assert (made["id"], made["channel"]) == (1003, "Webinar")
    assert code_of(asset(world, "POST", "programs", data=form)) == "709"
    assert code_of(asset(world, "POST", "programs", data=form | {"name": "x", "channel": "none"})) == "709"
    (channel,) = asset(world, "GET", "channel/byName", params={"name": "WEBINAR"})["result"]
    assert asset(world, "GET", "channels")["result"] == [channel]
    steps = [(each["name"], each["step"], each["success"]) for each in channel["progressionStatuses"]]
    assert steps == [
        ("Not in Program", 0, False),
        ("Invited", 10, False),
        ("On List", 20, False),
        ("Attended", 30, True),
    ]
    (folder,) = asset(world, "GET", "folder/byName", params={"name": "group lists"})["result"]
    assert folder["folderId"] == {"id": 3, "type": "Folder"}


def test_members_one_call_at_a_time(world: Server) -> None:
    """§9.8: status, data, queries, deletion; 1037, 1025, 1013, 1004."""
    one, two, three = make(world, "m1@x.com", "m2@x.com", "m3@x.com")
    base = "/rest/v1/programs/1002/members"
    told = sync(
        world, f"{base}/status.json", {"leadId": one}, {"leadId": 0}, {"leadId": two}, statusName="on list"
    )
    assert codes(told) == ["created", "1004", "created"]
    assert [(each["seq"], each.get("leadId")) for each in told] == [(0, one), (1, None), (2, two)]
    assert codes(sync(world, f"{base}/status.json", {"leadId": one}, statusName="On List")) == ["1037"]
    assert codes(sync(world, f"{base}/status.json", {"leadId": one}, statusName="Attended")) == ["updated"]
    older = "/rest/v1/leads/programs/1002/status.json"
    assert codes(sync(world, older, {"id": three}, status="Invited")) == ["created"]
    for body, code in (({"statusName": "Left"}, "1025"), ({}, "1002")):
        assert code_of(post(world, f"{base}/status.json", {"input": [{"leadId": one}], **body})) == code
    none = {"statusName": "Invited", "input": [{"leadId": one}]}
    assert code_of(post(world, "/rest/v1/programs/9/members/status.json", none)) == "1013"
    data = sync(
        world,
        f"{base}.json",
        {"leadId": one, "rank": 3},
        {"leadId": 0, "rank": 1},
        {"leadId": two, "rank": "x"},
    )
    assert codes(data) == ["updated", "1013", "1001"]

    def leads(filter_type: str, values: str, **more: Any) -> list[int]:
        params = {"filterType": filter_type, "filterValues": values, **more}
        return [row["leadId"] for row in world.get(f"{base}.json", params=params)["result"]]

    assert leads("statusName", "attended,Invited") == [one, three]
    assert leads("reachedSuccess", "true") == [one]
    assert leads("rank", "3") == [one]
    (row,) = world.get(f"{base}.json", params={"filterType": "leadId", "filterValues": two})["result"]
    assert set(row) == {"seq", "leadId", "reachedSuccess", "programId", "acquiredBy", "membershipDate"}
    when = {"startAt": "2020-01-01T00:00:00Z", "endAt": "2020-01-08T00:00:00Z"}
    assert leads("updatedAt", "", **when) == []
    assert (
        code_of(world.get(f"{base}.json", params={"filterType": "updatedAt", **when, "endAt": "2020-01-09"}))
        == "1003"
    )
    assert code_of(world.get(f"{base}.json", params={"filterType": "rank2", "filterValues": "1"})) == "1006"
    assert code_of(world.get(f"{base}.json", params={"filterType": "program", "filterValues": "1"})) == "1011"
    (lead, *_) = world.get("/rest/v1/leads/programs/1002.json", params={"fields": "email", "batchSize": 1})[
        "result"
    ]
    assert (lead["email"], lead["membership"]["progressionStatus"]) == ("m1@x.com", "Attended")
    (membership,) = world.get(f"/rest/v1/leads/{one}/programMembership.json")["result"]
    assert membership == membership | {"id": 1002, "reachedSuccess": True, "isExhausted": False}
    gone = sync(world, f"{base}/delete.json", {"leadId": one}, {"leadId": one})
    assert codes(gone) == ["deleted", "1037"]
    (described,) = world.get("/rest/v1/programs/members/describe.json")["result"]
    assert described["name"] == "API Program Membership"
    fields = {field["name"]: field["updateable"] for field in described["fields"]}
    assert (len(fields), fields["webinarQuestion"], fields["statusName"]) == (19, True, False)
    assert world.get("/rest/v1/program/members/describe.json")["result"] == [described]


@pytest.mark.parametrize("base", ["/rest/v1/leads/schema/fields", "/rest/v1/programs/members/schema/fields"])
def test_fields_of_a_schema(world: Server, base: str) -> None:
    """§9.4: listed in pages, created, changed; a created field is imported into at once."""
    told = sync(
        world,
        f"{base}.json",
        {"name": "petName", "displayName": "Pet", "dataType": "string", "description": "of the house"},
        {"name": "PETNAME", "displayName": "Pet", "dataType": "string"},
        {"name": "pet age", "displayName": "Age", "dataType": "integer"},
        {"name": "petKind", "displayName": "Kind", "dataType": "formula"},
        {"name": "petKind", "displayName": "Kind"},
    )
    assert codes(told) == ["created", "1017", "1003", "1001", "1002"]
    (field,) = world.get(f"{base}/PetName.json")["result"]
    assert field == {
        "displayName": "Pet",
        "name": "petName",
        "description": "of the house",
        "dataType": "string",
        "length": 255,
        "isHidden": False,
        "isHtmlEncodingInEmail": True,
        "isSensitive": False,
        "isCustom": True,
        "isApiCreated": True,
    }
    assert codes(sync(world, f"{base}/petName.json", {"displayName": "The pet", "isHidden": True})) == [
        "updated"
    ]
    assert world.get(f"{base}/petName.json")["result"][0]["displayName"] == "The pet"
    assert world.get(f"{base}/nope.json")["errors"][0]["code"] == "1006"
    page = world.get(f"{base}.json", params={"batchSize": 5})
    assert len(page["result"]) == 5
    rest = world.get(f"{base}.json", params={"nextPageToken": page["nextPageToken"]})
    assert rest["result"][-1]["name"] == "petName"
    batch_id = import_members(world, f"email,petName\npet{len(base)}@x.com,Rex\n", "Invited")
    assert world.ledger(batch_id)[0].split(",")[1] == "created"
