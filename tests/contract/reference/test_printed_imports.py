"""The imports that the bulk pages print, from the request's bytes to the bytes of status and files.

Rows are our own, as many and of the same kinds as in the printed files; ids and times are the server's.
"""

import re
from dataclasses import dataclass

import pytest

from tests.contract.api.world import finished
from tests.harness import Server

PEOPLE = "firstName,lastName,email,title,company,leadScore"
EIGHT = "".join(f"N{number},Lann,n{number}@lann.com,Lann,House Lann,0\n" for number in range(8))
SCORE_ROW, EMAIL_ROW = (
    "Aerys,Targ,aerys@targ.com,Targ,House Targ,TEXT_VALUE_IN_INTEGER_FIELD",
    "Aerys,Targ,INVALID_EMAIL,Targ,House Targ,0",
)
CAR_ROWS = ["red,bmw,2002,W12", "yellow,bmw,320i,W61", "blue,bmw,325i,W04"]
CARS = "color,make,model,vin\n" + "\n".join(CAR_ROWS)
NO_KEY = "missing.dedupe.fields"
MEMBERS = "/bulk/v1/program/1001/members/import.json?format=csv&programMemberStatus=On%20List"
OBJECTS = "/bulk/v1/customobjects/car_c/import.json?format=csv"
WENT = "Import succeeded, {0} records imported ({0} members)"


@dataclass(frozen=True)
class Printed:
    """An import as a page prints it: what is posted under which boundary, and what became of it.

    `processed`, `failed` and `warned` are counts; `failures` and `warnings` are whole files.
    """

    page: str
    path: str
    boundary: str
    filename: str
    content: str
    processed: int
    message: str
    failed: int = 0
    warned: int = 0
    failures: str | None = None
    warnings: str | None = None

    @property
    def is_object(self) -> bool:
        return "customobjects" in self.path

    def job(self, batch_id: int) -> str:
        """Return where the job is asked after."""
        if self.path.startswith("/bulk/v1/leads"):
            return f"/bulk/v1/leads/batch/{batch_id}"
        base = "customobjects/car_c" if self.is_object else "program/members"
        return f"/bulk/v1/{base}/import/{batch_id}"

    def created(self, batch_id: int) -> str:
        """Return the bytes that creation answers."""
        if self.is_object:
            return answer(f'"batchId":{batch_id},"status":"Queued","objectApiName":"car_c"')
        return answer(f'"batchId":{batch_id},"importId":"{batch_id}","status":"Queued"')

    def ended(self, batch_id: int) -> str:
        """Return the bytes that the status of the finished job answers."""
        rows = f'"numOfRowsFailed":{self.failed},"numOfRowsWithWarning":{self.warned}'
        if self.is_object:
            return answer(
                f'"batchId":{batch_id},"operation":"import","status":"Complete","objectApiName":"car_c",'
                f'"numOfObjectsProcessed":{self.processed},{rows},"importTime":"N second(s)",'
                f'"message":"{self.message}"'
            )
        return answer(
            f'"batchId":{batch_id},"importId":"{batch_id}","status":"Complete",'
            f'"numOfLeadsProcessed":{self.processed},{rows},"message":"{self.message}"'
        )


def answer(item: str) -> str:
    return f'{{"requestId":"R","result":[{{{item}}}],"success":true}}'


def plain(body: str) -> str:
    """Return an answer without its request id and the time that the import took."""
    return re.sub(
        r'"importTime":"\d+ s', '"importTime":"N s', re.sub(r'"requestId":"[^"]+"', '"requestId":"R"', body)
    )


LEADS = "/bulk/v1/leads.json?format=csv"
PEOPLE_BOUNDARY = "--------------------------118046853683028616211319"
OBJECT_BOUNDARY = "----WebKitFormBoundaryXjWP6BP8Ciq6bPeo"
LEAD_BOUNDARY = "----WebKitFormBoundaryBQACkJZyaiIAXogC"
FAILED = "Import completed with errors, {} records imported ({} members), {} failed"
IMPORTS = (
    Printed(
        "bulk-import.md: Creating a Job",
        LEADS,
        LEAD_BOUNDARY,
        "leads.csv",
        "firstName,lastName,email\nA,B,ab@x.com\nC,D,cd@x.com\nE,F,ef@x.com",
        3,
        WENT.format(3),
    ),
    Printed(
        "bulk-lead-import.md: Creating a Job",
        LEADS,
        LEAD_BOUNDARY,
        "leads.csv",
        "firstName,lastName,email,company\nA,B,ab@x.com,X\nC,D,cd@x.com,X\nE,F,ef@x.com,X",
        3,
        WENT.format(3),
    ),
    Printed(
        "bulk-lead-import.md: Polling Job Status",
        LEADS,
        LEAD_BOUNDARY,
        "leads.csv",
        "email,leadScore\ng@x.com,1\nh@x.com,high\ni@x.com,2\n",
        2,
        FAILED.format(2, 2, 1),
        failed=1,
        failures="email,leadScore,Import Failure Reason\nh@x.com,high,Invalid data type in field Lead Score\n",
    ),
    Printed(
        "bulk-program-member-import.md: Creating a Job",
        MEMBERS,
        PEOPLE_BOUNDARY,
        "House.csv",
        f"{PEOPLE}\n{EIGHT}\n",
        8,
        WENT.format(8),
    ),
    Printed(
        "bulk-program-member-import.md: Failures",
        MEMBERS,
        PEOPLE_BOUNDARY,
        "House.csv",
        f"{PEOPLE}\n{SCORE_ROW}\n",
        0,
        FAILED.format(0, 0, 1),
        failed=1,
        failures=f"{PEOPLE},Import Failure Reason\n{SCORE_ROW},Invalid data type in field Lead Score\n",
    ),
    Printed(
        "bulk-program-member-import.md: Warnings",
        MEMBERS,
        PEOPLE_BOUNDARY,
        "House.csv",
        f"{PEOPLE}\n{EMAIL_ROW}\n",
        1,
        "Import succeeded, 1 records imported (1 members), 1 warning.",
        warned=1,
        warnings=f"{PEOPLE},Import Warning Reason\n{EMAIL_ROW},Invalid email address\n",
    ),
    Printed(
        "bulk-custom-object-import.md: Creating a Job",
        OBJECTS,
        OBJECT_BOUNDARY,
        "custom_object_import.csv",
        CARS,
        3,
        WENT.format(3),
    ),
    Printed(
        "bulk-custom-object-import.md: Failures",
        OBJECTS,
        OBJECT_BOUNDARY,
        "custom_object_import.csv",
        CARS.replace(",vin", ", vin"),
        0,
        FAILED.format(0, 0, 3),
        failed=3,
        failures="color,make,model, vin,Import Failure Reason\n"
        + "".join(f"{row},{NO_KEY}\n" for row in CAR_ROWS),
    ),
)


def body_of(printed: Printed, delimiter: str) -> bytes:
    """Return a request's body: the file in a part of its own."""
    head = f'Content-Disposition: form-data; name="file"; filename="{printed.filename}"\r\nContent-Type: text/csv'
    return f"{delimiter}\r\n{head}\r\n\r\n{printed.content}\r\n{delimiter}--".encode()


@pytest.mark.parametrize("printed", IMPORTS, ids=[each.page for each in IMPORTS])
def test_a_printed_import(world: Server, printed: Printed) -> None:
    """§2, §4-§7: creation, status and both files, byte for byte but for ids and times."""
    headers = {"Content-Type": f"multipart/form-data; boundary={printed.boundary}"}
    content = body_of(printed, f"--{printed.boundary}")
    made = world.call("POST", printed.path, content=content, headers=headers)
    batch_id = made.json()["result"][0]["batchId"]
    assert plain(made.text) == printed.created(batch_id)
    status = printed.job(batch_id) + ("/status.json" if "import" in printed.job(batch_id) else ".json")
    finished(world, status)
    assert plain(world.call("GET", status).text) == printed.ended(batch_id)
    for name, file in (("failures", printed.failures), ("warnings", printed.warnings)):
        found = world.call("GET", f"{printed.job(batch_id)}/{name}.json")
        if file is None:
            assert found.status_code == 404
            continue
        assert (found.status_code, found.headers["content-type"]) == (200, "text/csv;charset=UTF-8")
        assert found.content == file.encode()


@pytest.mark.parametrize("dashes", [26, 6], ids=["bulk-import.md", "bulk-lead-import.md"])
def test_two_printed_requests_name_another_boundary(world: Server, dashes: int) -> None:
    """§3.2: their headers have other dashes than their bodies (RFC 2046 §5.1.1), so nothing can be found: 613."""
    headers = {
        "Content-Type": f"multipart/form-data; boundary={'-' * dashes}WebKitFormBoundaryBQACkJZyaiIAXogC"
    }
    content = body_of(IMPORTS[0], f"--{LEAD_BOUNDARY}")
    refused = world.call("POST", LEADS, content=content, headers=headers).json()
    assert refused["errors"][0]["code"] == "613"


@pytest.mark.parametrize("printed", [IMPORTS[1], IMPORTS[3], IMPORTS[6]], ids=["leads", "members", "objects"])
def test_a_printed_curl(world: Server, printed: Printed) -> None:
    """§0.5, §3.2: what curl sends for `-F`: parameters and the token as fields, the file by its path."""
    fields = {"format": "csv", "access_token": world.token}
    if "programMemberStatus" in printed.path:
        fields["programMemberStatus"] = "On List"
    files = {"file": (printed.filename, printed.content.encode(), "application/octet-stream")}
    path = printed.path.partition("?")[0]
    made = world.http.post(f"{world.address}{path}", data=fields, files=files)
    batch_id = made.json()["result"][0]["batchId"]
    assert plain(made.text) == printed.created(batch_id)
