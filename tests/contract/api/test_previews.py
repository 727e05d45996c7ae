"""A preview tells what an import would do, and writes nothing; an apply does that, as a whole or not at all."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.calls import error_of
from tests.contract.api.previews import (
    PREVIEWS,
    WAY_OF,
    applied,
    apply,
    asked,
    cells_of,
    file_of,
    lines_of,
    seen,
    told,
)
from tests.contract.api.world import import_members, import_objects, sync, whole_subscription
from tests.harness import Server, running

LIST = [{"id": 1001, "name": "People"}, {"id": 1002, "name": "Others"}]
FILE = (
    "email,firstName,leadScore,createdAt\n"
    "ann@x.co,Anna,1,yesterday\n"
    "bob@x.co,NULL,2,\n"
    "cy@x.co,Cy,3,\n"
    "cy@x.co,Cyd,,\n"
    ",x,y,\n"
    "dee@x.co,Dee,z,\n"
    "no mail,NULL,,\n"
)


@pytest.fixture(scope="module")
def server(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """People Ann and Bob, of whom Ann is on list 1001."""
    for each in running(tmp_path_factory.mktemp("previews") / "data", whole_subscription(lists=LIST)):
        each.run_import("email,firstName,leadScore\nann@x.co,Ann,1\n", listId=1001)
        each.run_import("email,firstName,leadScore\nbob@x.co,Bob,1\n")
        yield each


def column(name: str, **counts: Any) -> dict[str, Any]:
    """Return a column of a preview; members that are not given are none."""
    zero = dict.fromkeys(("overwrites", "fills", "clears", "same", "failed", "ignored"), 0)
    line = {"column": name, "field": name, "why": []} | zero | counts
    return line | {"sets": line["overwrites"] + line["fills"] + line["clears"]}


def test_what_a_preview_tells(server: Server) -> None:
    preview = seen(server, "lead", FILE, listId=1001)
    assert (preview["kind"], preview["undoes"], preview["batchId"]) == ("lead", None, None)
    assert preview["file"] | {"sha256": ""} == {"name": "f.csv", "sha256": "", "bytes": len(FILE), "rows": 7}
    assert preview["rows"] == {"created": 2, "updated": 3, "unchanged": 0, "failed": 2, "warned": 1}
    fails = {"reason": "the row fails for another cell", "cells": 1}
    assert preview["columns"] == [
        column("email", fills=2, same=3, failed=1, ignored=1, why=[fails]),
        column("firstName", overwrites=2, fills=1, clears=1, same=1, ignored=2, why=[fails | {"cells": 2}]),
        column("leadScore", overwrites=1, fills=1, same=1, failed=2),
        column("createdAt", ignored=1, why=[{"reason": "the field is read-only", "cells": 1}]),
    ]
    assert preview["reasons"] == [
        {
            "kind": "failure",
            "reason": "Value for lookup field 'email' not found",
            "column": "email",
            "rows": 1,
            "firstRow": 5,
        },
        {
            "kind": "failure",
            "reason": "Invalid data type in field Lead Score",
            "column": "leadScore",
            "rows": 1,
            "firstRow": 6,
        },
        {"kind": "warning", "reason": "Invalid email address", "column": "email", "rows": 1, "firstRow": 7},
    ]
    assert preview["members"] == {"added": 3, "alreadyThere": 1}


def test_the_files_of_a_preview(server: Server) -> None:
    preview = seen(server, "lead", FILE, listId=1001)
    given = ["leadPartitionId,,1"]
    given += [
        f"{kind}Source{what}"
        for kind in ("original", "registration")
        for what in ("Type,,List import", "Info,,List: People")
    ]
    given.append("list,,1001")
    assert file_of(server, preview, "changes") == (
        "row,id,key,field,old,new\n"
        "1,1,ann@x.co,firstName,Ann,Anna\n"
        "2,2,bob@x.co,firstName,Bob,\n"
        "2,2,bob@x.co,leadScore,1,2\n"
        "2,2,bob@x.co,list,,1001\n"
        "3,,cy@x.co,email,,cy@x.co\n"
        "3,,cy@x.co,firstName,,Cy\n"
        "3,,cy@x.co,leadScore,,3\n"
        + "".join(f"3,,cy@x.co,{each}\n" for each in given)
        + "4,,cy@x.co,firstName,Cy,Cyd\n"
        "7,,no mail,email,,no mail\n" + "".join(f"7,,no mail,{each}\n" for each in given)
    )
    assert file_of(server, preview, "rows") == (
        "row,outcome,id,reason\n"
        "1,updated,1,\n2,updated,2,\n3,created,,\n4,updated,,\n"
        "5,failed,,Value for lookup field 'email' not found\n"
        "6,failed,,Invalid data type in field Lead Score\n"
        "7,created,,Invalid email address\n"
    )
    assert file_of(server, preview, "faults") == (
        "row,column,value,reason\n"
        "5,email,,Value for lookup field 'email' not found\n"
        "5,leadScore,y,Invalid data type in field Lead Score\n"
        "6,leadScore,z,Invalid data type in field Lead Score\n"
    )
    assert file_of(server, preview, "drift") == ""


def test_a_preview_writes_nothing(server: Server) -> None:
    """No record, no member of the list, no job; ids and batch ids are not used up."""
    before = server.get("/leadline/v1/jobs.json")["result"]
    preview = seen(server, "lead", "email\nnobody@x.co\nbob@x.co\n", listId=1001)
    assert preview["rows"]["created"] == 1
    assert server.lead("email", "nobody@x.co", "id") == []
    assert [each["id"] for each in server.get("/rest/v1/list/1001/leads.json")["result"]] == [1]
    assert server.get("/leadline/v1/jobs.json")["result"] == before
    first, second = (server.submit("email\nnext@x.co\n") for _ in range(2))
    assert second == first + 1 == before[0]["batchId"] + 2
    server.finish(second)


@pytest.mark.parametrize(
    ("into", "content", "params"),
    [
        ("lead", FILE.replace("@x", "@lead"), {"listId": 1002}),
        ("lead", "id,firstName\n1,Zoe\n77,Y\nx,\n", {"lookupField": "id"}),
        ("member", "email,rank,firstName\nann@x.co,1,Ann\nm1@x.co,2,M\nm2@x.co,no,M\nm1@x.co,3,\n", {}),
        ("car", "vin,color,other\n1,red,x\n2,,y\n1,blue,\n,green,z\n", {}),
        ("trip", "car,day,km\n1,2026-01-02,5\n9,2026-01-02,x\n1,2026-01-02,6\n", {}),
    ],
)
def test_an_apply_does_what_was_shown(
    server: Server, into: str, content: str, params: dict[str, Any]
) -> None:
    """Its ledger, failures and warnings are those of the preview, byte for byte; ids of new records apart."""
    if into == "member":
        params = params | {"programMemberStatus": "Attended"}
    if into == "trip":
        import_objects(server, "car_c", "vin\n1\n")
    preview = seen(server, into, content, **params)
    job = applied(server, preview)
    assert job["status"] == "Complete", job
    counts = {name: job[name] for name in ("created", "updated", "unchanged", "failed")}
    assert {**counts, "warned": job["warnings"]} == preview["rows"]
    ledger = [line.split(",", 3) for line in server.ledger(job["batchId"])]
    rows = [line.split(",", 3) for line in lines_of(server, preview, "rows")]
    assert [line[:2] + line[3:] for line in ledger] == [line[:2] + line[3:] for line in rows]
    assert all(mine[2] in ("", theirs[2]) for mine, theirs in zip(rows, ledger, strict=True))
    assert told(server, preview["previewId"])["status"] == "Applied"
    assert told(server, preview["previewId"])["batchId"] == job["batchId"]
    again = seen(server, into, content, **params)
    assert again["rows"]["created"] == 0
    assert [each["sets"] for each in again["columns"]] == [
        each["overwrites"] + each["clears"] for each in again["columns"]
    ]


def test_failures_and_warnings_are_those_of_the_import(server: Server) -> None:
    content = 'email;firstName;x\n;"a;b";1\nodd;=1+1;2\nc@x.co;"""q""";3;4\n'.replace(";x", ";leadScore")
    preview = seen(server, "lead", content, format="ssv")
    batch_id = server.submit(content, format="ssv")
    server.finish(batch_id)
    for name in ("failures", "warnings"):
        theirs = server.call("GET", f"/bulk/v1/leads/batch/{batch_id}/{name}.json").content.decode()
        assert file_of(server, preview, name) == theirs != ""


def test_an_apply_is_done_once(server: Server) -> None:
    preview = seen(server, "lead", "email\nonce@x.co\n")
    first, second = (apply(server, preview) for _ in range(2))
    assert first["result"][0]["batchId"] == second["result"][0]["batchId"]
    job = applied(server, preview)
    assert server.status(job["batchId"])["numOfLeadsProcessed"] == 1
    assert job["appliesPreview"] == preview["previewId"]
    assert apply(server, preview, drift="accept")["result"][0]["batchId"] == job["batchId"]


def test_what_changed_since_refuses_an_apply(server: Server) -> None:
    """Told cell by cell; nothing is written, not even rows that nothing happened to."""
    server.run_import("email,firstName,leadScore\nold@x.co,Old,1\nsame@x.co,Same,1\n")
    content = "email,firstName,leadScore\nold@x.co,New,1\nsame@x.co,Changed,\nfresh@x.co,Fresh,2\n"
    preview = seen(server, "lead", content)
    server.run_import("email,firstName\nold@x.co,Other\nfresh@x.co,Fresh\n")
    job = applied(server, preview)
    rows = "2 rows would act differently"
    assert (job["status"], job["message"]) == ("Failed", f"Import failed, the preview is out of date: {rows}")
    drift = (
        "row,field,planned_old,planned_new,now_old,now_new\n"
        "1,firstName,Old,New,Other,New\n"
        "3,email,,fresh@x.co,,\n"
        "3,firstName,,Fresh,,\n"
        "3,leadPartitionId,,1,,\n"
        "3,originalSourceType,,Web service API,,\n"
        "3,registrationSourceType,,Web service API,,\n"
    )
    assert file_of(server, preview, "drift") == drift
    assert server.call("GET", f"/leadline/v1/jobs/{job['batchId']}/drift.csv").text == drift
    assert server.lead("email", "same@x.co", "firstName")[0]["firstName"] == "Same"
    assert told(server, preview["previewId"])["status"] == "Ready"
    assert apply(server, preview)["result"][0]["batchId"] == job["batchId"]
    accepted = applied(server, preview, drift="accept")
    assert (accepted["status"], accepted["updated"]) == ("Complete", 3)
    assert server.lead("email", "old@x.co", "firstName")[0]["firstName"] == "New"
    assert told(server, preview["previewId"])["status"] == "Applied"


def test_a_change_elsewhere_is_no_drift(server: Server) -> None:
    """Another field of the same record, another record, a new record that takes the next id, time."""
    server.run_import("email,firstName\nelse@x.co,E\n")
    preview = seen(server, "lead", "email,firstName\nelse@x.co,F\nmore@x.co,M\n")
    server.run_import("email,lastName\nelse@x.co,L\nthird@x.co,T\n")
    assert applied(server, preview)["status"] == "Complete"


@pytest.mark.parametrize("on_list", [True, False])
def test_a_list_that_moved_is_drift(server: Server, on_list: bool) -> None:
    name = f"mover{on_list}@x.co"
    server.run_import(f"email\n{name}\n", **({"listId": 1002} if on_list else {}))
    (lead,) = server.lead("email", name, "id")
    preview = seen(server, "lead", f"email\n{name}\n", listId=1002)
    assert preview["members"] == {"added": int(not on_list), "alreadyThere": int(on_list)}
    path = f"/rest/v1/lists/1002/leads.json?id={lead['id']}"
    assert server.call("DELETE" if on_list else "POST", path).json()["success"]
    job = applied(server, preview)
    assert job["status"] == "Failed"
    line = ["", "", "", "1002"] if on_list else ["", "1002", "", ""]
    assert cells_of(file_of(server, preview, "drift")) == [["1", "list", *line]]


def test_a_status_that_moved_is_drift(server: Server) -> None:
    """The day of success, which is the day of the import, is none."""
    import_members(server, "email\nstep@x.co\n", "Invited")
    preview = seen(server, "member", "email\nstep@x.co\nwon@x.co\n", programMemberStatus="Attended")
    import_members(server, "email\nstep@x.co\n", "On List")
    job = applied(server, preview)
    assert job["status"] == "Failed"
    assert cells_of(file_of(server, preview, "drift")) == [
        ["1", "programStatus", "Invited", "Attended", "On List", "Attended"]
    ]
    preview = seen(server, "member", "email\nstep@x.co\nwon@x.co\n", programMemberStatus="Attended")
    assert applied(server, preview)["status"] == "Complete"


def test_a_deleted_target_fails_an_apply(server: Server) -> None:
    body = {"name": "Brief", "folder": '{"id":3,"type":"Folder"}'}
    made = server.call("POST", "/rest/asset/v1/staticLists.json", data=body).json()["result"][0]["id"]
    preview = seen(server, "lead", "email\nbrief@x.co\n", listId=made)
    assert server.call("POST", f"/rest/asset/v1/staticList/{made}/delete.json").json()["success"]
    job = applied(server, preview)
    assert (job["status"], job["message"]) == ("Failed", "Import failed, its static list was deleted")


def test_a_file_that_cannot_be_imported_cannot_be_foreseen(server: Server) -> None:
    """The import would fail as a whole, and so does its preview, with the same sentence."""
    content = b"email,firstName\na@x.co,\xff\n"
    preview = told(server, asked(server, "lead", content))
    batch_id = server.submit(content)
    assert (preview["status"], preview["message"]) == ("Failed", server.finish(batch_id)["message"])
    assert "rows" not in preview
    code, message = error_of(server.call("POST", f"{PREVIEWS}/{preview['previewId']}/apply.json"))
    assert (code, message) == ("1003", "The preview is Failed, only one that is Ready can be applied")


CASES = [
    ("lead", {}, None),
    ("lead", {"format": "xml"}, "email\n"),
    ("lead", {"listId": "x"}, "email\n"),
    ("lead", {"listId": "4711"}, "email\n"),
    ("lead", {"lookupField": "nonsense"}, "email\n"),
    ("lead", {"partitionName": "nowhere"}, "email\n"),
    ("lead", {}, ""),
    ("lead", {}, "email,nonsense\n"),
    ("lead", {}, "email,EMAIL\n"),
    ("member", {}, "email\n"),
    ("member", {"programMemberStatus": "nonsense"}, "email\n"),
    ("car", {}, "vin,VIN\n"),
]
CREATE = {
    "lead": "/bulk/v1/leads.json",
    "member": "/bulk/v1/program/1001/members/import.json",
    "car": "/bulk/v1/customobjects/car_c/import.json",
}


@pytest.mark.parametrize(("into", "params", "content"), CASES)
def test_what_refuses_an_import_refuses_its_preview(
    server: Server, into: str, params: dict[str, str], content: str | None
) -> None:
    """With the same code and message."""
    files = {"other": ("", b"x")} if content is None else {"file": ("f.csv", content.encode())}
    answers = [
        error_of(server.call("POST", path[into], params=params, files=files)) for path in (CREATE, WAY_OF)
    ]
    assert answers[0] == answers[1]


def test_a_wait_is_a_number_of_seconds(server: Server) -> None:
    preview_id = asked(server, "lead", "email\n")
    for wait in ("-1", "31", "soon"):
        assert (
            error_of(server.call("GET", f"{PREVIEWS}/{preview_id}.json", params={"wait": wait}))[0] == "1001"
        )
    assert told(server, preview_id)["rows"]["created"] == 0


def test_a_preview_that_is_sent_again(server: Server) -> None:
    """`Idempotency-Key`: the same preview; an apply too. Another request with the key is refused."""
    files, headers = {"file": ("f.csv", b"email\nkey@x.co\n")}, {"Idempotency-Key": "preview-1"}
    made = [server.call("POST", WAY_OF["lead"], files=files, headers=headers) for _ in range(2)]
    first, second = (each.json()["result"][0]["previewId"] for each in made)
    assert first == second
    assert [each.headers.get("Idempotent-Replayed") for each in made] == [None, "true"]
    answer = server.call("POST", CREATE["lead"], files=files, headers=headers)
    assert error_of(answer, 422)[0] == "1003"
    told(server, first)
    path, headers = f"{PREVIEWS}/{first}/apply.json", {"Idempotency-Key": "apply-1"}
    again = [server.call("POST", path, headers=headers) for _ in range(2)]
    assert again[0].json()["result"][0]["batchId"] == again[1].json()["result"][0]["batchId"]
    assert [each.headers.get("Idempotent-Replayed") for each in again] == [None, "true"]


def test_formulas_are_data(server: Server) -> None:
    """Nothing is guarded unless the operator asks for it."""
    preview = seen(server, "lead", 'email,firstName\n=1+1,"=2, ""3"""\n')
    assert cells_of(file_of(server, preview, "changes"))[1] == ["1", "", "=1+1", "firstName", "", '=2, "3"']


def test_synced_records_are_drift_too(server: Server) -> None:
    preview = seen(server, "lead", "email,firstName\nsynced@x.co,S\n")
    sync(server, "/rest/v1/leads.json", {"email": "synced@x.co"})
    assert applied(server, preview)["status"] == "Failed"
