"""The client `marketorestpython` from the package index, unmodified, against a live server."""

from pathlib import Path
from typing import Any

import pytest
from marketorestpython.client import MarketoClient

from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, until

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
