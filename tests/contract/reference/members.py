"""Program members (program-members.md, "Membership" of leads.md; swagger-mapi.json)."""

from typing import Any

from tests.contract.api.world import post, sync
from tests.contract.reference.operations import Case, Operation, mapi, reasons
from tests.contract.reference.shapes import FLAG, INSTANT, INTEGER, TEXT, Many, Nullable, Shape
from tests.harness import Server

MEMBERS = "/rest/v1/programs/1002/members"
OF_PROGRAM = {"programId": 1002}


def _described(name: str, data_type: str, length: int | None = None, **more: Any) -> Shape:
    head = {"name": name, "displayName": more.pop("shown", name), "dataType": data_type}
    return (
        head
        | ({} if length is None else {"length": length})
        | {"updateable": False, "crmManaged": False}
        | more
    )


STANDARD = [
    _described("acquiredBy", "boolean"),
    _described("attendanceLikelihood", "integer"),
    _described("createdAt", "datetime"),
    _described("isExhausted", "boolean"),
    _described("leadId", "integer"),
    _described("membershipDate", "datetime"),
    _described("nurtureCadence", "string", 4),
    _described("program", "string", 255),
    _described("programId", "integer"),
    _described("reachedSuccess", "boolean"),
    _described("reachedSuccessDate", "datetime"),
    _described("registrationLikelihood", "integer"),
    _described("statusName", "string", 255),
    _described("statusReason", "string", 255),
    _described("trackName", "string", 255),
    _described("updatedAt", "datetime"),
    _described("waitlistPriority", "integer"),
]
DESCRIBED: Shape = {
    "name": "API Program Membership",
    "description": "Map for API program membership fields",
    "createdAt": INSTANT,
    "updatedAt": INSTANT,
    "dedupeFields": ["leadId", "programId"],
}


def described(server: Server) -> dict[str, Any]:
    """Return the answer to describe: custom fields come after the standard ones, all by name."""
    told = server.get("/rest/v1/programs/members/schema/fields.json")["result"]
    custom = {each["name"]: each for each in told if each["isCustom"]}
    assert {"rank", "webinarQuestion"} <= set(custom)
    own = [
        _described(name, each["dataType"], each.get("length"), shown=each["displayName"], updateable=True)
        for name, each in sorted(custom.items())
    ]
    searchable = sorted([*custom, "leadId", "reachedSuccess", "statusName"])
    item = DESCRIBED | {"searchableFields": [[name] for name in searchable], "fields": STANDARD + own}
    return {"answer": mapi([item])}


def _leads(server: Server, *addresses: str) -> list[int]:
    return [
        each["id"] for each in sync(server, "/rest/v1/leads.json", *({"email": each} for each in addresses))
    ]


def _none_in_program(server: Server) -> None:
    found = server.get("/rest/v1/leads/programs/1002.json")["result"]
    if found:
        post(server, f"{MEMBERS}/delete.json", {"input": [{"leadId": each["id"]} for each in found]})


def influenced(server: Server) -> dict[str, Any]:
    """Let three leads be members."""
    _none_in_program(server)
    leads = _leads(server, "p1@x.com", "p2@x.com", "p3@x.com")
    sync(server, f"{MEMBERS}/status.json", *({"leadId": each} for each in leads), statusName="On List")
    return {}


def steps(server: Server) -> dict[str, Any]:
    """Return a call about a lead beyond the status, one before it and one outside."""
    _none_in_program(server)
    beyond, before, outside = leads = _leads(server, "s1@x.com", "s2@x.com", "s3@x.com")
    for lead, status in ((beyond, "Attended"), (before, "Invited")):
        sync(server, f"{MEMBERS}/status.json", {"leadId": lead}, statusName=status)
    told = [
        {"seq": 0, "status": "skipped", "reasons": PAST},
        {"seq": 1, "status": "updated", "leadId": before},
        {"seq": 2, "status": "created", "leadId": outside},
    ]
    return {
        "json": {"statusName": "On List", "input": [{"leadId": each} for each in leads]},
        "answer": mapi(told),
    }


PAST = reasons("1037", "Lead skipped because it is already in or past this status")


def older_steps(server: Server) -> dict[str, Any]:
    """Return the same call in its older form."""
    wanted = steps(server)
    leads = [each["leadId"] for each in wanted["json"]["input"]]
    told = [
        {"id": leads[0], "status": "skipped", "reasons": PAST},
        {"id": leads[1], "status": "updated"},
        {"id": leads[2], "status": "created"},
    ]
    return {"json": {"status": "On List", "input": [{"id": each} for each in leads]}, "answer": mapi(told)}


def data(server: Server) -> dict[str, Any]:
    """Return a call about two members and a lead outside."""
    influenced(server)
    one, two, *_, outside = _leads(server, "p1@x.com", "p2@x.com", "p9@x.com")
    told = [
        {"seq": 0, "status": "updated", "leadId": one},
        {"seq": 1, "status": "updated", "leadId": two},
        {"seq": 2, "status": "skipped", "reasons": reasons("1013", "Membership not found")},
    ]
    items = [{"leadId": each, "webinarQuestion": f"why {each}"} for each in (one, two, outside)]
    return {"json": {"input": items}, "answer": mapi(told)}


def deletion(server: Server) -> dict[str, Any]:
    """Return a call about a member and a lead outside."""
    influenced(server)
    member, outside = _leads(server, "p1@x.com", "p9@x.com")
    told = [
        {"seq": 0, "status": "deleted", "leadId": member},
        {"seq": 1, "status": "skipped", "reasons": reasons("1037", "Lead not in program")},
    ]
    return {"json": {"input": [{"leadId": member}, {"leadId": outside}]}, "answer": mapi(told)}


OPERATIONS = (
    Operation(
        "GET /rest/v1/programs/members/describe.json",
        Case("program-members.md: Describe", None, given=described),
        also=("GET /rest/v1/program/members/describe.json",),
    ),
    Operation(
        "GET /rest/v1/programs/{programId}/members.json",
        Case(
            "program-members.md: Query",
            mapi(
                [
                    {
                        "seq": number,
                        "leadId": INTEGER,
                        "reachedSuccess": False,
                        "programId": 1002,
                        "acquiredBy": True,
                        "membershipDate": INSTANT,
                    }
                    for number in range(3)
                ],
                moreResult=False,
            ),
            OF_PROGRAM,
            {"filterType": "statusName", "filterValues": "On List"},
            given=influenced,
        ),
    ),
    Operation(
        "POST /rest/v1/programs/{programId}/members/status.json",
        Case("program-members.md: Program Member Status", None, OF_PROGRAM, given=steps),
    ),
    Operation(
        "POST /rest/v1/leads/programs/{programId}/status.json",
        Case("swagger-mapi.json: changeLeadProgramStatusUsingPOST", None, OF_PROGRAM, given=older_steps),
    ),
    Operation(
        "POST /rest/v1/programs/{programId}/members.json",
        Case("program-members.md: Program Member Data", None, OF_PROGRAM, given=data),
    ),
    Operation(
        "POST /rest/v1/programs/{programId}/members/delete.json",
        Case("program-members.md: Delete", None, OF_PROGRAM, given=deletion),
    ),
    Operation(
        "GET /rest/v1/leads/programs/{programId}.json",
        Case(
            "leads.md: Membership",
            mapi(
                Many(
                    {
                        "id": INTEGER,
                        "firstName": Nullable(TEXT),
                        "lastName": Nullable(TEXT),
                        "email": TEXT,
                        "updatedAt": INSTANT,
                        "createdAt": INSTANT,
                        "membership": {
                            "id": 1002,
                            "progressionStatus": "On List",
                            "progressionStatusType": "On List",
                            "isExhausted": False,
                            "acquiredBy": FLAG,
                            "reachedSuccess": False,
                            "membershipDate": INSTANT,
                            "updatedAt": INSTANT,
                        },
                    },
                    3,
                ),
                moreResult=False,
            ),
            OF_PROGRAM,
            given=influenced,
        ),
    ),
)
