"""§5: bulk program-member import."""

import json

import pytest

from tests.contract.api.calls import error_of
from tests.contract.api.world import MEMBERS, bulk, finished, import_members, whole_subscription
from tests.harness import Server, running
from tests.sockets import answer_of, connect

CREATE = "/bulk/v1/program/1001/members/import.json"


def members(server: Server, *leads: str) -> list[tuple[object, ...]]:
    fields = "leadId,statusName,reachedSuccess,acquiredBy,webinarQuestion,rank"
    found = []
    for email in leads:
        ((lead_id, program),) = [
            (lead["id"], lead["acquisitionProgramId"])
            for lead in server.lead("email", email, "acquisitionProgramId")
        ]
        params = {"filterType": "leadId", "filterValues": lead_id, "fields": fields}
        for row in server.get("/rest/v1/programs/1001/members.json", params=params)["result"]:
            found.append((*(row[name] for name in fields.split(",")[1:]), program))
    return found


LANNISTERS = """firstName,lastName,email,title,company,leadScore
Joanna,Lannister,Joanna@Lannister.com,Lannister,House Lannister,0
Tywin,Lannister,Tywin@Lannister.com,Lannister,House Lannister,0
Cersei,Lannister,Cersei@Lannister.com,Lannister,House Lannister,0
Jamie,Lannister,Jamie@Lannister.com,Lannister,House Lannister,0
Tyrion,Lannister,Tyrion@Lannister.com,Lannister,House Lannister,0
"""
TARGARYENS = """firstName,lastName,email,title,company,leadScore
Aerys,Targaryen,Aerys@Targaryen.com,Targaryen,House Targaryen,TEXT_VALUE_IN_INTEGER_FIELD
Rhaella,Targaryen,INVALID_EMAIL,Targaryen,House Targaryen,0
"""


def done(batch_id: int, rows: int, failed: int, warned: int, message: str) -> dict[str, object]:
    return {
        "batchId": batch_id,
        "importId": str(batch_id),
        "status": "Complete",
        "numOfLeadsProcessed": rows,
        "numOfRowsFailed": failed,
        "numOfRowsWithWarning": warned,
        "message": message,
    }


def test_the_documented_members_file(world: Server) -> None:
    """§5.1, §2.5: creation and status of the docs' file, word for word; its people are members."""
    body = bulk(world, CREATE, LANNISTERS, programMemberStatus="On List", format="csv")
    assert set(body) == {"requestId", "result", "success"}
    (job,) = body["result"]
    batch_id = job["batchId"]
    assert job == {"batchId": batch_id, "importId": str(batch_id), "status": "Queued"}
    assert finished(world, f"{MEMBERS}/{batch_id}/status.json") == done(
        batch_id, 5, 0, 0, "Import succeeded, 5 records imported (5 members)"
    )
    names = [name + "@lannister.com" for name in ("joanna", "tywin", "cersei", "jamie", "tyrion")]
    assert members(world, *names) == [("On List", False, True, None, None, 1001)] * 5


def test_the_documented_failure_and_warning(world: Server) -> None:
    """§5.1, §7: a text in Lead Score fails its row, an invalid address warns; both files to the byte."""
    batch_id = import_members(world, TARGARYENS, "On List")
    assert finished(world, f"{MEMBERS}/{batch_id}/status.json") == done(
        batch_id,
        1,
        1,
        1,
        "Import completed with errors, 1 records imported (1 members), 1 failed, 1 warning.",
    )
    header, failed, warned = TARGARYENS.splitlines()
    for kind, word, line in (
        ("failures", "Failure", f"{failed},Invalid data type in field Lead Score"),
        ("warnings", "Warning", f"{warned},Invalid email address"),
    ):
        answer = world.call("GET", f"{MEMBERS}/{batch_id}/{kind}.json")
        assert answer.headers["content-type"] == "text/csv;charset=UTF-8"
        assert answer.text == f"{header},Import {word} Reason\n{line}\n"


def test_steps_only_advance(world: Server) -> None:
    """§5.2: a lower status is kept quietly, a higher one is taken; success is reached once."""
    file = "email\nstep@x.com\n"
    first = import_members(world, file, "on list")
    assert [line.split(",")[1] for line in world.ledger(first)] == ["created"]
    assert members(world, "step@x.com") == [("On List", False, True, None, None, 1001)]
    back = import_members(world, file, "Invited")
    assert [line.split(",")[1] for line in world.ledger(back)] == ["unchanged"]
    again = import_members(world, file, "On List")
    assert [line.split(",")[1] for line in world.ledger(again)] == ["unchanged"]
    on = import_members(world, file, "Attended")
    assert [line.split(",")[1] for line in world.ledger(on)] == ["updated"]
    assert members(world, "step@x.com") == [("Attended", True, True, None, None, 1001)]


def test_fields_of_members_and_leads(world: Server) -> None:
    """§5.2: member fields beside lead fields; blanks keep, NULL clears, rows of a key in order, one bad cell
    fails the whole row.
    """
    header = "email,firstName,webinarQuestion,rank,createdAt\n"
    batch_id = import_members(
        world,
        f"{header}f@x.com,Fay,why,1,x\nf@x.com,,,2,\ng@x.com,Gus,who,bad,\nh@x.com,Hal,NULL,,\n",
        "Invited",
    )
    assert [line.split(",")[1] for line in world.ledger(batch_id)] == [
        "created",
        "updated",
        "failed",
        "created",
    ]
    assert members(world, "f@x.com", "h@x.com") == [
        ("Invited", False, True, "why", 2, 1001),
        ("Invited", False, True, None, None, 1001),
    ]
    assert world.lead("email", "g@x.com", "id") == []
    text = world.call("GET", f"{MEMBERS}/{batch_id}/failures.json").text
    assert text.endswith("g@x.com,Gus,who,bad,,Invalid data type in field Rank\n")


def test_who_acquired_a_lead(world: Server) -> None:
    """§5.2: the first program acquires a lead, a later one does not."""
    world.run_import("email\nowned@x.com\n")
    import_members(world, "email\nowned@x.com\n", "Invited", program=1002)
    import_members(world, "email\nowned@x.com\n", "Invited")
    assert members(world, "owned@x.com") == [("Invited", False, False, None, None, 1002)]


def test_a_date_of_acquisition_stays(world: Server) -> None:
    """§4.4, §12: the file's own date, or the lead's, is not written over; who has none gets the import's."""
    date, name = "2020-01-01T00:00:00Z", "mktoAcquisitionDate"
    world.run_import(f"email,{name}\nolder@x.com,{date}\n")
    import_members(world, f"email,{name}\ndated@x.com,{date}\nolder@x.com,\nundated@x.com,\n", "Invited")
    found = world.lead("email", "dated@x.com,older@x.com,undated@x.com", f"{name},acquisitionProgramId")
    assert [lead["acquisitionProgramId"] for lead in found] == [1001] * 3
    assert sorted(lead[name] == date for lead in found) == [False, True, True]
    assert all(lead[name] for lead in found)


def test_missing_key(world: Server) -> None:
    """§7.3."""
    batch_id = import_members(world, "firstName\nAnn\n", "Invited")
    text = world.call("GET", f"{MEMBERS}/{batch_id}/failures.json").text
    assert text.splitlines()[1] == "Ann,Value for lookup field 'email' not found"


@pytest.mark.parametrize(
    ("program", "params", "error"),
    [
        ("99", {"programMemberStatus": "Invited"}, ("1013", "Program not found")),
        (
            "abc",
            {"programMemberStatus": "Invited"},
            ("1001", "Invalid value 'abc'. Required of type 'Integer'"),
        ),
        ("1001", {}, ("1002", "Missing value for the required parameter 'programMemberStatus'")),
        ("1001", {"programMemberStatus": "Left"}, ("1025", "Program status not found")),
        ("1001", {"programMemberStatus": "Not in Program"}, ("1025", "Program status not found")),
        (
            "1001",
            {"programMemberStatus": "Invited", "format": "xml"},
            ("1001", "Invalid value 'xml'. Required of type 'csv, tsv, ssv'"),
        ),
    ],
)
def test_creation_errors(world: Server, program: str, params: dict[str, str], error: tuple[str, str]) -> None:
    """§5.1."""
    files = {"file": ("f.csv", b"email\na@b.c\n")}
    answer = world.call("POST", f"/bulk/v1/program/{program}/members/import.json", params=params, files=files)
    assert error_of(answer) == error


def test_unknown_columns_and_parameters_in_the_form(world: Server) -> None:
    """§3.4, §5.1: 1006; the status may be a form part, with a raw space."""
    files = {"file": ("f.csv", b"email,nope\na@b.c,1\n")}
    answer = world.call("POST", CREATE, data={"programMemberStatus": "On List"}, files=files)
    assert error_of(answer) == ("1006", "Field 'nope' not found")
    files = {"file": ("f.csv", b"email\tfirstName\nform@x.com\tF\n")}
    data = {"programMemberStatus": "On List", "format": "TSV", "access_token": world.token}
    assert world.call("POST", CREATE, token="", data=data, files=files).json()["success"]


def test_a_job_is_known_to_its_kind_only(world: Server) -> None:
    """§2.3: another kind's path does not know the batch."""
    batch_id = import_members(world, "email\nkind@x.com\n", "Invited")
    assert world.get(f"/bulk/v1/leads/batch/{batch_id}.json")["errors"][0]["code"] == "1013"
    assert world.get(f"/bulk/v1/customobjects/import/{batch_id}/status.json")["errors"][0]["code"] == "1013"
    lead_batch = world.run_import("email\nkind@x.com\n")["batchId"]
    assert world.get(f"{MEMBERS}/{lead_batch}/status.json")["errors"][0]["code"] == "1013"


def test_going_back_may_warn(store: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """§14-Q17: the switch tells of members that stay where they are."""
    environment = {"LEADLINE_RULES__MEMBER_BACKWARD": "warn"}
    data = tmp_path_factory.mktemp("warn") / "data"
    for server in running(data, whole_subscription(), env=environment):
        import_members(server, "email\na@x.com\n", "Attended")
        batch_id = import_members(server, "email\na@x.com\n", "Invited")
        status = server.get(f"{MEMBERS}/{batch_id}/status.json")["result"][0]
        assert status["numOfRowsWithWarning"] == 1
        assert server.call("GET", f"{MEMBERS}/{batch_id}/warnings.json").text == (
            "email,Import Warning Reason\na@x.com,Lead skipped because it is already in or past this status\n"
        )


def test_a_status_with_a_raw_space(world: Server) -> None:
    """§3.2, §5.1: as the documentation prints it: the space stands in the request line as it is."""
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nemail\r\nspaced@example.com\r\n--b--\r\n'
    )
    lines = (
        f"POST {CREATE}?programMemberStatus=On List HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {world.token}",
        "Content-Type: multipart/form-data; boundary=b",
        f"Content-Length: {len(form)}",
        "Connection: close",
    )
    with connect(world) as raw:
        raw.sendall("\r\n".join([*lines, "", ""]).encode() + form)
        body = json.loads(answer_of(raw).partition(b"\r\n\r\n")[2])
    assert body["success"], body
    finished(world, f"{MEMBERS}/{body['result'][0]['batchId']}/status.json")
    ((status, *_),) = members(world, "spaced@example.com")
    assert status == "On List"


def test_a_filter_that_finds_too_many(world: Server) -> None:
    """§9.8: more than 100,000 members are 1003 with both numbers; leads named by id are no such filter."""
    there = len(world.get("/rest/v1/leads/programs/1002.json")["result"])
    many = "".join(f"crowd-{number}@x.com\n" for number in range(100_001))
    import_members(world, f"email\n{many}", "On List", program=1002)
    path = "/rest/v1/programs/1002/members.json"
    every = {"filterType": "statusName", "filterValues": "invited,on list,attended"}
    assert error_of(world.call("GET", path, params=every)) == (
        "1003",
        f"Matching membership size: {100_001 + there:,} exceeds the limit allowed (100,000) for this api",
    )
    (lead,) = world.lead("email", "crowd-7@x.com", "id")
    params = {"filterType": "leadId", "filterValues": lead["id"]}
    assert [row["leadId"] for row in world.get(path, params=params)["result"]] == [lead["id"]]
