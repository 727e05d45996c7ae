"""Activities of leads, and the token that names an instant (activities.md, paging-tokens.md; swagger-mapi.json)."""

from itertools import count
from typing import Any

from tests.contract.reference.leads import stored
from tests.contract.reference.operations import Case, Operation, mapi, refused
from tests.contract.reference.shapes import DAY, DIGITS, INSTANT, INTEGER, PAGE_TOKEN, REQUEST_ID, Many, Shape
from tests.harness import Server

TOKEN = "GET /rest/v1/activities/pagingtoken.json"
CHANGES = "GET /rest/v1/activities/leadchanges.json"
DELETED = "GET /rest/v1/activities/deletedleads.json"
BY_API = "Web service API"
SINCE = {"sinceDatetime": "2014-10-06T13:22:17-08:00"}
_numbers = count(1)


def _token(server: Server) -> str:
    return str(server.get("/rest/v1/activities/pagingtoken.json", params=SINCE)["nextPageToken"])


def _person() -> dict[str, str]:
    return {"email": f"activity{next(_numbers)}@usa.gov", "firstName": "FirstName_4914"}


def _activity(lead_id: int, number: int, fields: Shape, attributes: Shape) -> Shape:
    return {
        "id": INTEGER,
        "marketoGUID": DIGITS,
        "leadId": lead_id,
        "activityDate": INSTANT,
        "activityTypeId": number,
        "fields": fields,
        "attributes": attributes,
    }


def _changed(server: Server) -> dict[str, Any]:
    person = _person()
    (lead_id,) = stored(server, person)
    stored(server, person | {"firstName": "FirstName_6176"})
    change = {"id": INTEGER, "name": "firstName", "newValue": "FirstName_6176", "oldValue": "FirstName_4914"}
    attributes = [
        {"name": "Reason", "value": BY_API},
        {"name": "Source", "value": BY_API},
        {"name": "Lead ID", "value": lead_id},
    ]
    created = [{"name": "Created Date", "value": DAY}, {"name": "Source Type", "value": BY_API}]
    found = [_activity(lead_id, 12, [], created), _activity(lead_id, 13, [change], attributes)]
    asked = {"nextPageToken": _token(server), "fields": "firstName,lastName,department", "leadIds": lead_id}
    return {"params": asked, "answer": mapi(found, nextPageToken=PAGE_TOKEN, moreResult=False)}


def _gone(server: Server) -> dict[str, Any]:
    (lead_id,) = stored(server, _person())
    server.call("POST", "/rest/v1/leads/delete.json", json={"input": [{"id": lead_id}]})
    activity = {
        "id": INTEGER,
        "marketoGUID": DIGITS,
        "leadId": INTEGER,
        "activityDate": INSTANT,
        "activityTypeId": 37,
        "primaryAttributeValueId": INTEGER,
        "primaryAttributeValue": DIGITS,
        "attributes": [],
    }
    answer = mapi(Many(activity), nextPageToken=PAGE_TOKEN, moreResult=False)
    return {"params": {"nextPageToken": _token(server)}, "answer": answer}


OPERATIONS = (
    Operation(
        TOKEN,
        Case(
            "paging-tokens.md: Date-Based",
            {"requestId": REQUEST_ID, "success": True, "nextPageToken": PAGE_TOKEN},
            params=SINCE,
        ),
        Case(
            "error-codes.md: 1002",
            refused(TOKEN, "1002", "Missing value for the required parameter 'sinceDatetime'"),
        ),
    ),
    Operation(
        CHANGES,
        Case("activities.md: Data value changes", None, given=_changed),
        Case(
            "error-codes.md: 1002",
            refused(CHANGES, "1002", "Missing value for the required parameter 'nextPageToken'"),
        ),
    ),
    Operation(
        DELETED,
        Case("activities.md: Deleted leads", None, given=_gone),
        Case(
            "error-codes.md: 1002",
            refused(DELETED, "1002", "Missing value for the required parameter 'nextPageToken'"),
        ),
    ),
)
