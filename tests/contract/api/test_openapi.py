"""The OpenAPI document is true: what each endpoint answers is what its schema says."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from leadline.api.app import ENDPOINTS
from leadline.api.endpoint import CSV_FILE
from leadline.lead_database.paging import instant_token
from tests.contract.answers import complaints
from tests.contract.api.world import bulk, import_members, import_objects, sync, whole_subscription
from tests.forms import only_long
from tests.harness import Server, running

pytestmark = only_long("postgres", "given")

READ = [each for each in ENDPOINTS if each.method == "GET" and not each.path.startswith("/identity/")]
QUERIES = {
    "/rest/v1/leads.json": "filterType=id&filterValues=1",
    "/rest/v1/lists/{listId}/leads/ismember.json": "id=1",
    "/rest/v1/programs/{programId}/members.json": "filterType=leadId&filterValues=1",
    "/rest/v1/customobjects/{apiName}.json": "filterType=vin&filterValues=v1",
    "/rest/v1/companies.json": "filterType=id&filterValues=1",
    "/rest/v1/salespersons.json": "filterType=id&filterValues=1",
    "/rest/v1/activities/pagingtoken.json": "sinceDatetime=2026-01-01T00:00:00Z",
    "/rest/v1/activities/leadchanges.json": "fields=email&nextPageToken={since}",
    "/rest/v1/activities/deletedleads.json": "nextPageToken={since}",
    "/rest/asset/v1/folder/byName.json": "name=Group Lists",
    "/rest/asset/v1/program/byName.json": "name=Spring Webinar",
    "/rest/asset/v1/channel/byName.json": "name=Webinar",
    "/rest/asset/v1/staticList/byName.json": "name=Newsletter",
    "/asset/v1/program/byName.json": "name=Spring Webinar",
    "/asset/v1/channel/byName.json": "name=Webinar",
    "/asset/v1/staticList/byName.json": "name=Newsletter",
    "/asset/v1/folder/byName.json": "name=Group Lists",
}


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    for server in running(tmp_path_factory.mktemp("openapi") / "data", whole_subscription()):
        server.run_import("email\na@x.com\nNULL\n", listId=1001)
        import_members(server, "email\na@x.com\n", "Invited")
        import_objects(server, "car_c", "vin\nv1\n")
        sync(
            server,
            "/rest/v1/leads/schema/fields.json",
            {"name": "pet", "displayName": "P", "dataType": "string"},
        )
        (gone,) = sync(server, "/rest/v1/leads.json", {"email": "gone@x.com"})
        sync(server, "/rest/v1/leads/delete.json", {"id": gone["id"]})
        yield server


def guid_of_car(server: Server) -> str:
    (car,) = server.get("/rest/v1/customobjects/car_c.json?filterType=vin&filterValues=v1")["result"]
    return str(car["marketoGUID"])


def preview(server: Server) -> str:
    """Return a preview that is ready."""
    made = bulk(server, "/leadline/v1/previews/leads.json", "email\nb@x.com\n")["result"][0]["previewId"]
    assert server.get(f"/leadline/v1/previews/{made}.json?wait=30")["result"][0]["status"] == "Ready"
    return str(made)


@pytest.mark.parametrize("endpoint", READ, ids=[each.path for each in READ])
def test_answers_are_what_their_schema_says(world: Server, endpoint: Any) -> None:
    """§0.2: a success with at least one item, and an error, both within the schema."""
    server = world
    batch_id = 1003 if "customobjects" in endpoint.path else 1002 if "/program/" in endpoint.path else 1001
    field = {"programs": "leadId", "companies": "industry"}.get(endpoint.path.split("/")[3], "pet")
    values: dict[str, Any] = {
        "batchId": batch_id,
        "leadId": 1,
        "listId": 1001,
        "programId": 1001,
        "apiName": "car_c",
    }
    if "previewId" in endpoint.path:
        values["previewId"] = preview(server)
    if "recordId" in endpoint.path:
        values["recordId"] = guid_of_car(server) if "apiName" in endpoint.path else 1
    path = re.sub(
        r"\{(\w+)\}", lambda match: str((values | {"fieldApiName": field})[match.group(1)]), endpoint.path
    )
    query = QUERIES.get(endpoint.path, "").format(since=instant_token(0))
    answer = server.call("GET", f"{path}?{query}")
    if "json" not in answer.headers["content-type"]:
        assert endpoint.result == CSV_FILE
        return
    body = answer.json()
    assert body["success"], body
    known_empty = "dependentAssets" in path or "stats/errors" in path or endpoint.result is None
    assert known_empty or body["result"], "an answer without an item shows nothing"
    assert complaints(endpoint, answer.status_code, body) == []
    refused = server.call("GET", path, token="nonsense")
    assert complaints(endpoint, refused.status_code, refused.json()) == []
