"""Who is deleted is gone from the change log too, in the same commit, and nobody else is."""

from collections import Counter
from typing import Any

from leadline.model.change_parts import unpack_part
from leadline.model.changes import LIST_MEMBER, What
from leadline.store import change_log
from leadline.store.base import Database, Session
from tests.contract.api.world import codes, import_members, sync
from tests.harness import Server
from tests.stores import open_stores

PROGRAM, LIST, DELETE = (
    "/rest/v1/programs/1001/members",
    "/rest/v1/lists/1001/leads.json",
    "/rest/v1/leads/delete.json",
)
Rows = dict[tuple[int, str], list[dict[str, Any]]]
"""The rows of the log by change set and object type."""


def call(server: Server, method: str, path: str, body: Any) -> None:
    assert server.call(method, path, json=body).json()["success"]


def lived(server: Server, email: str) -> int:
    """Let a person be imported, changed, put on lists and into programs, out of them and in again."""
    crowd = [f"{email[:2]}{n}@crowd.co,First{n},{n}" for n in range(50)]
    lines = [*crowd[:25], f"{email},Secretfirst,7", *crowd[25:], f"{email},Secretsecond,8"]
    server.finish(server.submit("email,firstName,leadScore\n" + "\n".join(lines) + "\n", listId=1001))
    import_members(
        server, f"email,webinarQuestion\n{email},Secretquestion\n{crowd[0].split(',')[0]},Other\n", "Invited"
    )
    lead_id = int(server.lead("email", email, "id")[0]["id"])
    for beside in ({"lastName": "Secretlast", "title": "Secrettitle"}, {"lastName": None, "title": "Other"}):
        assert codes(sync(server, "/rest/v1/leads.json", {"email": email} | beside)) == ["updated"]
    (member,) = [{"leadId": lead_id}]
    call(server, "POST", f"{PROGRAM}.json", {"input": [member | {"webinarQuestion": "Secretanswer"}]})
    call(server, "POST", f"{PROGRAM}/delete.json", {"input": [member]})
    call(server, "POST", f"{PROGRAM}/status.json", {"statusName": "Attended", "input": [member]})
    call(server, "POST", f"{PROGRAM}/delete.json", {"input": [member]})
    for method in ("DELETE", "POST", "DELETE"):
        call(server, method, LIST, {"input": [{"id": lead_id}]})
    return lead_id


def log_of(session: Session) -> Rows:
    found: Rows = {}
    for row in session.built_rows(
        "SELECT set_number, object_type, part, block FROM {schema}.change_part", {}
    ):
        table, _ = unpack_part(bytes(row["block"]))
        found.setdefault((row["set_number"], row["object_type"]), []).extend(table.to_pylist())
    return found


def ids_of(rows: Rows, object_type: str) -> Counter[int]:
    return Counter(each["id"] for (_, kind), some in rows.items() if kind == object_type for each in some)


def marks(rows: Rows) -> int:
    return repr(rows).count("Secret")


def memberships(rows: Rows, lead_id: int) -> set[int]:
    """Return the ids of a lead's memberships in programs, as the log knows them."""
    return {
        each["id"]
        for (_, kind), some in rows.items()
        if kind == "program_member"
        for each in some
        if lead_id in (each.get("new:leadId"), each.get("old:leadId"))
    }


def logged(database: Database) -> Rows:
    with database.read() as session:
        return log_of(session)


def test_the_log_forgets_whom_it_names_and_nobody_else(world: Server) -> None:
    stores = open_stores(world.data)
    database = stores.subscription("123-ABC-456")
    gone = [lived(world, "one@secret.co"), lived(world, "two@secret.co")]
    stays = lived(world, "three@crowd.co")
    before = logged(database)
    members = memberships(before, gone[0]) | memberships(before, gone[1])
    assert len(members) == 4
    assert [ids_of(before, "lead")[each] for each in gone] == [4, 4]
    assert [ids_of(before, LIST_MEMBER)[each] for each in gone] == [4, 4]
    call(world, "POST", DELETE, {"input": [{"id": each} for each in gone]})
    after = logged(database)
    assert marks(after) == marks(before) - 2 * marks(
        {(0, ""): []} | only(before, gone[0], memberships(before, gone[0]))
    )
    for key, rows in before.items():
        theirs = members if key[1] == "program_member" else gone if key[1] in ("lead", LIST_MEMBER) else []
        assert after.get(key, []) == [each for each in rows if each["id"] not in theirs], key
    (number,) = {each for each, _ in after} - {each for each, _ in before}
    told = after[number, "lead"]
    assert [(each["id"], each["what"], set(each)) for each in told] == [
        (each, What.DELETED, {"id", "what", "prev", "gap", "row"}) for each in gone
    ]
    with database.read() as session:
        left = session.built_rows("SELECT DISTINCT lead_id FROM {schema}.ended_membership", {})
        assert [each["lead_id"] for each in left] == [stays]
        for place in [each for known in after for each in change_log.parts_of(session, known[0])]:
            assert place.rows > 0
    call(world, "POST", DELETE, {"input": [{"id": stays}]})
    assert marks(logged(database)) == 0
    stores.close()


def test_the_name_of_a_file_goes_with_whom_it_names(world: Server) -> None:
    """From jobs, and from the history of others; a name that holds nobody's address who is deleted stays."""
    names = ["of_Label@Secret.co.csv", "twin@secret.co.csv", "people@home.csv", "plain.csv"]
    jobs, other = [], "beside@crowd.co"
    for turn, name in enumerate(names):
        files = {"file": (name, f"email,title\n{other},T{turn}\n", "text/csv")}
        made = world.call("POST", "/bulk/v1/leads.json", params={"format": "csv"}, files=files).json()
        jobs.append(made["result"][0]["batchId"])
        world.finish(jobs[-1])
    sync(world, "/rest/v1/leads.json", {"email": "label@secret.co"})
    twins = {"action": "createDuplicate", "input": [{"email": "twin@secret.co"}] * 2}
    one, two = (each["id"] for each in world.call("POST", "/rest/v1/leads.json", json=twins).json()["result"])
    own_id = world.lead("email", other, "id")[0]["id"]
    label_id = world.lead("email", "label@secret.co", "id")[0]["id"]
    for gone, left in (
        ([label_id, one], [None, names[1], *names[2:]]),
        ([two], [None, None, *names[2:]]),
    ):
        call(world, "POST", DELETE, {"input": [{"id": each} for each in gone]})
        told = [world.get(f"/leadline/v1/jobs/{each}.json")["result"][0]["fileName"] for each in jobs]
        assert told == left
        history = world.get(f"/leadline/v1/leads/{own_id}/history.json")["result"]
        sources = {each["source"]["batchId"]: each["source"]["fileName"] for each in history}
        assert [sources[each] for each in jobs] == left


def only(rows: Rows, lead_id: int, members: set[int]) -> Rows:
    return {
        key: [each for each in some if each["id"] in (members if key[1] == "program_member" else {lead_id})]
        for key, some in rows.items()
        if key[1] in ("lead", LIST_MEMBER, "program_member")
    }
