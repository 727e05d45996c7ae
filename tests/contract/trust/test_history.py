"""Who set a value: history, sources and files of changes, with what is known, unknown, and nobody's business."""

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.contract.api.world import (
    credential,
    import_members,
    import_objects,
    post,
    sync,
    whole_subscription,
)
from tests.harness import Server, running, until
from tests.stores import open_stores

LEADS, HISTORY = "/rest/v1/leads.json", "/leadline/v1/leads/{}/history.json"
CREDENTIALS = [
    credential("reader", "Read-Only Lead", "Read-Only Custom Object", "Read-Only Company"),
    credential("writer", "Read-Write Lead"),
    credential("cars", "Read-Write Custom Object"),
    credential("european", "Read-Write Lead", "Read-Only Activity", partitions=["Europe"]),
]


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from running(
        tmp_path_factory.mktemp("history") / "data", whole_subscription(credentials=CREDENTIALS)
    )


def token(server: Server, name: str) -> str:
    return server.token_of(name, f"{name}-secret")


def lead(server: Server, email: str, **values: Any) -> int:
    return int(sync(server, LEADS, {"email": email, **values})[0]["id"])


def history(server: Server, lead_id: int, *fields: str) -> list[dict[str, Any]]:
    found = server.get(HISTORY.format(lead_id))
    return [each for each in found["result"] if not fields or each["field"] in fields]


def sources(server: Server, lead_id: int) -> dict[str, dict[str, Any]]:
    found = server.get(f"/leadline/v1/leads/{lead_id}/provenance.json")["result"]
    return {each["field"]: each for each in found}


def changes(server: Server, batch_id: int, who: str = "", **params: Any) -> list[dict[str, str]]:
    path = f"/leadline/v1/jobs/{batch_id}/changes.csv"
    answer = server.call("GET", path, token(server, who) if who else None, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv;charset=UTF-8"
    assert answer.text.startswith("row,id,key,field,old,new\n")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_imports_and_calls_are_told_with_who_made_them(world: Server) -> None:
    lead_id = lead(world, "told@x.com", firstName="Ann")
    batch_id = world.submit(
        "email,firstName,leadScore\nother@x.com,Bo,1\ntold@x.com,Anne,7\n", token=token(world, "writer")
    )
    world.finish(batch_id)
    newest, score, oldest = history(world, lead_id, "firstName", "leadScore")[:3]
    by_field = {each["field"]: each for each in (newest, score)}
    name = by_field["firstName"]
    assert (name["old"], name["new"], by_field["leadScore"]["old"], by_field["leadScore"]["new"]) == (
        "Ann",
        "Anne",
        None,
        7,
    )
    source = name["source"]
    assert (source["kind"], source["batchId"], source["row"], source["requestId"]) == (
        "import",
        batch_id,
        2,
        None,
    )
    assert (source["fileName"], source["user"], source["credential"]) == (
        "leads.csv",
        "writer@example.com",
        "writer",
    )
    assert (oldest["field"], oldest["old"], oldest["new"], oldest["undone"]) == (
        "firstName",
        None,
        "Ann",
        False,
    )
    assert (oldest["source"]["kind"], oldest["source"]["batchId"], oldest["source"]["row"]) == (
        "call",
        None,
        None,
    )
    assert oldest["source"]["requestId"]
    found = sources(world, lead_id)
    assert (found["firstName"]["value"], found["firstName"]["source"]) == ("Anne", source)
    assert found["email"]["source"]["kind"] == "call"
    assert found["isLead"]["source"]["kind"] == "call", "a default is its creation's"
    assert "city" not in found


def test_values_are_shown_as_queries_show_them(world: Server) -> None:
    world.run_import("email,unsubscribed,annualRevenue,dateOfBirth\nkinds@x.com,yes,10.5,2/1/1990\n")
    world.run_import("email,unsubscribed,annualRevenue\nkinds@x.com,no,11\n")
    (found,) = world.lead("email", "kinds@x.com", "id")
    told = {each["field"]: (each["old"], each["new"]) for each in history(world, found["id"])[:2]}
    assert told == {"unsubscribed": (True, False), "annualRevenue": (10.5, 11.0)}
    assert sources(world, found["id"])["dateOfBirth"]["value"] == "1990-02-01"


def test_a_cleared_value_names_who_cleared_it(world: Server) -> None:
    lead_id = lead(world, "cleared@x.com", city="Rome")
    batch_id = world.submit("email,city\ncleared@x.com,NULL\n")
    world.finish(batch_id)
    found = sources(world, lead_id)["city"]
    assert (found["value"], found["source"]["batchId"], found["source"]["row"]) == (None, batch_id, 1)


def test_lists_programs_and_partitions_are_changes_of_a_person(world: Server) -> None:
    lead_id = lead(world, "member@x.com")
    path = "/rest/v1/lists/1001/leads.json"
    for method in ("POST", "DELETE", "POST"):
        assert world.call(method, path, json={"input": [{"id": lead_id}]}).json()["success"]
    import_members(world, "email,rank\nmember@x.com,1\n", "Invited")
    import_members(world, "email\nmember@x.com\n", "Attended")
    gone = post(world, "/rest/v1/programs/1001/members/delete.json", {"input": [{"leadId": lead_id}]})
    assert gone["success"]
    import_members(world, "email\nmember@x.com\n", "On List")
    post(world, "/rest/v1/leads/partitions.json", {"input": [{"id": lead_id, "partitionName": "Europe"}]})
    found = history(world, lead_id, "list", "programStatus", "rank", "leadPartitionId")
    told = [(each["field"], each["old"], each["new"], each.get("programId")) for each in found]
    ending, begun = told[2:4], told[5:7]
    assert told[:2] == [("leadPartitionId", 1, 2, None), ("programStatus", None, "On List", 1001)]
    assert sorted(ending, key=str) == [("programStatus", "Attended", None, 1001), ("rank", 1, None, 1001)]
    assert told[4] == ("programStatus", "Invited", "Attended", 1001)
    assert sorted(begun, key=str) == [("programStatus", None, "Invited", 1001), ("rank", None, 1, 1001)]
    lists = [("list", None, 1001, None), ("list", 1001, None, None), ("list", None, 1001, None)]
    assert told[7:] == [*lists, ("leadPartitionId", None, 1, None)]


def test_a_membership_that_undos_took_and_gave_back_keeps_its_history(world: Server) -> None:
    """It is since when it was, which is not the instant of the change set that put it back."""
    lead_id = lead(world, "back@x.com", city="A")
    batch_id = world.submit("email,city\nback@x.com,B\n", listId=1002)
    world.finish(batch_id)
    with closing(open_stores(world.data)) as stores, stores.subscription("123-ABC-456").write() as session:
        sql = "UPDATE {schema}.list_member SET added_at = added_at - 9 WHERE lead_id = :id"
        session.run_built(sql, {"id": lead_id})
    first = taken_back(world, batch_id)
    undos = [first, taken_back(world, first)]
    told = [
        (each["source"]["batchId"], each["new"], each["undone"]) for each in history(world, lead_id, "list")
    ]
    assert told == [(undos[1], 1002, False), (undos[0], None, True), (batch_id, 1002, False)]
    assert {each["source"]["row"] for each in history(world, lead_id, "list")} == {1}
    assert world.call("DELETE", "/rest/v1/lists/1002/leads.json", json={"input": [{"id": lead_id}]}).json()[
        "success"
    ]
    assert [each["new"] for each in history(world, lead_id, "list")] == [None, 1002, None, 1002]
    assert sources(world, lead_id)["city"]["source"]["batchId"] == batch_id
    assert sources(world, lead_id)["city"]["restoredBy"]["batchId"] == undos[1]


def taken_back(server: Server, batch_id: int) -> int:
    """Undo a job to its end; return the undo."""
    answer = server.call("POST", f"/leadline/v1/jobs/{batch_id}/undo.json").json()
    undo_id = int(answer["result"][0]["batchId"])
    until(lambda: server.get(f"/leadline/v1/jobs/{undo_id}.json")["result"][0]["status"] == "Complete")
    return undo_id


def test_records_of_every_object_have_a_history(world: Server) -> None:
    import_objects(world, "car_c", "vin,color\nhist1,red\n")
    batch_id = import_objects(world, "car_c", "vin,color\nhist1,blue\n")["batchId"]
    (car,) = world.get("/rest/v1/customobjects/car_c.json?filterType=vin&filterValues=hist1")["result"]
    base = f"/leadline/v1/customobjects/car_c/{car['marketoGUID']}"
    newest, *_ = world.get(f"{base}/history.json")["result"]
    assert (newest["field"], newest["old"], newest["new"], newest["source"]["batchId"]) == (
        "color",
        "red",
        "blue",
        batch_id,
    )
    found = {each["field"]: each for each in world.get(f"{base}/provenance.json")["result"]}
    assert found["color"]["source"]["batchId"] == batch_id != found["vin"]["source"]["batchId"]
    company = sync(world, "/rest/v1/companies.json", {"externalCompanyId": "hist", "company": "Old"})[0]["id"]
    sync(world, "/rest/v1/companies.json", {"externalCompanyId": "hist", "company": "New"})
    newest, *_ = world.get(f"/leadline/v1/companies/{company}/history.json")["result"]
    assert (newest["field"], newest["old"], newest["new"], newest["source"]["kind"]) == (
        "company",
        "Old",
        "New",
        "call",
    )
    for path in ("customobjects/car_c/none", "customobjects/none_c/1", "companies/999"):
        for name in ("history", "provenance"):
            assert world.get(f"/leadline/v1/{path}/{name}.json")["errors"][0]["code"] == "1013"


def test_what_set_up_made_is_set_ups(world: Server) -> None:
    (company,) = world.get("/rest/v1/companies.json?filterType=externalCompanyId&filterValues=acme")["result"]
    entries = world.get(f"/leadline/v1/companies/{company['id']}/history.json")["result"]
    assert {each["source"]["kind"] for each in entries} == {"setup"}


def test_pages_of_a_history_go_on_where_the_page_before_ended(world: Server) -> None:
    lead_id = lead(world, "pages@x.com", city="0")
    for number in range(1, 7):
        sync(world, LEADS, {"email": "pages@x.com", "city": str(number), "firstName": f"n{number}"})
    whole = history(world, lead_id)
    seen, page = [], None
    while page is None or page.get("nextPageToken"):
        params = {"batchSize": 3} | ({"nextPageToken": page["nextPageToken"]} if page else {})
        page = world.get(HISTORY.format(lead_id), params=params)
        assert page["moreResult"] == ("nextPageToken" in page)
        seen += page["result"]
        if len(seen) == 3:  # what is written meanwhile stands before all that was read
            sync(world, LEADS, {"email": "pages@x.com", "city": "later"})
    assert seen == whole
    wrong = world.get(HISTORY.format(lead_id), params={"nextPageToken": "ABC"})
    assert wrong["errors"][0]["code"] == "1003"


def test_a_file_of_changes_has_each_cell_that_a_job_changed(world: Server) -> None:
    lead_id = lead(world, "file@x.com", firstName="Old", city="Rome")
    batch_id = world.submit(
        'email,firstName,city,leadScore\nfile@x.com,"New ""1"", 2",Rome,5\nfresh@x.com,Fay,NULL,\n',
        listId=1002,
    )
    world.finish(batch_id)
    (fresh,) = world.lead("email", "fresh@x.com", "id")
    first, second = str(lead_id), str(fresh["id"])
    wanted = [
        ("1", first, "file@x.com", "firstName", "Old", 'New "1", 2'),
        ("1", first, "file@x.com", "leadScore", "", "5"),
        ("1", first, "file@x.com", "list", "", "1002"),
        ("2", second, "fresh@x.com", "email", "", "fresh@x.com"),
        ("2", second, "fresh@x.com", "firstName", "", "Fay"),
        ("2", second, "fresh@x.com", "list", "", "1002"),
    ]
    named = {"email", "firstName", "city", "leadScore", "list"}

    def told(**params: Any) -> list[tuple[str, ...]]:
        return sorted(
            tuple(each.values()) for each in changes(world, batch_id, **params) if each["field"] in named
        )

    assert told() == wanted
    assert told(field="list,LEADSCORE") == [each for each in wanted if each[3] in ("list", "leadScore")]
    sync(
        world, LEADS, {"email": "fresh@x.com", "firstName": "Later"}, {"email": "file@x.com", "leadScore": 9}
    )
    assert told() == wanted, "what was changed since is not this job's"
    refused = world.get(f"/leadline/v1/jobs/{batch_id}/changes.csv", params={"field": "nonsense"})
    assert refused["errors"][0]["code"] == "1006"


def test_a_job_that_changed_nothing_has_a_file_with_a_header_alone(world: Server) -> None:
    lead(world, "same@x.com", city="Rome")
    batch_id = world.submit("email,city\nsame@x.com,Rome\n")
    world.finish(batch_id)
    assert changes(world, batch_id) == []
    assert world.call("GET", "/leadline/v1/jobs/9999/changes.csv").status_code == 404


def test_who_may_read_what(world: Server) -> None:
    """A permission to read for single records, the job's own for its file; closed partitions do not exist."""
    here, there = lead(world, "here@x.com"), lead(world, "there@x.com")
    post(world, "/rest/v1/leads/partitions.json", {"input": [{"id": there, "partitionName": "Europe"}]})
    batch_id = world.submit("email,city\nhere@x.com,A\nthere@x.com,B\n")
    world.finish(batch_id)
    car = import_objects(world, "car_c", "vin\nmay1\n")["batchId"]
    (record,) = world.get("/rest/v1/customobjects/car_c.json?filterType=vin&filterValues=may1")["result"]

    def code(path: str, who: str) -> str:
        answer = world.call("GET", f"/leadline/v1/{path}", token(world, who))
        if "json" not in answer.headers["content-type"]:
            return str(answer.status_code)
        return "ok" if answer.json()["success"] else answer.json()["errors"][0]["code"]

    for name in ("history", "provenance"):
        path, of_car = f"leads/{here}/{name}.json", f"customobjects/car_c/{record['marketoGUID']}/{name}.json"
        assert [code(path, who) for who in ("reader", "writer", "european", "cars")] == [
            "ok",
            "ok",
            "1004",
            "603",
        ]
        assert [code(of_car, who) for who in ("reader", "writer", "cars")] == ["ok", "603", "ok"]
        assert code(f"leads/{there}/{name}.json", "european") == "ok"
    assert [code(f"jobs/{batch_id}/changes.csv", who) for who in ("reader", "writer", "cars")] == [
        "603",
        "200",
        "603",
    ]
    assert [code(f"jobs/{car}/changes.csv", who) for who in ("writer", "cars")] == ["603", "200"]
    assert [tuple(each.values()) for each in changes(world, batch_id, "european")] == [
        ("1", "", "", "city", "", ""),
        ("2", str(there), "there@x.com", "city", "", "B"),
    ]


def test_a_deleted_lead_leaves_nothing_in_files_of_changes(world: Server) -> None:
    batch_id = world.submit("email,city\nvanish@x.com,A\nremain@x.com,B\n")
    world.finish(batch_id)
    (gone,) = world.lead("email", "vanish@x.com", "id")
    assert {each["row"] for each in changes(world, batch_id, field="city")} == {"1", "2"}
    sync(world, "/rest/v1/leads/delete.json", {"id": gone["id"]})
    assert {each["row"] for each in changes(world, batch_id)} == {"2"}
    assert world.get(HISTORY.format(gone["id"]))["errors"][0]["code"] == "1004"


def test_behind_a_gap_nothing_is_told(world: Server) -> None:
    """A writer that does not know the log changes a record: its chain ends, for the next set as well."""
    lead_id = lead(world, "gap@x.com", city="A", firstName="Gail")
    with closing(open_stores(world.data)) as stores, stores.subscription("123-ABC-456").write() as session:
        sql = "UPDATE {schema}.lead_often SET f_city = 'B', updated_at = updated_at + 1 WHERE id = :id"
        session.run_built(sql, {"id": lead_id})
    assert history(world, lead_id) == []
    found = sources(world, lead_id)["city"]
    assert (found["value"], found["source"], found["at"]) == ("B", None, None)
    assert found["before"]
    sync(world, LEADS, {"email": "gap@x.com", "firstName": "Gil"})
    assert [(each["field"], each["old"], each["new"]) for each in history(world, lead_id)] == [
        ("firstName", "Gail", "Gil")
    ]
    found = sources(world, lead_id)
    assert (found["city"]["source"], found["firstName"]["source"]["kind"]) == (None, "call")


def test_without_days_there_is_no_history(store: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("off") / "data"
    settings = {"LEADLINE_LIMITS__HISTORY_DAYS": "0"}
    for server in running(data, whole_subscription(), env=settings):
        lead_id = lead(server, "off@x.com")
        since = server.get("/rest/v1/activities/pagingtoken.json?sinceDatetime=2026-01-01T00:00:00Z")[
            "nextPageToken"
        ]
        for path in (
            HISTORY.format(lead_id),
            f"/leadline/v1/leads/{lead_id}/provenance.json",
            f"/rest/v1/activities/leadchanges.json?fields=city&nextPageToken={since}",
            f"/rest/v1/activities/deletedleads.json?nextPageToken={since}",
        ):
            (error,) = server.get(path)["errors"]
            wanted = ("1003", "This server keeps no changes (LIMITS__HISTORY_DAYS is 0)")
            assert (error["code"], error["message"]) == wanted
        batch_id = server.submit("email,city\noff@x.com,A\n")
        server.finish(batch_id)
        assert server.call("GET", f"/leadline/v1/jobs/{batch_id}/changes.csv").status_code == 404


def test_a_list_that_is_joined_again_tells_of_its_own_members(world: Server) -> None:
    """Several leave it in one set: each finds his own leaving there."""
    ids = [lead(world, f"again{number}@x.com") for number in range(3)]
    batch_id = world.submit("email\nagain0@x.com\nagain1@x.com\nagain2@x.com\n", listId=1002)
    world.finish(batch_id)
    undo = taken_back(world, batch_id)
    sync(world, "/rest/v1/lists/1002/leads.json", {"id": ids[2]})
    told = [(each["source"]["batchId"], each["source"]["row"]) for each in history(world, ids[2], "list")]
    assert told == [(None, None), (undo, 3), (batch_id, 3)]


def test_what_a_membership_was_given_is_told_when_it_has_ended_and_come_back(world: Server) -> None:
    lead(world, "former@x.com")
    (own,) = world.lead("email", "former@x.com", "id")
    batch_id = import_members(world, "email,rank\nformer@x.com,4\n", "Invited")
    wanted = [
        ("1", str(own["id"]), "former@x.com", field, "", new)
        for field, new in (("programStatus", "Invited"), ("rank", "4"))
    ]

    def told() -> list[tuple[str, ...]]:
        return sorted(tuple(each.values()) for each in changes(world, batch_id, field="programStatus,rank"))

    assert told() == wanted
    import_members(world, "email,rank\nformer@x.com,5\n", "Attended")
    post(world, "/rest/v1/programs/1001/members/delete.json", {"input": [{"leadId": own["id"]}]})
    assert told() == wanted
    import_members(world, "email,rank\nformer@x.com,6\n", "On List")
    assert told() == wanted
