"""The client `marketorestpython` from the package index, unmodified, against a live server."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from marketorestpython.client import MarketoClient

from leadline.api.app import ENDPOINTS
from tests.contract.api.world import codes
from tests.forms import only_long
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, until

pytestmark = [
    only_long("postgres", "given"),
    pytest.mark.processes,  # one client of others against the program as it is started
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


def client_of(server: Server) -> MarketoClient:
    client = MarketoClient("123-ABC-456", CLIENT_ID, CLIENT_SECRET, requests_timeout=20)
    client.host = server.address
    return client


def test_an_import_from_end_to_end(server: Server, tmp_path: Path) -> None:
    """Create, status, failures, warnings, then the people and the list."""
    client = client_of(server)
    file = tmp_path / "leads.csv"
    file.write_text("firstName,email,leadScore\nAnn,mrp1@example.com,5\nBob,mrp2@example.com,x\nCid,mrp3,7\n")
    (created,) = client.execute(
        method="import_lead", format="csv", file=str(file), lookupField="email", listId=1002
    )
    batch_id = created["batchId"]
    assert created["status"] == "Queued"

    def finished() -> Any:
        (status,) = client.execute(method="get_import_lead_status", id=batch_id)
        return status if status["status"] == "Complete" else None

    status = until(finished)
    assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"], status["numOfRowsWithWarning"]) == (
        2,
        1,
        1,
    )
    assert "Invalid data type in field Lead Score" in client.execute(
        method="get_import_failure_file", id=batch_id
    )
    assert "Invalid email address" in client.execute(method="get_import_warning_file", id=batch_id)
    (lead,) = client.execute(
        method="get_multiple_leads_by_filter_type",
        filterType="email",
        filterValues=["mrp1@example.com"],
        fields=["leadScore"],
    )
    assert lead["leadScore"] == 5
    (same,) = client.execute(method="get_lead_by_id", id=lead["id"])
    assert same["email"] == "mrp1@example.com"
    members = client.execute(method="get_multiple_leads_by_list_id", listId="1002", fields=["email"])
    assert {"mrp1@example.com", "mrp3"} <= {member["email"] for member in members}
    (answer,) = client.execute(method="member_of_list", listId=1002, id=[lead["id"]])
    assert answer["status"] == "memberof"


def test_descriptions(server: Server) -> None:
    """Describe and partitions."""
    client = client_of(server)
    assert any(field["rest"]["name"] == "email" for field in client.execute(method="describe"))
    assert client.execute(method="get_lead_partitions")[0]["name"] == "Default"


def test_leads_lists_and_programs(world: Server) -> None:
    """§9.3-9.8: what the client calls around an import."""
    client = client_of(world)

    def ask(method: str, **values: Any) -> Any:
        return client.execute(method=method, **values)

    made = ask(
        "create_update_leads", leads=[{"email": "w1@x.com"}, {"email": "w2@x.com"}], lookupField="email"
    )
    one, two = (each["id"] for each in made)
    assert codes(ask("update_leads_partition", input=[{"id": one, "partitionName": "Europe"}])) == ["updated"]
    (made_list,) = ask("create_list", name="Made", folderId=3, folderType="Folder", description="by a client")
    assert codes(ask("add_leads_to_list", listId=made_list["id"], id=[one, two])) == ["added", "added"]
    assert codes(ask("remove_leads_from_list", listId=made_list["id"], id=[one])) == ["removed"]
    assert ask("get_multiple_lists", name="Made")[0]["id"] == made_list["id"]
    assert ask("update_list", id=made_list["id"], name="Remade")[0]["name"] == "Remade"
    assert ask("get_list_by_name", name="Remade")[0]["id"] == made_list["id"]
    assert {each["name"] for each in ask("browse_lists")} >= {"Remade", "Newsletter"}
    assert ask("delete_list", id=made_list["id"]) == [{"id": made_list["id"]}]
    program = {"folderId": 1, "folderType": "Folder", "name": "Own", "type": "Default", "channel": "Webinar"}
    (own,) = ask("create_program", **program)
    assert ask("get_program_by_id", id=own["id"])[0]["name"] == "Own"
    assert ask("get_program_by_name", name="Own")[0]["id"] == own["id"]
    (own,) = ask("update_program", id=own["id"], tags={"Presenter": "Dennis"})
    assert own["tags"] == [{"tagType": "Presenter", "tagValue": "Dennis"}]
    assert len(ask("browse_programs", maxReturn=2)) == 3
    assert ask("get_channels")[0]["name"] == "Webinar"
    assert ask("get_channel_by_name", name="Webinar")[0]["applicableProgramType"] == "program"
    assert ask("get_folder_by_name", name="Group Lists")[0]["folderId"]["id"] == 3
    changed = ask("change_lead_program_status", id=own["id"], leadIds=[one, two], status="Attended")
    assert codes(changed) == ["created", "created"]
    data = [{"leadId": one, "webinarQuestion": "why"}]
    assert codes(ask("sync_program_member_data", id=own["id"], input=data)) == ["updated"]
    found = ask("get_multiple_leads_by_program_id", programId=str(own["id"]), fields="email", batchSize=1)
    assert [lead["membership"]["progressionStatus"] for lead in found] == ["Attended", "Attended"]
    assert ask("describe_program_member")[0]["name"] == "API Program Membership"
    assert ask("get_paging_token", sinceDatetime="2026-01-01T00:00:00Z")
    assert codes(ask("delete_lead", id=[one, two])) == ["deleted", "deleted"]
    assert ask("get_daily_usage")[0]["total"] > 0


def test_custom_objects_and_companies(world: Server) -> None:
    """§9.9, §9.10: a type from its draft on, its records, a company, a sales person."""
    client = client_of(world)

    def ask(method: str, **values: Any) -> Any:
        return client.execute(method=method, **values)

    ask("create_update_custom_object_type", apiName="pet_c", displayName="Pet")
    fields = [{"name": "tag", "displayName": "Tag", "dataType": "string", "isDedupeField": True}]
    ask("add_field_custom_object_type", apiName="pet_c", fields=fields)
    ask("approve_custom_object_type", apiName="pet_c")
    assert ask("describe_custom_object_type", apiName="pet_c")[0]["state"] == "approved"
    assert "pet_c" in [each["name"] for each in ask("get_list_of_custom_objects")]
    assert ask("describe_custom_object", name="pet_c")[0]["dedupeFields"] == ["tag"]
    made = ask("create_update_custom_objects", name="pet_c", input=[{"tag": "t1"}, {"tag": "t2"}])
    assert codes(made) == ["created", "created"]
    query = {"name": "pet_c", "filterType": "tag", "input": [{"tag": "T1"}, {"tag": "t2"}]}
    found = ask("get_custom_objects", **query, fields=["tag"], batchSize=1)
    assert [row["tag"] for row in found] == ["t1", "t2"]
    assert codes(ask("delete_custom_objects", name="pet_c", input=[{"tag": "t1"}])) == ["deleted"]
    ask("delete_custom_object_type", apiName="pet_c")
    for describe, change, read, delete, key in (
        *(
            (
                "describe_company",
                "create_update_companies",
                "get_companies",
                "delete_companies",
                "externalCompanyId",
            ),
        ),
        (
            *(
                "describe_sales_person",
                "create_update_sales_persons",
                "get_sales_persons",
                "delete_sales_persons",
            ),
            "externalSalesPersonId",
        ),
    ):
        assert codes(ask(change, input=[{key: "k1"}])) == ["created"]
        assert [row[key] for row in ask(read, filterType=key, filterValues=["k1"], batchSize=1)] == ["k1"]
        assert ask(describe)[0]["dedupeFields"] == [key]
        assert codes(ask(delete, input=[{key: "k1"}])) == ["deleted"]


def test_what_comes_in_pages(world: Server) -> None:
    """§9.2, §9.6: the client stops where the token or the result is missing, of every kind of page."""
    client = client_of(world)

    def ask(method: str, **values: Any) -> Any:
        return client.execute(method=method, **values)

    def pages(method: str, **values: Any) -> list[list[Any]]:
        return list(ask(method, **values))

    emails = [f"page{number}@x.com" for number in range(4)]
    made = ask("create_update_leads", leads=[{"email": each} for each in emails], action="createOnly")
    ids = [each["id"] for each in made]
    found = ask(
        "get_multiple_leads_by_filter_type",
        filterType="email",
        filterValues=emails,
        fields=["email"],
        batchSize=3,
    )
    assert [lead["email"] for lead in found] == emails
    ask("add_leads_to_list", listId=1001, id=ids)
    of_list = pages("get_multiple_leads_by_list_id_yield", listId=1001, fields="email", batchSize=2)
    assert [len(page) for page in of_list] == [2, 2]
    ask("change_lead_program_status", id=1002, leadIds=ids, status="Invited")
    of_program = pages("get_multiple_leads_by_program_id_yield", programId=1002, fields="email", batchSize=3)
    assert [[lead["id"] for lead in page] for page in of_program] == [ids[:3], ids[3:]]
    names = {each["name"] for page in pages("browse_lists_yield", maxReturn=1) for each in page}
    assert names == {"Newsletter", "Webinar"}
    assert ask("browse_lists", folderId=3, folderType="Folder", latestUpdatedAt="2001-01-01T00:00:00Z") == []
    programs = [each["id"] for page in pages("get_programs_yield", maxReturn=1) for each in page]
    assert programs == [each["id"] for each in ask("browse_programs", maxReturn=1)]
    assert programs[:2] == [1001, 1002]
    assert pages("get_programs_yield", filterType="id", filterValues="1002")[0][0]["id"] == 1002
    assert [each["id"] for each in ask("get_multiple_lists", id=[1001, 1002], batchSize=1)] == [1001, 1002]
    since = "2020-01-01T00:00:00Z"
    ask(
        "create_update_leads", leads=[{"id": ids[0], "title": "Chief"}], action="updateOnly", lookupField="id"
    )
    changes = ask("get_lead_changes", fields=["title"], sinceDatetime=since)
    assert "Chief" in [field["newValue"] for each in changes for field in each["fields"]]
    assert [
        each
        for page in pages("get_lead_changes_yield", fields=["title"], sinceDatetime=since)
        for each in page
    ] == changes
    assert codes(ask("delete_lead", id=ids)) == ["deleted"] * 4
    assert {each["leadId"] for each in ask("get_deleted_leads", sinceDatetime=since)} >= set(ids)


def test_statistics_types_and_one_list(world: Server) -> None:
    """§9.4, §9.6, §9.9, §9.11: what the other walks leave out; an error is an exception with the code."""
    client = client_of(world)

    def ask(method: str, **values: Any) -> Any:
        return client.execute(method=method, **values)

    assert ask("describe2")[0]["name"] == "API Lead"
    assert ask("get_list_by_id", id=1001)[0]["name"] == "Newsletter"
    with pytest.raises(Exception, match="702"):
        ask("get_list_by_id", id=77)
    assert ask("get_daily_errors")[0]["errors"][0]["errorCode"] == "702"
    assert ask("get_last_7_days_errors")[0]["total"] >= 1
    assert ask("get_last_7_days_usage")[0]["users"][0]["userId"] == "tests@example.com"
    ask("create_update_custom_object_type", apiName="toy_c", displayName="Toy", pluralName="Toys")
    assert "toy_c" in [each["apiName"] for each in ask("get_list_of_custom_object_types")]
    ask("discard_custom_object_type", apiName="toy_c")
    assert "toy_c" not in [each["apiName"] for each in ask("get_list_of_custom_object_types")]


def calls_of(method: Any) -> set[tuple[str, str]]:
    """Return verb and path of the calls in a method of the client, read from its source."""
    source = inspect.getsource(method)
    is_read = "'_method': 'GET'" in source
    found = re.findall(r"_api_call\(\s*'(\w+)',\s*self\.host\s*\+\s*(.+?\.json\")", source, re.DOTALL)
    calls = set()
    for verb, address in found:
        pieces = enumerate(address.split('"'))  # texts stand at the odd places, values between them
        path = "".join(text if place % 2 else "*" * bool(text.strip(" +\n")) for place, text in pieces)
        calls.add(("GET" if is_read else verb.upper(), path.replace("{}", "*")))
    return calls


def test_every_method_with_an_endpoint_is_driven() -> None:
    """Each method of the client whose call is served here stands in a test of this file."""
    text = Path(__file__).read_text("utf-8")
    served = {(each.method, re.sub(r"\{\w+\}", "*", each.path)) for each in ENDPOINTS}
    methods = inspect.getmembers(MarketoClient, inspect.isfunction)
    ours = [name for name, method in methods if calls_of(method) & served]
    assert len(ours) > 60
    assert [name for name in ours if f'"{name}"' not in text] == []
