"""Whatever is called, the change log tells exactly what it wrote; no endpoint and no SQL goes around the log."""

import ast
import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import leadline
from leadline.api.app import ENDPOINTS
from tests.contract.api.previews import applied, seen
from tests.contract.api.world import finished, import_members, import_objects, sync
from tests.contract.told_changes import Contents, contents_of, untold
from tests.forms import repeats
from tests.harness import Server
from tests.stores import open_stores

pytestmark = repeats("postgres", "given")  # `contract/store` tries the statements of each

LEADS, LISTS = "/rest/v1/leads.json", "/rest/v1/lists/1001/leads.json"
PROGRAM = "/rest/v1/programs/1001/members"


def call(server: Server, method: str, path: str, body: Any = None, **params: Any) -> Any:
    answer = server.call(method, path, json=body, params=params).json()
    assert answer["success"], (method, path, answer)
    return answer["result"]


def ids(server: Server, *emails: str) -> list[int]:
    params = {"filterType": "email", "filterValues": ",".join(emails), "fields": "email"}
    found = server.get("/rest/v1/leads.json", params=params)["result"]
    by_email = {each["email"]: each["id"] for each in found}
    return [by_email[each] for each in emails]


def import_leads(server: Server) -> None:
    """New and known people, keys that repeat, cells that go there and back, rows that fail."""
    lines = [f"p{n}@x.co,First{n},{n}" for n in range(30)]
    lines += ["p1@x.co,Other,7", "p2@x.co,Back,2", "p2@x.co,First2,2", "p3@x.co,,none", "p4@x.co,NULL,4"]
    batch_id = server.submit("email,firstName,leadScore\n" + "\n".join(lines) + "\n", listId=1001)
    assert server.finish(batch_id)["status"] == "Complete"
    again = [f"p{n}@x.co,First{n if n % 2 else -n},{n}" for n in range(40)] + [
        "p5@x.co,There,5",
        "p5@x.co,First5,5",
    ]
    batch_id = server.submit("email,firstName,leadScore\n" + "\n".join(again) + "\n")
    assert server.finish(batch_id)["status"] == "Complete"


def import_into_program(server: Server) -> None:
    """Leads old and new, acquired and not, with fields of members; then again with another status."""
    import_members(server, "email,firstName,rank\np1@x.co,Ann,1\nm1@x.co,New,2\nm1@x.co,Newer,3\n", "Invited")
    import_members(server, "email,rank,mktoAcquisitionDate\np1@x.co,5,\nm2@x.co,,2026-01-01\n", "Attended")


def import_cars(server: Server) -> None:
    import_objects(server, "car_c", "vin,color\nv1,red\nv2,blue\nv1,green\n")
    import_objects(server, "car_c", "vin,color\nv1,red\nv3,blue\nv2,blue\n")
    import_objects(server, "trip_c", "car,day,km,private\nv1,2026-01-01,5,true\nv1,2026-01-02,,\n")


def apply_preview(server: Server) -> None:
    """The whole file in one transaction: new and known people, who join a list."""
    file = "email,firstName,title\na1@x.co,Ann,New\np5@x.co,Five,Boss\na1@x.co,Anna,\n"
    assert applied(server, seen(server, "lead", file, listId=1001))["status"] == "Complete"


def undo(server: Server) -> None:
    """What was applied is taken back, and that undo as well: people go, cells and list come back and go."""
    batch_id = server.get("/leadline/v1/jobs.json")["result"][0]["batchId"]
    for _ in range(2):
        batch_id = call(server, "POST", f"/leadline/v1/jobs/{batch_id}/undo.json")[0]["batchId"]
        assert finished(server, f"/leadline/v1/jobs/{batch_id}.json")["status"] == "Complete"


def move(server: Server) -> None:
    one, two = ids(server, "p1@x.co", "p2@x.co")
    call(
        server, "POST", "/rest/v1/leads/partitions.json", {"input": [{"id": one, "partitionName": "Europe"}]}
    )
    here = [{"id": one, "partitionName": "Europe"}, {"id": two, "partitionName": "Europe"}]
    call(server, "POST", "/rest/v1/leads/partitions.json", {"input": here})


def on_list(server: Server) -> None:
    call(
        server,
        "POST",
        LISTS,
        {"input": [{"id": each} for each in ids(server, "p1@x.co", "m1@x.co", "p2@x.co")]},
    )


def off_list(server: Server) -> None:
    call(server, "DELETE", LISTS, {"input": [{"id": each} for each in ids(server, "p1@x.co", "m1@x.co")]})
    call(server, "POST", LISTS, {"input": [{"id": each} for each in ids(server, "m1@x.co")]})


def status(server: Server) -> None:
    known = [{"leadId": each} for each in ids(server, "p1@x.co", "p5@x.co", "p6@x.co")]
    call(server, "POST", f"{PROGRAM}/status.json", {"statusName": "On List", "input": known})
    call(server, "POST", f"{PROGRAM}/status.json", {"statusName": "Attended", "input": known})


def old_status(server: Server) -> None:
    known = [{"id": each} for each in ids(server, "p7@x.co", "p1@x.co")]
    call(server, "POST", "/rest/v1/leads/programs/1002/status.json", {"status": "Attended", "input": known})


def member_fields(server: Server) -> None:
    items = [{"leadId": each, "webinarQuestion": "Why?"} for each in ids(server, "p1@x.co", "p5@x.co")]
    call(server, "POST", f"{PROGRAM}.json", {"input": items})


def no_member(server: Server) -> None:
    one, two = ids(server, "p1@x.co", "p5@x.co")
    call(server, "POST", f"{PROGRAM}/delete.json", {"input": [{"leadId": one}, {"leadId": two}]})
    call(server, "POST", f"{PROGRAM}/status.json", {"statusName": "Invited", "input": [{"leadId": one}]})


def delete_people(server: Server) -> None:
    call(
        server,
        "POST",
        "/rest/v1/leads/delete.json",
        {"input": [{"id": each} for each in ids(server, "p8@x.co", "p1@x.co")]},
    )


def delete_person(server: Server) -> None:
    (one,) = ids(server, "p9@x.co")
    call(server, "DELETE", LEADS, {"input": [{"id": one}]})


def lists_deleted(path: str) -> Callable[[Server], None]:
    def run(server: Server) -> None:
        name = path.replace("/", " ")
        (made,) = call(
            server,
            "POST",
            "/rest/asset/v1/staticLists.json",
            None,
            name=name,
            folder='{"id":3,"type":"Folder"}',
        )
        people = {"input": [{"id": each} for each in ids(server, "p2@x.co", "p5@x.co")]}
        call(server, "POST", f"/rest/v1/lists/{made['id']}/leads.json", people)
        call(server, "POST", path.replace("{listId}", str(made["id"])))

    return run


def synced(path: str, *items: dict[str, Any]) -> Callable[[Server], None]:
    """Create records, change them, and send the same again."""

    def run(server: Server) -> None:
        for _ in range(2):
            sync(server, path, *items)
        name = next(name for name in items[0] if "xternal" not in name and name not in ("vin", "email"))
        sync(server, path, items[0] | {name: "Other"}, items[0] | {name: items[0][name]})

    return run


def deleted(path: str, by: str, *items: dict[str, Any]) -> Callable[[Server], None]:
    return lambda server: call(server, "POST", path, {"deleteBy": by, "input": list(items)})


WRITERS: dict[str, Callable[[Server], None]] = {
    "POST /bulk/v1/leads.json": import_leads,
    "POST /bulk/v1/program/{programId}/members/import.json": import_into_program,
    "POST /bulk/v1/customobjects/{apiName}/import.json": import_cars,
    "POST /leadline/v1/previews/{previewId}/apply.json": apply_preview,
    "POST /leadline/v1/jobs/{batchId}/undo.json": undo,
    "POST /rest/v1/leads.json": synced(
        LEADS, {"email": "s1@x.co", "firstName": "S", "leadScore": 5}, {"email": "p2@x.co", "title": "T"}
    ),
    "POST /rest/v1/leads/partitions.json": move,
    "POST /rest/v1/lists/{listId}/leads.json": on_list,
    "DELETE /rest/v1/lists/{listId}/leads.json": off_list,
    "POST /rest/v1/programs/{programId}/members/status.json": status,
    "POST /rest/v1/programs/{programId}/members.json": member_fields,
    "POST /rest/v1/leads/programs/{programId}/status.json": old_status,
    "POST /rest/v1/programs/{programId}/members/delete.json": no_member,
    "POST /rest/v1/leads/delete.json": delete_people,
    "DELETE /rest/v1/leads.json": delete_person,
    "POST /rest/v1/customobjects/{apiName}.json": synced(
        "/rest/v1/customobjects/car_c.json", {"vin": "v1", "color": "black"}, {"vin": "v9", "make": "M"}
    ),
    "POST /rest/v1/customobjects/{apiName}/delete.json": deleted(
        "/rest/v1/customobjects/car_c/delete.json", "dedupeFields", {"vin": "v9"}, {"vin": "v3"}
    ),
    "POST /rest/v1/companies.json": synced(
        "/rest/v1/companies.json",
        {"externalCompanyId": "c1", "company": "One"},
        {"externalCompanyId": "acme", "site": "S"},
    ),
    "POST /rest/v1/companies/delete.json": deleted(
        "/rest/v1/companies/delete.json", "dedupeFields", {"externalCompanyId": "c1"}
    ),
    "POST /rest/v1/salespersons.json": synced(
        "/rest/v1/salespersons.json", {"externalSalesPersonId": "sp9", "lastName": "Nine"}
    ),
    "POST /rest/v1/salespersons/delete.json": deleted(
        "/rest/v1/salespersons/delete.json", "dedupeFields", {"externalSalesPersonId": "sp9"}
    ),
    "POST /rest/asset/v1/staticList/{listId}/delete.json": lists_deleted(
        "/rest/asset/v1/staticList/{listId}/delete.json"
    ),
    "POST /asset/v1/staticList/{listId}/delete.json": lists_deleted(
        "/asset/v1/staticList/{listId}/delete.json"
    ),
}
"""How each endpoint writes that writes records, in an order in which the one finds what the other made."""

NO_RECORDS = (
    r"/identity/oauth/token",
    r"/rest/v1/customobjects/schema.*",
    r"/rest/v1/(leads|programs/members)/schema/.*",
    r"(/rest)?/asset/v1/staticLists?(/\{listId\})?\.json",
    r"(/rest)?/asset/v1/programs?(/\{programId\})?\.json",
    r"/leadline/v1/previews/(leads|program/\{programId\}/members|customobjects/\{apiName\})\.json",
    r"/leadline/v1/jobs/\{batchId\}/cancel\.json",
)
"""Paths of calls that change settings, lists, programs and jobs, never a record."""


def test_each_writing_endpoint_is_here() -> None:
    """A new one needs its line in `WRITERS`, or has none of the records that are logged."""
    writing = {f"{each.method} {each.path}": each.path for each in ENDPOINTS if each.method != "GET"}
    missing = [
        name
        for name, path in writing.items()
        if name not in WRITERS and not any(re.fullmatch(pattern, path) for pattern in NO_RECORDS)
    ]
    assert not missing, f"add to WRITERS how {missing} write"
    assert set(WRITERS) <= set(writing)


def test_what_each_endpoint_writes_is_told(world: Server) -> None:
    """Records changed if and only if a change set says so: which, which cells, from what to what."""
    stores = open_stores(world.data)
    database = stores.subscription("123-ABC-456")
    with database.read() as session:
        assert untold(session, Contents()) == [], "what the set-up wrote"
    for name, write in WRITERS.items():
        with database.read() as session:
            before = contents_of(session)
        write(world)
        with database.read() as session:
            faults, after = untold(session, before), contents_of(session)
        assert not faults, (name, faults[:5])
        assert after.last > before.last, f"{name} wrote nothing"
    stores.close()


RECORD_TABLES = r"(lead|program_member|list_member|company|sales_person|object_\w+)"


def test_no_query_writes_records() -> None:
    """Named queries write what is no record; deleting a list, which takes its memberships, is the writer's."""
    folder = resources.files("leadline.store").joinpath("queries")
    texts = [each.read_text() for each in Path(str(folder)).rglob("*.sql")]
    assert len(texts) > 8
    writes = rf"(INSERT INTO|UPDATE|DELETE FROM)\s+\{{schema\}}\.{RECORD_TABLES}\b"
    assert [found.group() for text in texts for found in re.finditer(writes, text)] == []


def test_nothing_but_the_writer_writes_in_bulk() -> None:
    """What is built or written in bulk elsewhere is known: marks of issues and uploads, and tables themselves.

    The tables that a record lies in are written for the writer alone.
    """
    source = Path(leadline.__file__).parent
    found, parting = set(), set()
    for file in source.rglob("*.py"):
        if re.search(r"import .*\brecord_tables\b", file.read_text()):
            parting.add(str(file.relative_to(source)))
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of = ast.unparse(node.func.value)
                is_bulk = node.func.attr in ("insert", "insert_missing", "update", "upsert") and of.endswith(
                    "session"
                )
                text = ast.unparse(node.args[0]).upper() if node.args else ""
                is_built = node.func.attr == "run_built" and any(
                    word in text for word in ("INSERT", "UPDATE", "DELETE")
                )
                deletes_list = node.func.attr == "run" and "'DELETE_LIST'" in text
                if is_bulk or is_built or deletes_list:
                    found.add(str(file.relative_to(source)))
    assert found == {"store/writer.py", "store/record_tables.py", "store/reports.py", "store/uploads.py"}
    assert parting == {"store/writer.py"}
