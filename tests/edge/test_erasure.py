"""A deleted person is gone from every file of the store, not only from the answers (ASVS 14.2; "Erasure")."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.clusters import Cluster
from tests.harness import Server, start_server, subscription, until

GONE = "Erased.Person+news@example.com"
TRACES = [b"erased.person+news", b"Erased.Person+news", b"Erasedfirst", b"Erasedlast", b"555-erased"]
PROGRAM = {
    "channels": [{"name": "Webinar", "statuses": [{"name": "Invited", "step": 10}]}],
    "programs": [{"id": 1001, "name": "Spring", "channel": "Webinar"}],
}
SOON = {"LEADLINE_TIMES__UPKEEP_SECONDS": "0.5"}


def crowd(first: int, count: int) -> str:
    numbers = ((number * 7919) % 100_003 for number in range(first, first + count))
    return "".join(f"p{number}@example.com,First,Last,{'x' * (number % 90)}\n" for number in numbers)


def leave_traces(server: Server) -> tuple[int, int]:
    """Bring a person into every place that holds people; return the job with issues and the lead's id."""
    header = "email,firstName,lastName,phone\n"
    person = f"{GONE},Erasedfirst,Erasedlast,555-erased\n"
    server.run_import(header + crowd(0, 3000) + person + crowd(3000, 3000), listId=1001)
    issues = (
        header.replace("phone", "phone,leadScore")
        + f"{GONE},Erasedfirst,Erasedlast,555-erased,not a number\n"  # a failure
        + f"{GONE.upper()},Erasedfirst,Erasedlast,555-erased,1,Erasedlast\n"  # a warning: too many cells
        + "other@example.com,Other,,,not a number\n"
        + f'third@example.com,Third,"said: write\nto <{GONE}>",,not a number\n'
        + f"x{GONE},Longer,,,not a number\n"
        + "other@example.com,Other,,,1,too long\n"
    )
    batch_id = server.submit(issues)
    status = server.finish(batch_id)
    assert (status["numOfRowsFailed"], status["numOfRowsWithWarning"]) == (4, 2)
    files = {"file": ("m.csv", f"email,firstName\n{GONE},Erasedfirst\n", "text/csv")}
    params = {"programMemberStatus": "Invited"}
    path = "/bulk/v1/program/1001/members/import.json"
    created = server.call("POST", path, params=params, files=files).json()["result"][0]
    until(lambda: member_status(server, created["batchId"]) == "Complete")
    changed = {"email": GONE, "phone": "555-erased-too", "company": "Erasedfirst Ltd"}
    assert server.call("POST", "/rest/v1/leads.json", json={"input": [changed]}).json()["success"]
    server.run_import(header + crowd(2000, 3000))
    named = server.call("POST", "/bulk/v1/leads.json", params={"format": "csv"}, files=named_file()).json()
    server.finish(named["result"][0]["batchId"])
    (lead,) = server.lead("email", GONE, "id")
    return batch_id, lead["id"]


def named_file() -> dict[str, tuple[str, str, str]]:
    """Return a file whose name alone is of the person, behind a longer address and before an ending."""
    return {"file": (f"export-of_{GONE}.csv", "email,firstName\nnamed@example.com,Some\n", "text/csv")}


def member_status(server: Server, batch_id: int) -> str:
    path = f"/bulk/v1/program/members/import/{batch_id}/status.json"
    return str(server.get(path)["result"][0]["status"])


def delete(server: Server, *lead_ids: int) -> list[dict[str, Any]]:
    items = [{"id": lead_id} for lead_id in lead_ids]
    found: list[dict[str, Any]] = server.call(
        "POST", "/rest/v1/leads/delete.json", json={"input": items}
    ).json()["result"]
    return found


def traces(folder: Path) -> list[tuple[str, bytes]]:
    """Return which files hold what of the person."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # a file of a running database
                continue
            found += [(path.name, trace) for trace in TRACES if trace in content]
    return found


def only_others_are_left(server: Server, batch_id: int) -> None:
    assert server.lead("email", GONE, "id") == []
    failures, warnings = server.failures(batch_id).text, server.warnings(batch_id).text
    assert [line.split(",")[0] for line in failures.splitlines()[1:]] == ["other@example.com", f"x{GONE}"]
    assert [line.split(",")[0] for line in warnings.splitlines()[1:]] == ["other@example.com"]
    assert len(server.ledger(batch_id)) == 6
    assert server.status(batch_id)["numOfRowsFailed"] == 4
    assert server.lead("email", "p0@example.com", "firstName") != []


def test_no_byte_is_left_in_the_embedded_store(tmp_path: Path) -> None:
    """While the server runs, after the next upkeep; and when it has stopped."""
    data = tmp_path / "data"
    server = start_server(data, subscription(**PROGRAM), env=SOON)
    batch_id, lead_id = leave_traces(server)
    assert {trace for _, trace in traces(data)} >= set(TRACES[:3])
    assert delete(server, lead_id)[0]["status"] == "deleted"
    only_others_are_left(server, batch_id)
    delete_the_other(server)
    until(lambda: traces(data) == [])
    assert server.stop() == 0
    assert traces(data) == []


def test_no_byte_is_left_of_previews_and_undos(tmp_path: Path) -> None:
    """Of their files, of what an undo has kept, where an apply would have drifted, nor of a key and its log."""
    data = tmp_path / "data"
    server = start_server(data, subscription(**PROGRAM), env=SOON)
    header, key = "email,firstName,lastName,phone\n", {"Idempotency-Key": GONE}
    server.run_import(f"{header}{GONE},Before,Before,1\n")
    batch_id = server.submit(f"{header}{GONE},Erasedfirst,Erasedlast,555-erased\n", listId=1001)
    server.finish(batch_id)
    files = {"file": ("f.csv", f"{header}{GONE},Erasedfirst,Erasedlast,555-erased-new\n", "text/csv")}
    asked = server.call("POST", "/leadline/v1/previews/leads.json", files=files, headers=key).json()
    kept = server.call("POST", "/leadline/v1/previews/leads.json", files=named_file()).json()
    undo = {"json": {"preview": True}}
    shown = [asked["result"][0]["previewId"]]
    shown += [
        server.call("POST", f"/leadline/v1/jobs/{batch_id}/undo.json", **undo).json()["result"][0][
            "previewId"
        ]
    ]
    for each in (*shown, kept["result"][0]["previewId"]):
        path = f"/leadline/v1/previews/{each}.json"
        until(lambda path=path: server.get(path)["result"][0]["status"] == "Ready")
    changed = {"email": GONE, "phone": "555-erased-since"}
    assert server.call("POST", "/rest/v1/leads.json", json={"input": [changed]}).json()["success"]
    calls = [f"/leadline/v1/previews/{each}/apply.json" for each in shown]
    for call in (*calls, f"/leadline/v1/jobs/{batch_id}/undo.json"):
        made = server.call("POST", call).json()["result"][0]["batchId"]
        path = f"/leadline/v1/jobs/{made}.json"
        until(lambda path=path: server.get(path)["result"][0]["finishedAt"])
    assert {trace for _, trace in traces(data)} >= {TRACES[1], TRACES[4]}
    (lead,) = server.lead("email", GONE, "id")
    assert delete(server, lead["id"])[0]["status"] == "deleted"
    until(lambda: traces(data) == [])
    assert server.stop() == 0
    assert traces(data) == []


def test_a_shared_address_stays_in_the_files(tmp_path: Path) -> None:
    """As long as another lead has it, the lines may be that one's."""
    server = start_server(tmp_path / "data", subscription())
    twins = {"action": "createDuplicate", "input": [{"email": GONE}, {"email": GONE}]}
    made = server.call("POST", "/rest/v1/leads.json", json=twins).json()["result"]
    batch_id = server.submit(f"email,leadScore\n{GONE},not a number\n")
    server.finish(batch_id)
    delete(server, made[0]["id"])
    assert GONE in server.failures(batch_id).text
    delete(server, made[1]["id"])
    assert server.failures(batch_id).status_code == 404
    assert server.stop() == 0


def test_lines_of_long_files_go_too(tmp_path: Path) -> None:
    """Many lines are kept packed; what is left of them reads as before."""
    server = start_server(tmp_path / "data", subscription())
    others = [f"p{number}@example.com,First{number},not a number" for number in range(4000)]
    rows = [*others[:2000], f"{GONE},Erasedfirst,not a number", *others[2000:]]
    batch_id = server.submit("\n".join(["email,firstName,leadScore", *rows, ""]))
    server.finish(batch_id)
    told = server.failures(batch_id).text.splitlines()
    made = server.call("POST", "/rest/v1/leads.json", json={"input": [{"email": GONE}]}).json()["result"]
    assert delete(server, made[0]["id"])[0]["status"] == "deleted"
    assert server.failures(batch_id).text.splitlines() == [line for line in told if GONE not in line]
    assert [line.rpartition(",")[0] for line in told[1:]] == rows
    assert server.stop() == 0


def test_the_log_of_the_control_store_begins_anew(tmp_path: Path) -> None:
    """Calls are counted and tokens issued all the time: what they write is moved into the file at each upkeep."""
    data = tmp_path / "data"
    server = start_server(data, subscription(), env={"LEADLINE_TIMES__UPKEEP_SECONDS": "0.5"})
    log = data / "control.db-wal"
    for _ in range(3):
        assert server.get("/rest/v1/lists.json")["success"]
        until(lambda: log.exists() and log.stat().st_size == 0)
    assert server.stop() == 0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server of the module's own, whose files are read."""
    cluster = Cluster()
    yield cluster
    cluster.close()


def test_no_byte_is_left_in_postgresql(cluster: Cluster, tmp_path: Path) -> None:
    """After VACUUM FULL by the owner and a turn of the write-ahead log, as the how-to has it."""
    url = cluster.new_database(tmp_path)
    server = start_server(tmp_path / "data", subscription(**PROGRAM), url=url)
    batch_id, lead_id = leave_traces(server)
    delete(server, lead_id)
    only_others_are_left(server, batch_id)
    delete_the_other(server)
    assert server.stop() == 0
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("VACUUM FULL")
    cluster.run("CHECKPOINT")
    assert {name for name, _ in traces(cluster.folder)} <= {path.name for path in log_of(cluster)}
    turn_the_log(cluster)
    assert traces(cluster.folder) == []


def delete_the_other(server: Server) -> None:
    """Delete the one whose address holds the first one's, so that no line with that is left."""
    server.call("POST", "/rest/v1/leads.json", json={"input": [{"email": f"x{GONE}"}]})
    delete(server, server.lead("email", f"x{GONE}", "id")[0]["id"])


def turn_the_log(cluster: Cluster) -> None:
    """Write until each kept segment of the log has been used again, as busy servers do by themselves."""
    for _ in range(2 * len(log_of(cluster))):
        cluster.run("SELECT pg_logical_emit_message(false, 'turn', '')")
        cluster.run("SELECT pg_switch_wal()")
        cluster.run("CHECKPOINT")


def log_of(cluster: Cluster) -> list[Path]:
    return list((cluster.folder / "data" / "pg_wal").iterdir())
