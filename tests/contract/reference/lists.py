"""Static lists of the lead database (list-membership.md, leads.md; swagger-mapi.json)."""

from typing import Any

from tests.contract.reference.leads import stored
from tests.contract.reference.operations import Case, Operation, mapi, reasons, refused
from tests.contract.reference.shapes import INSTANT, PAGE_TOKEN
from tests.harness import Server

LISTS = "/rest/v1/lists"
MEMBERS = f"{LISTS}/{{listId}}/leads.json"
PATH = {"listId": 1002}
MISSED = {"id": 999999, "status": "skipped", "reasons": reasons("1004", "Lead not found")}
ADA, BOB = {"email": "ada@list.com", "firstName": "Ada"}, {"email": "bob@list.com", "firstName": "Bob"}
TIMES = {"createdAt": INSTANT, "updatedAt": INSTANT}
NEWSLETTER = {"id": 1001, "name": "Newsletter", "workspaceName": "Default"} | TIMES


def _two(server: Server, *, listed: bool) -> list[int]:
    """Make sure that two leads are there, the first of them on the list or not, the second not."""
    ids = stored(server, ADA, BOB)
    path = MEMBERS.format(**PATH)
    server.call("DELETE", path, json={"input": [{"id": each} for each in ids]})
    if listed:
        server.call("POST", path, params={"id": ids[0]})
    return ids


def _to_add(server: Server) -> dict[str, Any]:
    first, _ = _two(server, listed=False)
    return {"params": {"id": [first, 999999]}, "answer": mapi([{"id": first, "status": "added"}, MISSED])}


def _to_add_by_body(server: Server) -> dict[str, Any]:
    first, second = _two(server, listed=True)
    told = [{"id": each, "status": "added"} for each in (first, second)]
    return {"json": {"input": [{"id": first}, {"id": second}]}, "answer": mapi(told)}


def _to_remove(server: Server) -> dict[str, Any]:
    first, second = _two(server, listed=True)
    not_in = {"id": second, "status": "skipped", "reasons": reasons("1015", "Lead not in list")}
    told = [{"id": first, "status": "removed"}, not_in, MISSED]
    return {"params": {"id": [first, second, 999999]}, "answer": mapi(told)}


def _asked(server: Server) -> dict[str, Any]:
    first, second = _two(server, listed=True)
    told = [{"id": first, "status": "memberof"}, {"id": second, "status": "notmemberof"}, MISSED]
    return {"params": {"id": [first, second, 999999]}, "answer": mapi(told)}


def _asked_by_body(server: Server) -> dict[str, Any]:
    asked = _asked(server)
    return {"json": {"input": [{"id": each} for each in asked["params"]["id"]]}, "answer": asked["answer"]}


def _listed(server: Server) -> dict[str, Any]:
    """Put two leads on a list, and nobody else; its first page has one of them."""
    ids, path = stored(server, ADA, BOB), MEMBERS.format(**PATH)
    others = [{"id": lead["id"]} for lead in server.get(path)["result"]]
    if others:
        server.call("DELETE", path, json={"input": others})
    server.call("POST", path, params={"id": ids})
    lead = {"id": ids[0], "firstName": "Ada", "lastName": None, "email": "ada@list.com"}
    lead |= {"updatedAt": INSTANT, "createdAt": INSTANT}
    return {"answer": mapi([lead], nextPageToken=PAGE_TOKEN, moreResult=True)}


OPERATIONS = (
    Operation(
        f"GET {LISTS}.json",
        Case(
            "swagger-mapi.json: StaticList",
            mapi([NEWSLETTER], moreResult=False),
            params={"name": "Newsletter"},
        ),
    ),
    Operation(
        f"GET {LISTS}/{{listId}}.json",
        Case("swagger-mapi.json: getListByIdUsingGET", mapi([NEWSLETTER]), path={"listId": 1001}),
        Case("error-codes.md: 1013", refused(LISTS, "1013", "Object not found"), path={"listId": 999999}),
    ),
    Operation(
        f"GET {MEMBERS}",
        Case(
            "list-membership.md: Get Leads by List ID",
            None,
            path=PATH,
            params={"batchSize": 1},
            given=_listed,
        ),
        also=("GET /rest/v1/list/{listId}/leads.json",),
    ),
    Operation(
        f"POST {MEMBERS}",
        Case("list-membership.md: Add to List", None, path=PATH, given=_to_add),
        Case("swagger-mapi.json: addLeadsToListUsingPOST", None, path=PATH, given=_to_add_by_body),
    ),
    Operation(
        f"DELETE {MEMBERS}", Case("list-membership.md: Remove from List", None, path=PATH, given=_to_remove)
    ),
    Operation(
        f"GET {LISTS}/{{listId}}/leads/ismember.json",
        Case("list-membership.md: Member of List", None, path=PATH, given=_asked),
        Case("swagger-mapi.json: areLeadsMemberOfListUsingGET", None, path=PATH, given=_asked_by_body),
    ),
)
