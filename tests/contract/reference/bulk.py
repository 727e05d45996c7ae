"""Imports: their jobs, and the files that say what failed (the three bulk-…-import.md pages; swagger-mapi.json)."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.api.world import bulk, finished
from tests.contract.reference.operations import CSV_TYPE, Case, Operation, mapi, refused
from tests.contract.reference.shapes import DIGITS, INTEGER, TEXT, Shape, written
from tests.harness import Server

LEADS, LEAD_JOB = "/bulk/v1/leads.json", "/bulk/v1/leads/batch/{batchId}"
MEMBERS, MEMBER_JOB = (
    "/bulk/v1/program/{programId}/members/import.json",
    "/bulk/v1/program/members/import/{batchId}",
)
OBJECTS, OBJECT_JOB = (
    "/bulk/v1/customobjects/{apiName}/import.json",
    "/bulk/v1/customobjects/{apiName}/import/{batchId}",
)
NAMELESS_JOB = "/bulk/v1/customobjects/import/{batchId}"
"""As the original's index prints it, without the name of the custom object."""

PEOPLE = "firstName,lastName,email,title,company,leadScore"
GOOD = f"{PEOPLE}\nJoan,Smith,joan@x.com,Smith,House,0\nTy,Smith,ty@x.com,Smith,House,0\n"
SCORE_ROW = "Aerys,Gray,aerys@x.com,Gray,House,TEXT_VALUE_IN_INTEGER_FIELD"
EMAIL_ROW = "Aerys,Gray,INVALID_EMAIL,Gray,House,0"
BAD_SCORE, BAD_EMAIL = f"{PEOPLE}\n{SCORE_ROW}\n", f"{PEOPLE}\n{EMAIL_ROW}\n"
SCORE_FILE = f"{PEOPLE},Import Failure Reason\n{SCORE_ROW},Invalid data type in field Lead Score\n"
EMAIL_FILE = f"{PEOPLE},Import Warning Reason\n{EMAIL_ROW},Invalid email address\n"
CARS = "color,make,model,vin\nred,bmw,2002,W12\nyellow,bmw,320i,W61\nblue,bmw,325i,W04\n"
CARS_WITHOUT_KEY = CARS.replace(",vin", ", vin")
CARS_FILE = (
    "color,make,model, vin,Import Failure Reason\nred,bmw,2002,W12,missing.dedupe.fields\n"
    "yellow,bmw,320i,W61,missing.dedupe.fields\nblue,bmw,325i,W04,missing.dedupe.fields\n"
)

CAR, PROGRAM, NOBODYS = {"apiName": "car_c"}, {"programId": 1001}, {"batchId": 9}
INVITED = {"programMemberStatus": "Invited"}
WENT = "Import succeeded, {} records imported ({} members)"
FAILED = "Import completed with errors, 0 records imported (0 members), {} failed"
WARNED = "Import succeeded, 1 records imported (1 members), 1 warning."

Given = Callable[[Server], Mapping[str, Any]]


def _lead_job(content: str) -> Given:
    """Return what imports leads to the end and tells the number of the job."""
    return lambda server: _after(server, LEADS, LEAD_JOB + ".json", {}, content)


def _member_job(content: str) -> Given:
    """Return what imports program members to the end."""
    return lambda server: _after(
        server, MEMBERS.format(**PROGRAM), MEMBER_JOB + "/status.json", {}, content, **INVITED
    )


def _object_job(content: str) -> Given:
    """Return what imports custom objects to the end."""
    return lambda server: _after(server, OBJECTS.format(**CAR), OBJECT_JOB + "/status.json", CAR, content)


def _after(
    server: Server, create: str, poll: str, path: Mapping[str, object], content: str, **params: str
) -> Mapping[str, Any]:
    batch_id = bulk(server, create, content, **params)["result"][0]["batchId"]
    told = {**path, "batchId": batch_id}
    finished(server, poll.format(**told))
    return {"path": told}


def _ended(message: str, processed: int, failed: int = 0, warned: int = 0) -> Shape:
    """Return the status of a finished import of leads or members."""
    return mapi(
        [
            {
                "batchId": INTEGER,
                "importId": DIGITS,
                "status": "Complete",
                "numOfLeadsProcessed": processed,
                "numOfRowsFailed": failed,
                "numOfRowsWithWarning": warned,
                "message": message,
            }
        ]
    )


def _objects_ended(message: str, processed: int, failed: int = 0) -> Shape:
    """Return the status of a finished import of custom objects."""
    return mapi(
        [
            {
                "batchId": INTEGER,
                "operation": "import",
                "status": "Complete",
                "objectApiName": "car_c",
                "numOfObjectsProcessed": processed,
                "numOfRowsFailed": failed,
                "numOfRowsWithWarning": 0,
                "importTime": written("a time taken", r"\d+ second\(s\)"),
                "message": message,
            }
        ]
    )


def _upload(content: str) -> Mapping[str, Any]:
    return {"params": {"format": "csv"}, "files": {"file": ("f.csv", content, "text/csv")}}


def _files(page: str, job: str, failed: Case, warned: Case | None, also: str = "") -> tuple[Operation, ...]:
    """Return the failure and the warning file of a job, each also when there is none."""
    made = []
    for name, case in (("failures", failed), ("warnings", warned)):
        none = Case(
            f"{page}: {name.title()}, no file",
            TEXT,
            CAR | NOBODYS,
            http_status=404,
            content_type="text/plain;charset=UTF-8",
        )
        others = (f"GET {also}/{name}.json",) if also else ()
        made.append(Operation(f"GET {job}/{name}.json", *([case] if case else []), none, also=others))
    return tuple(made)


QUEUED = mapi([{"batchId": INTEGER, "importId": DIGITS, "status": "Queued"}])
QUEUED_OBJECTS = mapi([{"batchId": INTEGER, "status": "Queued", "objectApiName": "car_c"}])
UNKNOWN = refused("/bulk", "1013", "Object not found")
LEAD_PAGE, MEMBER_PAGE, OBJECT_PAGE = (
    f"bulk-{kind}-import.md" for kind in ("lead", "program-member", "custom-object")
)
OPERATIONS = (
    Operation(f"POST {LEADS}", Case(f"{LEAD_PAGE}: Creating a Job", QUEUED, **_upload(GOOD))),
    Operation(
        f"GET {LEAD_JOB}.json",
        Case(f"{LEAD_PAGE}: Polling Job Status", _ended(FAILED.format(1), 0, 1), given=_lead_job(BAD_SCORE)),
        Case("error-codes.md: 1013", UNKNOWN, NOBODYS),
        also=(f"GET {LEAD_JOB}/status.json",),
    ),
    *_files(
        LEAD_PAGE,
        LEAD_JOB,
        Case(f"{LEAD_PAGE}: Failures", SCORE_FILE, content_type=CSV_TYPE, given=_lead_job(BAD_SCORE)),
        Case(f"{LEAD_PAGE}: Warnings", EMAIL_FILE, content_type=CSV_TYPE, given=_lead_job(BAD_EMAIL)),
    ),
    Operation(
        f"POST {MEMBERS}",
        Case(f"{MEMBER_PAGE}: Creating a Job", QUEUED, PROGRAM, INVITED, files={"file": ("f.csv", GOOD)}),
    ),
    Operation(
        f"GET {MEMBER_JOB}/status.json",
        Case(f"{MEMBER_PAGE}: Polling Job Status", _ended(WENT.format(2, 2), 2), given=_member_job(GOOD)),
        Case(
            f"{MEMBER_PAGE}: Failures, status", _ended(FAILED.format(1), 0, 1), given=_member_job(BAD_SCORE)
        ),
        Case(f"{MEMBER_PAGE}: Warnings, status", _ended(WARNED, 1, 0, 1), given=_member_job(BAD_EMAIL)),
        Case("error-codes.md: 1013", UNKNOWN, NOBODYS),
    ),
    *_files(
        MEMBER_PAGE,
        MEMBER_JOB,
        Case(f"{MEMBER_PAGE}: Failures", SCORE_FILE, content_type=CSV_TYPE, given=_member_job(BAD_SCORE)),
        Case(f"{MEMBER_PAGE}: Warnings", EMAIL_FILE, content_type=CSV_TYPE, given=_member_job(BAD_EMAIL)),
    ),
    Operation(
        f"POST {OBJECTS}", Case(f"{OBJECT_PAGE}: Creating a Job", QUEUED_OBJECTS, CAR, **_upload(CARS))
    ),
    Operation(
        f"GET {OBJECT_JOB}/status.json",
        Case(
            f"{OBJECT_PAGE}: Polling Job Status",
            _objects_ended(WENT.format(3, 3), 3),
            given=_object_job(CARS),
        ),
        Case(
            f"{OBJECT_PAGE}: Failures, status",
            _objects_ended(FAILED.format(3), 0, 3),
            given=_object_job(CARS_WITHOUT_KEY),
        ),
        Case("error-codes.md: 1013", UNKNOWN, CAR | NOBODYS),
        also=(f"GET {NAMELESS_JOB}/status.json",),
    ),
    *_files(
        OBJECT_PAGE,
        OBJECT_JOB,
        Case(
            f"{OBJECT_PAGE}: Failures", CARS_FILE, content_type=CSV_TYPE, given=_object_job(CARS_WITHOUT_KEY)
        ),
        None,
        also=NAMELESS_JOB,
    ),
)
