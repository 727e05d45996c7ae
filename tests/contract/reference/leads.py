"""Leads (leads.md, error-codes.md; swagger-mapi.json)."""

from typing import Any

from tests.contract.reference.operations import Case, Operation, mapi, reasons, refused
from tests.contract.reference.shapes import (
    FLAG,
    INSTANT,
    INTEGER,
    TEXT,
    Many,
    Maybe,
    Shape,
)
from tests.harness import Server

LEADS = "/rest/v1/leads"
ECIDS_ASKED = "email,firstName,lastName,ecids"


def _lead(own_id: Shape, first_name: str, last_name: str, email: str) -> Shape:
    return {
        "id": own_id,
        "updatedAt": INSTANT,
        "lastName": last_name,
        "email": email,
        "createdAt": INSTANT,
        "firstName": first_name,
    }


ABRAHAM = {"firstName": "Abraham", "lastName": "Lincoln", "email": "abe@usa.gov"}
GEORGE = {"firstName": "George", "lastName": "Washington", "email": "george@usa.gov"}


def stored(server: Server, *people: dict[str, Any]) -> list[int]:
    """Make sure that leads are there; return their ids."""
    told = server.call("POST", f"{LEADS}.json", json={"input": list(people)}).json()["result"]
    return [each["id"] for each in told]


def _one(server: Server) -> dict[str, Any]:
    (own_id,) = stored(server, ABRAHAM)
    lead = _lead(own_id, "Abraham", "Lincoln", "abe@usa.gov")
    return {"path": {"leadId": own_id}, "answer": mapi([lead])}


def _two(server: Server) -> dict[str, Any]:
    ids = stored(server, ABRAHAM, GEORGE)
    people = (("Abraham", "Lincoln", "abe@usa.gov"), ("George", "Washington", "george@usa.gov"))
    leads = [_lead(own_id, *each) for own_id, each in zip(ids, people, strict=True)]
    asked = {"filterType": "id", "filterValues": ",".join(map(str, ids))}
    return {"params": asked, "answer": mapi(leads, moreResult=False)}


def _with_ecids(server: Server) -> dict[str, Any]:
    (own_id,) = stored(server, ABRAHAM)
    lead = {
        "id": own_id,
        "email": "abe@usa.gov",
        "firstName": "Abraham",
        "lastName": "Lincoln",
        "ecids": None,
    }
    return {"path": {"leadId": own_id}, "answer": mapi([lead])}


def _gone(server: Server, *addresses: str) -> None:
    """Make sure that leads are not there."""
    asked = {"filterType": "email", "filterValues": ",".join(addresses), "fields": "id"}
    found = [{"id": lead["id"]} for lead in server.get(f"{LEADS}.json", params=asked)["result"]]
    if found:
        server.call("POST", f"{LEADS}/delete.json", json={"input": found})


def _new(server: Server) -> dict[str, Any]:
    _gone(server, *(each["email"] for each in NEW))
    return {}


def _two_of_three(server: Server) -> dict[str, Any]:
    _new(server)
    stored(server, NEW[2])
    return {}


def _to_delete(server: Server) -> dict[str, Any]:
    ids = stored(server, {"email": "a@gone.com"}, {"email": "b@gone.com"})
    told = mapi([{"id": each, "status": "deleted"} for each in ids])
    return {"json": {"input": [{"id": each} for each in ids]}, "answer": told}


def _to_delete_by_query(server: Server) -> dict[str, Any]:
    (own_id,) = stored(server, {"email": "c@gone.com"})
    missed = {"id": 999999, "status": "skipped", "reasons": reasons("1004", "Lead not found")}
    return {
        "params": {"id": f"{own_id},999999"},
        "answer": mapi([{"id": own_id, "status": "deleted"}, missed]),
    }


def _to_move(server: Server) -> dict[str, Any]:
    (own_id,) = stored(server, ABRAHAM)
    moves = [{"id": own_id, "partitionName": "Default"}, {"id": own_id, "partitionName": "Nowhere"}]
    missed = reasons("1008", "Access denied to partition 'Nowhere'")
    told = [{"id": own_id, "status": "updated"}, {"id": own_id, "status": "skipped", "reasons": missed}]
    return {"json": {"input": moves}, "answer": mapi(told)}


NEW = [
    {
        "email": f"kjashaedd-{n}@klooblept.com",
        "firstName": f"Kataldar-{n}",
        "postalCode": "04828",
    }
    for n in (1, 2, 3)
]
CREATED = {"id": INTEGER, "status": "created"}
CREATE_ONLY = {"action": "createOnly", "lookupField": "email", "input": NEW}
NAMED = {"name": TEXT, "readOnly": FLAG}
LISTED = {"createdAt": INSTANT, "updatedAt": INSTANT}
SPRING = {
    "id": 1001,
    "progressionStatus": "Invited",
    "isExhausted": False,
    "acquiredBy": FLAG,
    "reachedSuccess": False,
    "membershipDate": INSTANT,
    "updatedAt": INSTANT,
}


def _on_lists(server: Server) -> dict[str, Any]:
    """Put a lead on three lists; return the page's sample, the newest list first."""
    (own_id,) = stored(server, GEORGE)
    for list_id in (1001, 1002):
        server.call("POST", f"/rest/v1/lists/{list_id}/leads.json", params={"id": own_id})
    told = mapi([{"listId": list_id} | LISTED for list_id in (1002, 1001)], moreResult=False)
    return {"path": {"leadId": own_id}, "answer": told}


OPERATIONS = (
    Operation(
        "GET /rest/v1/lead/{leadId}.json",
        Case("leads.md: Query, by id", None, given=_one),
        Case("leads.md: Adobe ECID", None, params={"fields": ECIDS_ASKED}, given=_with_ecids),
        Case(
            "error-codes.md: 1004",
            refused(LEADS, "1004", "Lead '999999' not found"),
            path={"leadId": 999999},
        ),
    ),
    Operation(
        f"GET {LEADS}.json",
        Case("leads.md: Query, by filter", None, given=_two),
        Case(
            "leads.md: Query, no records match",
            mapi([], moreResult=False),
            params={"filterType": "id", "filterValues": "999999"},
        ),
        Case(
            "error-codes.md: 1011",
            refused(LEADS, "1011", "Field 'firstName' not supported"),
            params={"filterType": "firstName", "filterValues": "Ann"},
        ),
        Case(
            "error-codes.md: 1012",
            refused(LEADS, "1012", "Invalid cookie value 'none'"),
            params={"filterType": "cookies", "filterValues": "none"},
        ),
    ),
    Operation(
        f"POST {LEADS}.json",
        Case("leads.md: Create and Update", mapi([CREATED, CREATED, CREATED]), json=CREATE_ONLY, given=_new),
        Case(
            "error-codes.md: Record-Level",
            mapi(
                [
                    CREATED,
                    CREATED,
                    {"status": "skipped", "reasons": reasons("1005", "Lead already exists")},
                ]
            ),
            json=CREATE_ONLY,
            given=_two_of_three,
        ),
        Case(
            "error-codes.md: 1004",
            mapi([{"status": "skipped", "reasons": reasons("1004", "Lead not found")}]),
            json={"action": "updateOnly", "lookupField": "id", "input": [{"id": 999999}]},
        ),
        Case(
            "error-codes.md: 1021",
            mapi([{"status": "skipped", "reasons": reasons("1021", "Company update not allowed")}]),
            json={"input": [{"email": "abe@usa.gov", "company": "Acme"}]},
        ),
    ),
    Operation(
        f"POST {LEADS}/delete.json",
        Case("leads.md: Delete", None, given=_to_delete),
        Case("swagger-mapi.json: deleteLeadsUsingPOST", None, given=_to_delete_by_query),
    ),
    Operation(
        f"DELETE {LEADS}.json", Case("leads.md: Delete, the method of older clients", None, given=_to_delete)
    ),
    Operation(
        f"GET {LEADS}/describe.json",
        Case(
            "leads.md: Describe",
            mapi(
                Many(
                    {
                        "id": INTEGER,
                        "displayName": TEXT,
                        "dataType": TEXT,
                        Maybe("length"): INTEGER,
                        "rest": NAMED,
                        "soap": NAMED,
                    },
                    100,
                )
            ),
        ),
    ),
    Operation(
        f"GET {LEADS}/describe2.json",
        Case(
            "swagger-mapi.json: LeadAttribute2",
            mapi(
                [
                    {
                        "name": "API Lead",
                        "searchableFields": Many([TEXT], 12),
                        "fields": Many(
                            {
                                "name": TEXT,
                                "displayName": TEXT,
                                "dataType": TEXT,
                                Maybe("length"): INTEGER,
                                "updateable": FLAG,
                                "crmManaged": FLAG,
                            },
                            100,
                        ),
                    }
                ]
            ),
        ),
    ),
    Operation(
        f"GET {LEADS}/partitions.json",
        Case(
            "swagger-mapi.json: LeadPartition",
            mapi(
                [
                    {"id": 1, "name": "Default", "description": TEXT},
                    {"id": 2, "name": "Europe", "description": TEXT},
                ]
            ),
        ),
    ),
    Operation(
        f"POST {LEADS}/partitions.json",
        Case("swagger-mapi.json: updatePartitionsUsingPOST", None, given=_to_move),
    ),
    Operation(
        f"GET {LEADS}/{{leadId}}/listMembership.json",
        Case("leads.md: Get Lists by Lead Id", None, given=_on_lists),
    ),
    Operation(
        f"GET {LEADS}/{{leadId}}/programMembership.json",
        Case("leads.md: Programs, by lead", mapi([SPRING], moreResult=False), path={"leadId": 1}),
        Case(
            "swagger-mapi.json: getLeadProgramMembershipUsingGET",
            mapi([], moreResult=False),
            path={"leadId": 1},
            params={"filterType": "programId", "filterValues": "1002"},
        ),
    ),
)
