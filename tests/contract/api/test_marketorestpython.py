"""The client `marketorestpython` from the package index, unmodified, against a live server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from marketorestpython.client import MarketoClient

from tests.contract.api.world import codes, whole_subscription
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, running, until

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


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


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from running(tmp_path_factory.mktemp("world") / "data", whole_subscription())


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
    assert len(ask("browse_programs", maxReturn=2)) == 3
    assert ask("get_channels")[0]["name"] == "Webinar"
    assert ask("get_channel_by_name", name="Webinar")[0]["applicableProgramType"] == "Default"
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
    for noun, plural, key in (
        ("company", "companies", "externalCompanyId"),
        ("sales_person", "sales_persons", "externalSalesPersonId"),
    ):
        assert codes(ask(f"create_update_{plural}", input=[{key: "k1"}])) == ["created"]
        assert [row[key] for row in ask(f"get_{plural}", filterType=key, filterValues=["k1"])] == ["k1"]
        assert ask(f"describe_{noun}")[0]["dedupeFields"] == [key]
        assert codes(ask(f"delete_{plural}", input=[{key: "k1"}])) == ["deleted"]
