"""Fields of program members (program-members.md, "Fields"; swagger-mapi.json)."""

from typing import Any

from tests.contract.reference.fields import ANY_FIELD
from tests.contract.reference.operations import Case, Operation, mapi, reasons
from tests.contract.reference.shapes import PAGE_TOKEN, Many, Shape
from tests.harness import Server

BASE = "/rest/v1/programs/members/schema/fields"
THIRD = {
    "displayName": "PMCF Custom Field 03",
    "name": "pMCFCustomField03",
    "description": "My third custom field",
    "dataType": "string",
}


def standard(name: str, shown: str, kind: str, length: int | None = None) -> Shape:
    """Return a standard field that nobody has changed; texts are encoded in e-mails."""
    return {
        "displayName": shown,
        "name": name,
        "description": None,
        "dataType": kind,
        **({} if length is None else {"length": length}),
        "isHidden": False,
        "isHtmlEncodingInEmail": kind == "string",
        "isSensitive": False,
        "isCustom": False,
        "isApiCreated": False,
    }


FIRST = [
    standard("acquiredBy", "Acquired By", "boolean"),
    standard("nurtureCadence", "Nurture Cadence", "string", 4),
    standard("isExhausted", "Nurture Exhausted", "boolean"),
    standard("membershipDate", "Member Date", "datetime"),
    standard("program", "Program", "string", 255),
]


def _made(server: Server) -> dict[str, Any]:
    """Make sure that the page's field is there."""
    server.call("POST", f"{BASE}.json", json={"input": [THIRD]})
    return {}


def _skipped(name: str, code: str, message: str) -> Shape:
    return {"name": name, "status": "skipped", "reasons": reasons(code, message)}


OPERATIONS = (
    Operation(
        f"GET {BASE}/{{fieldApiName}}.json",
        Case(
            "program-members.md: By Name",
            mapi([standard("statusName", "Status", "string", 255)]),
            {"fieldApiName": "statusName"},
        ),
    ),
    Operation(
        f"GET {BASE}.json",
        Case(
            "program-members.md: Browse",
            mapi(FIRST, nextPageToken=PAGE_TOKEN, moreResult=True),
            params={"batchSize": 5},
        ),
        Case(
            "swagger-mapi.json: getProgramMemberFieldsUsingGET", mapi(Many(ANY_FIELD, 19), moreResult=False)
        ),
    ),
    Operation(
        f"POST {BASE}.json",
        Case(
            "program-members.md: Create Fields",
            mapi([{"name": "pMCFCustomField04", "status": "created"}]),
            json={"input": [THIRD | {"displayName": "PMCF Custom Field 04", "name": "pMCFCustomField04"}]},
        ),
        Case(
            "program-members.md: Create Fields, naming rules",
            mapi(
                [
                    _skipped("other", "1003", "Invalid data, the field 'statusName' has that displayName"),
                    _skipped("rate", "1003", "Invalid data, displayName has the special character '%'"),
                    _skipped("PMCFcustomfield03", "1017", "Object already exists"),
                ]
            ),
            json={
                "input": [
                    THIRD | {"name": "other", "displayName": "status"},
                    THIRD | {"name": "rate", "displayName": "Rate %"},
                    THIRD | {"name": "PMCFcustomfield03"},
                ]
            },
            given=_made,
        ),
    ),
    Operation(
        f"POST {BASE}/{{fieldApiName}}.json",
        Case(
            "program-members.md: Update Field",
            mapi([{"name": "pMCFCustomField03", "status": "updated"}]),
            {"fieldApiName": "pMCFCustomField03"},
            json={
                "input": [
                    {
                        "displayName": "Lunch Preference",
                        "description": "Attendee food preference",
                        "isHtmlEncodingInEmail": True,
                    }
                ]
            },
            given=_made,
        ),
        Case(
            "program-members.md: Update Field, a standard field",
            mapi([{"name": "waitlistPriority", "status": "updated"}]),
            {"fieldApiName": "waitlistPriority"},
            json={"input": [{"description": "Who comes first", "isSensitive": True}]},
        ),
        Case(
            "program-members.md: Update Field, what stays",
            mapi(
                [
                    _skipped(
                        "trackName",
                        "1003",
                        "Invalid data, displayName of the field 'trackName' cannot change",
                    )
                ]
            ),
            {"fieldApiName": "trackName"},
            json={"input": [{"displayName": "Track"}]},
        ),
    ),
)
