"""§13: every documented code is reached by a test, with its message to the letter and at its level."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.contract.api.world import codes, credential, post, sync, whole_subscription
from tests.docs.pages import NEVER_SENT, documented_codes, entries
from tests.forms import repeats
from tests.harness import Server, running
from tests.stores import open_stores

pytestmark = repeats("postgres", "given")

TESTS = Path(__file__).parents[2]
LEADS, LISTS, CARS = "/rest/v1/leads.json", "/rest/v1/lists/1001/leads.json", "/rest/v1/customobjects/car_c"
MEMBERS, ASSETS = "/rest/v1/programs/1001/members", "/rest/asset/v1"
BULK = "/bulk/v1/leads.json"
FILE = {"file": ("f.csv", "email\na@x.com\n")}

ELSEWHERE = {
    "602": "contract/api/test_identity.py",
    "604": "edge/test_timed_out.py",
    "606": "contract/api/test_limits.py",
    "607": "contract/api/test_limits.py",
    "608": "nodes/test_commit_lost.py",
    "615": "contract/api/test_limits.py",
    "703": "nodes/test_rights.py",
    "713": "nodes/test_weather.py",
}
"""What needs a server of its own: the file whose tests reach it."""


@dataclass(frozen=True)
class Reach:
    """A call that is answered with a code: for the whole call, or for the first record it names."""

    code: str
    message: str
    method: str
    path: str
    options: dict[str, Any] = field(default_factory=dict)
    record: bool = False
    http_status: int = 200
    token: str | None = None


def whole(code: str, message: str, method: str, path: str, http_status: int = 200, **options: Any) -> Reach:
    """Return a call that is refused whole; `who` names another credential."""
    who = options.pop("who", None)
    return Reach(code, message, method, path, options, http_status=http_status, token=who)


def record(code: str, message: str, path: str, item: dict[str, Any], **beside: Any) -> Reach:
    """Return a call whose one record is refused."""
    who = beside.pop("who", None)
    body = {"json": {"input": [item], **beside}}
    return Reach(code, message, "POST", path, body, record=True, token=who)


def a_list(**values: str) -> dict[str, Any]:
    """Return the form of a new list."""
    return {"data": {"name": "A list", "folder": "3", **values}}


BIG = {"content": b"{" + b" " * 2**20, "headers": {"Content-Type": "application/json"}}
BROKEN = {"content": b"nothing", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}
MISSING = "Missing value for the required parameter"
REACHES = (
    whole("413", "Request Entity Too Large: a body has at most 1048576 bytes", "POST", LEADS, 413, **BIG),
    whole("414", "Request-URI Too Long", "GET", f"{LEADS}?filterValues={'x' * 8192}", 414),
    whole("600", "Access token not specified", "GET", LEADS, who=""),
    whole("601", "Access token invalid", "GET", LEADS, who="nonsense"),
    whole("603", "Access denied", "POST", LEADS, who="reader"),
    whole("605", "Request method 'PUT' not supported", "PUT", LEADS),
    whole("605", "Request method 'POST' not supported", "POST", "/health/live"),
    whole("609", "Invalid JSON", "POST", LEADS, content=b"{", headers={"Content-Type": "application/json"}),
    whole("610", "Requested resource not found", "GET", "/rest/v1/nothing.json"),
    whole(
        "612", "Invalid Content Type", "POST", LEADS, content=b"{}", headers={"Content-Type": "text/plain"}
    ),
    whole("613", "Invalid Multipart Request", "POST", BULK, **BROKEN),
    whole("701", "name cannot be blank", "POST", f"{ASSETS}/staticLists.json", **a_list(name=" ")),
    whole("702", "No data found for a given search scenario", "GET", f"{ASSETS}/program/9.json"),
    whole("702", "Static List not found or it has been deleted", "GET", f"{ASSETS}/staticList/9.json"),
    whole("704", "Invalid date format", "GET", f"{ASSETS}/staticLists.json?earliestUpdatedAt=soon"),
    whole(
        "709", "Business Rule Violation", "POST", f"{ASSETS}/staticLists.json", **a_list(name="newsletter")
    ),
    whole("710", "Parent Folder Not Found", "POST", f"{ASSETS}/staticLists.json", **a_list(folder="9")),
    whole(
        *("711", "Incompatible Folder Type", "POST", f"{ASSETS}/staticLists.json"),
        **a_list(folder='{"id":3,"type":"Shop"}'),
    ),
    whole(
        *("718", "ExternalSalesPersonID not found", "POST", LEADS),
        json={"input": [{"email": "b@x.com", "externalSalesPersonId": "no"}]},
    ),
    whole("1001", "Invalid value 'x'. Required of type 'Integer'", "GET", "/rest/v1/lead/x.json"),
    record(
        *("1001", "Invalid value 'x'. Required of type 'integer'", LEADS),
        {"email": "b@x.com", "leadScore": "x"},
    ),
    whole("1002", f"{MISSING} 'filterType'", "GET", LEADS),
    whole("1002", f"{MISSING} 'input'", "POST", LEADS, json={}),
    whole("1003", "Invalid data", "POST", LEADS, json=[]),
    whole("1003", "Empty file", "POST", BULK, files={"file": ("f.csv", "")}),
    record("1003", "Value for lookup field 'email' not found", LEADS, {"firstName": "b"}),
    whole("1004", "Lead '999' not found", "GET", "/rest/v1/lead/999.json"),
    record("1004", "Lead not found", "/rest/v1/leads/delete.json", {"id": 999}),
    record("1004", "Lead not found", LEADS, {"email": "none@x.com"}, action="updateOnly"),
    record("1005", "Lead already exists", LEADS, {"email": "a@x.com"}, action="createOnly"),
    whole("1006", "Field 'nix' not found", "GET", "/rest/v1/lead/1.json?fields=nix"),
    whole(
        *("1006", "Lookup field 'nix' not found", "POST", LEADS),
        json={"lookupField": "nix", "input": [{"nix": "1"}]},
    ),
    record("1006", "Field 'nix' not found", LEADS, {"email": "a@x.com", "nix": 1}),
    record("1007", "Multiple leads match the lookup criteria", LEADS, {"email": "twin@x.com"}),
    whole(
        *("1008", "Access denied to partition 'Mars'", "POST", LEADS),
        json={"partitionName": "Mars", "input": [{"email": "b@x.com"}]},
    ),
    record("1008", "Access denied to partition 'Default'", LEADS, {"email": "a@x.com"}, who="europe"),
    whole(
        *("1009", "Partition name must be specified", "POST", LEADS),
        json={"input": [{"email": "b@x.com"}]},
        who="abroad",
    ),
    record("1010", "Partition update not allowed", LEADS, {"email": "a@x.com"}, partitionName="Europe"),
    whole("1011", "Field 'firstName' not supported", "GET", f"{LEADS}?filterType=firstName&filterValues=A"),
    whole("1012", "Invalid cookie value 'x'", "GET", f"{LEADS}?filterType=cookies&filterValues=x"),
    whole("1013", "Object not found", "GET", "/rest/v1/lists/9.json"),
    whole("1013", "Program not found", "GET", "/rest/v1/leads/programs/9.json"),
    record("1013", "Object not found", f"{CARS}/delete.json", {"vin": "none"}),
    record("1013", "Record not found", "/rest/v1/companies/delete.json", {"externalCompanyId": "none"}),
    record("1013", "Membership not found", f"{MEMBERS}.json", {"leadId": 999, "rank": 1}),
    record("1013", "Object not found", f"{CARS}.json", {"vin": "none"}, action="updateOnly"),
    whole(
        *("1016", "There are 10 imports currently being processed. Please try again later", "POST", BULK),
        files=FILE,
    ),
    whole(
        *("1017", "Object already exists", "POST", "/rest/v1/customobjects/schema.json"),
        json={"action": "createOnly", "apiName": "car_c", "displayName": "Car"},
    ),
    record("1017", "Object already exists", f"{CARS}.json", {"vin": "v1"}, action="createOnly"),
    whole("1019", "Import in progress", "POST", f"{BULK}?listId=1002", files=FILE),
    record("1021", "Company update not allowed", LEADS, {"email": "a@x.com", "company": "Acme"}),
    record("1022", "Object in use", "/rest/v1/salespersons/delete.json", {"externalSalesPersonId": "sp1"}),
    whole(
        *("1025", "Program status not found", "POST", f"{MEMBERS}/status.json"),
        json={"statusName": "Gone", "input": [{"leadId": 1}]},
    ),
    record(
        *("1037", "Lead skipped because it is already in or past this status", f"{MEMBERS}/status.json"),
        {"leadId": 1},
        statusName="Invited",
    ),
    record("1037", "Lead not in program", f"{MEMBERS}/delete.json", {"leadId": 999}),
    whole(
        *("1048", "Custom Object Discard Draft Failed", "POST"),
        "/rest/v1/customobjects/schema/car_c/discardDraft.json",
        json={},
    ),
)


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without workers and with ten jobs; lead 1 is a member, has a twin and a sales person."""
    document = whole_subscription(
        partitions=["Default", "Europe", "Asia"],
        credentials=[
            credential("reader", "Read-Only Lead"),
            credential("europe", "Read-Write Lead", partitions=["Europe"]),
            credential("abroad", "Read-Write Lead", partitions=["Europe", "Asia"]),
        ],
    )
    for server in running(tmp_path_factory.mktemp("codes") / "data", document, workers=0):
        sync(server, LEADS, {"email": "a@x.com", "externalSalesPersonId": "sp1"})
        sync(server, LEADS, {"email": "twin@x.com"}, {"email": "twin@x.com"}, action="createDuplicate")
        sync(server, f"{MEMBERS}/status.json", {"leadId": 1}, statusName="Attended")
        sync(server, f"{CARS}.json", {"vin": "v1"})
        for number in range(10):
            server.submit("email\nb@x.com\n", **({} if number else {"listId": 1002}))
        yield server


@pytest.mark.parametrize("reach", REACHES, ids=[f"{each.code} {each.message[:30]}" for each in REACHES])
def test_each_code(world: Server, reach: Reach) -> None:
    """§0.3, §13: HTTP status, code as text, message to the letter; of a record, within a success."""
    token = reach.token
    if token in ("reader", "europe", "abroad"):
        token = world.new_token(token, f"{token}-secret")
    answer = world.call(reach.method, reach.path, token, **reach.options)
    assert answer.status_code == reach.http_status
    body = answer.json()
    assert body["success"] is reach.record
    (item,) = body["result"] if reach.record else [{"status": "skipped", "reasons": body["errors"]}]
    assert (item["status"], item["reasons"]) == ("skipped", [{"code": reach.code, "message": reach.message}])


def test_the_same_object_twice(world: Server) -> None:
    """§13, 1036: the later one is refused."""
    told = sync(world, f"{CARS}.json", {"vin": "v2"}, {"vin": "V2"})
    assert told[1]["reasons"] == [{"code": "1036", "message": "Duplicate object found in input"}]


def test_a_damaged_store(store: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """§13, 611: what nobody foresaw; two words for the caller, the place in the log, and it does not count."""
    data = tmp_path_factory.mktemp("damaged") / "data"
    for server in running(data, whole_subscription(), workers=0):
        assert server.get("/rest/v1/customobjects.json")["success"]
        stores = open_stores(data)
        with stores.subscription("123-ABC-456").write() as session:
            session.built_rows(
                "UPDATE {schema}.custom_object SET approved = 'no JSON' RETURNING 1 AS done", {}
            )
        stores.close()
        answer = server.call("GET", "/rest/v1/customobjects.json")
        assert answer.status_code == 200
        assert answer.json()["errors"] == [{"code": "611", "message": "System error"}]
        assert server.wait_for("FaultCaught")["request_id"] == answer.json()["requestId"]
        assert server.get("/rest/v1/stats/usage.json")["result"][0]["total"] == 1


def test_no_documented_code_is_forgotten() -> None:
    """§13: each is reached here or in the file that is named, or is known as one that nobody is sent."""
    here = {each.code for each in REACHES} | {"611", "1015", "1036"}
    assert here.isdisjoint(NEVER_SENT | set(ELSEWHERE))
    missing = set(documented_codes()) - NEVER_SENT - here - set(ELSEWHERE)
    assert not missing, f"add to REACHES, or to ELSEWHERE, what is answered {sorted(missing)}"
    assert here | NEVER_SENT | set(ELSEWHERE) == set(documented_codes())
    for code, name in ELSEWHERE.items():
        assert f'"{code}"' in (TESTS / name).read_text("utf-8")
    assert NEVER_SENT.isdisjoint(each.code for each in entries().values())
    never_sent = (
        (TESTS.parent / "docs/reference/behaviour.md").read_text("utf-8").split("## Codes that are")[1]
    )
    assert all(code in never_sent for code in NEVER_SENT)


def test_a_repeated_lead_in_one_call(world: Server) -> None:
    """§9.5, §9.8, §13: what the first of them did is there for the second: 1037, 1015."""
    (one,) = (each["id"] for each in sync(world, LEADS, {"email": "again@x.com"}))
    status = {"statusName": "Invited", "input": [{"leadId": one}, {"leadId": one}]}
    assert codes(post(world, f"{MEMBERS}/status.json", status)["result"]) == ["created", "1037"]
    assert codes(sync(world, LISTS, {"id": one}, {"id": one})) == ["added", "added"]
    gone = world.call("DELETE", f"{LISTS}?id={one},{one}&id=0").json()["result"]
    assert codes(gone) == ["removed", "1015", "1004"]
