"""A job that is ended early: what was imported stays, the rest is not reached, and can be read back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.api.calls import error_of
from tests.contract.api.world import bulk, credential, whole_subscription
from tests.forms import repeats, without_store
from tests.harness import Server, running, until

MEMBERS = "/bulk/v1/program/1001/members/import.json"
CARS = "/bulk/v1/customobjects/car_c/import.json"
SOME = 5_000
ON_ONE = repeats("postgres", "given")  # a lead import is cut short on each
CREATIONS: dict[str, tuple[str, str, dict[str, str]]] = {
    "lead": ("/bulk/v1/leads.json", "email", {"listId": "1001"}),
    "program_member": (MEMBERS, "email", {"programMemberStatus": "Invited"}),
    "car_c": (CARS, "vin", {}),
}


@pytest.fixture(scope="module")
def idle(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without workers: a job stays queued."""
    document = whole_subscription(
        credentials=[
            credential("lead only", "Read-Write Lead"),
            credential("object only", "Read-Write Custom Object"),
            credential("reader", "Read-Only Lead", "Read-Only Custom Object"),
            credential("europe", "Read-Write Lead", partitions=["Europe"]),
        ]
    )
    yield from running(tmp_path_factory.mktemp("idle") / "data", document, workers=0)


def cancel(server: Server, batch_id: int, token: str | None = None, **options: Any) -> dict[str, Any]:
    body = server.call("POST", f"/leadline/v1/jobs/{batch_id}/cancel.json", token, **options).json()
    assert body["success"], body
    item: dict[str, Any] = body["result"][0]
    assert item["batchId"] == batch_id
    return item


def unreached(server: Server, batch_id: int) -> bytes | None:
    answer = server.call("GET", f"/leadline/v1/jobs/{batch_id}/unreached.csv")
    if answer.status_code == 404:
        return None
    assert answer.headers["content-type"] == "text/csv;charset=UTF-8"
    return answer.content


def job_of(server: Server, batch_id: int) -> dict[str, Any]:
    item: dict[str, Any] = server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0]
    return item


def cut_short(server: Server, send: Callable[[str], int], **values: Any) -> tuple[int, dict[str, Any]]:
    """Cancel an import behind its first chunk; return its batch id and the answer.

    `send` posts a file whose keys begin with a mark. One that has ended before its cancel is sent anew.
    """
    for turn in range(5):
        before = len(server.events("ChunkMerged"))
        batch_id = send(f"t{turn}")
        server.wait_for("ChunkMerged", before + 1)
        done = cancel(server, batch_id, **values)
        if done["cancelled"]:
            return batch_id, done
    raise AssertionError("each import had ended before its cancel")


@pytest.mark.parametrize("kind", list(CREATIONS))
def test_a_queued_job(idle: Server, kind: str) -> None:
    """It is Failed at once and for good, its place and list are free, all its rows are in the file."""
    path, key, params = CREATIONS[kind]
    file = (
        f'{key},firstName\r\nzoë,"Ann\r\nMary"\r\n\r\nb@example.com,\r\nc@example.com,Ben'
        if kind != "car_c"
        else 'vin,color\r\nzoë,"a\r\nb"\r\n\r\nb,\r\nc,red'
    )
    for _ in range(11):
        batch_id = int(bulk(idle, path, file, **params)["result"][0]["batchId"])
        done = cancel(idle, batch_id)
        assert done == {
            "batchId": batch_id,
            "cancelled": True,
            "status": "Failed",
            "message": "Import cancelled, 3 not reached",
        }
        assert cancel(idle, batch_id) == done
    job = job_of(idle, batch_id)
    assert (job["cancelled"], job["status"], job["message"]) == (True, "Failed", done["message"])
    assert (job["processed"], job["failed"], job["startedAt"]) == (0, 0, None)
    assert job["finishedAt"] is not None
    assert unreached(idle, batch_id) == file.encode()
    assert idle.call("GET", f"/leadline/v1/jobs/{batch_id}/ledger.csv").text == "row,outcome,id,reason\n"


@without_store
@pytest.mark.parametrize(
    ("sent", "expected", "rows"),
    [
        (b"\xef\xbb\xbfemail\na@b.co\n", b"email\na@b.co\n", 1),
        ("email;city\nä@b.co;Köln\n".encode("utf-16"), "email;city\nä@b.co;Köln\n".encode(), 1),
        (b"\n ,\nemail\ra@b.co\rc@d.co\r", b"email\ra@b.co\rc@d.co\r", 2),
        (b"email", b"email\n", 0),
        (b"email\n\xff@b.co\nc@d.co\n", b"email\n\xff@b.co\nc@d.co\n", 2),
        (b'email\na@b.co\n"open', b'email\na@b.co\n"open', 2),
    ],
)
def test_what_is_not_reached_is_as_it_came(idle: Server, sent: bytes, expected: bytes, rows: int) -> None:
    """In order and format of the file, in UTF-8 without mark, blank lines above the header left out."""
    file_format = "ssv" if b";\0" in sent else "csv"
    batch_id = int(idle.post_file(sent, format=file_format).json()["result"][0]["batchId"])
    message = "Import cancelled" + (f", {rows} not reached" if rows else "")
    assert cancel(idle, batch_id)["message"] == message
    assert unreached(idle, batch_id) == expected


def test_who_may(idle: Server) -> None:
    """Whoever may create such a job, whoever has; readers and others may not, and learn nothing."""
    path, key, params = CREATIONS["car_c"]
    car = int(bulk(idle, path, f"{key}\nv\n", **params)["result"][0]["batchId"])
    lead = idle.submit("email\nwho@example.com\n")
    tokens = {name: idle.token_of(name, f"{name}-secret") for name in ("lead only", "object only", "reader")}
    for batch_id, allowed in ((car, "object only"), (lead, "lead only")):
        for name, token in tokens.items():
            if name != allowed:
                for method, call in (("POST", "cancel.json"), ("GET", "unreached.csv")):
                    answer = idle.call(method, f"/leadline/v1/jobs/{batch_id}/{call}", token)
                    assert error_of(answer)[0] == "603"
        assert job_of(idle, batch_id)["status"] == "Queued"
        assert unreached(idle, batch_id) is None
        assert cancel(idle, batch_id, tokens[allowed])["cancelled"]


def test_partitions_do_not_count(idle: Server) -> None:
    """A cancel is for whoever may create such a job, and the file holds what was sent, not what is stored."""
    batch_id = idle.submit("email\nclosed@example.com\n")
    token = idle.token_of("europe", "europe-secret")
    assert cancel(idle, batch_id, token)["cancelled"]
    answer = idle.call("GET", f"/leadline/v1/jobs/{batch_id}/unreached.csv", token)
    assert answer.text == "email\nclosed@example.com\n"


def test_jobs_that_are_none(idle: Server) -> None:
    for batch_id, code in (("999", "1013"), ("abc", "1001"), ("99999999999", "1001")):
        answer = idle.call("POST", f"/leadline/v1/jobs/{batch_id}/cancel.json")
        assert error_of(answer)[0] == code
        assert idle.call("GET", f"/leadline/v1/jobs/{batch_id}/unreached.csv").status_code == 404


def test_a_key_whose_job_was_cancelled_says_so(idle: Server) -> None:
    """The request is not made again."""
    files, headers = {"file": ("f.csv", b"email\nkey@example.com\n")}, {"Idempotency-Key": "cancelled"}
    made = idle.call("POST", "/bulk/v1/leads.json", files=files, headers=headers).json()["result"][0]
    cancel(idle, made["batchId"])
    files = {"file": ("f.csv", b"email\nkey@example.com\n")}
    again = idle.call("POST", "/bulk/v1/leads.json", files=files, headers=headers).json()["result"][0]
    assert again == made | {"status": "Failed", "cancelled": True}


def test_a_deleted_person_takes_kept_files_along(idle: Server) -> None:
    """Those that name his address or his id; others stay. The second deletion finds nothing more."""
    people = idle.call(
        "POST",
        "/rest/v1/leads.json",
        json={"input": [{"email": f"gone{number}@example.com"} for number in range(3)]},
    ).json()["result"]
    ids = [each["id"] for each in people]
    files = {
        "address": f'email,city\n"Gone0@EXAMPLE.com",x\n{"n@example.com,y" * 1}\n',
        "id": f"id,city\n00{ids[0]},x\n",
        "other": f"email,leadScore\ngone1@example.com,{ids[0]}\n",
        "longer": "email,city\nxgone0@example.com.au,x\n",
    }
    made = {}
    for name, content in files.items():
        params = {"lookupField": "id"} if name == "id" else {}
        made[name] = idle.submit(content, **params)
        cancel(idle, made[name])
    assert all(unreached(idle, each) for each in made.values())
    idle.call("POST", "/rest/v1/leads/delete.json", json={"input": [{"id": ids[0]}]})
    assert {name for name, each in made.items() if unreached(idle, each)} == {"other", "longer"}
    idle.call("POST", "/rest/v1/leads/delete.json", json={"input": [{"id": ids[1]}]})
    assert {name for name, each in made.items() if unreached(idle, each)} == {"longer"}
    assert job_of(idle, made["id"])["cancelled"]


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind == "lead" else ON_ONE) for kind in CREATIONS]
)
def test_a_job_under_way(world: Server, kind: str) -> None:
    """Counts, ledger and file add up to the rows of the file, wherever it was stopped; the rest can be sent."""
    path, key, params = CREATIONS[kind]
    suffix = "" if kind == "car_c" else f"@{kind}.example.com".replace("_", "-")
    head = f"{key},{'color' if kind == 'car_c' else 'title'}\n"
    sent: list[str] = []

    def send(mark: str) -> int:
        sent[:] = [f"{mark}{number}{suffix}," + "x" * 70 for number in range(90_000)]
        sent[5] = sent[7] = ",no key"
        return int(bulk(world, path, head + "\n".join(sent) + "\n", **params)["result"][0]["batchId"])

    batch_id, done = cut_short(world, send)
    job = job_of(world, batch_id)
    reached = job["processed"] + job["failed"]
    assert 0 < reached < 90_000
    parts = [f"{job['processed']} records imported ({job['processed']} members)", "2 failed"]
    assert done["message"] == ", ".join(["Import cancelled", *parts, f"{90_000 - reached} not reached"])
    assert len(world.ledger(batch_id)) == reached
    header, *rest = (unreached(world, batch_id) or b"").decode().splitlines()
    assert (f"{header}\n", rest) == (head, sent[reached:])
    until(lambda: [each for each in world.events("JobReassigned") if each["batch_id"] == batch_id])
    assert len(world.ledger(batch_id)) == reached, "no row comes behind the answer"
    assert job_of(world, batch_id) == job
    again = int(bulk(world, path, "\n".join([header, *rest[:SOME]]) + "\n", **params)["result"][0]["batchId"])
    assert world.ended(again, lambda: job_of(world, again))["created"] == min(SOME, len(rest))


def test_a_cancelled_job_is_taken_back(world: Server) -> None:
    """With `undo` what was imported goes again, and both jobs say so; without rows there is nothing to take."""

    sent: list[str] = []

    def send(mark: str) -> int:
        sent.append(mark)
        lines = [f"{mark}{number}@back.example.com,{'x' * 90}" for number in range(90_000)]
        return world.submit("email,title\n" + "\n".join(lines) + "\n")

    batch_id, done = cut_short(world, send, params={"undo": "true"})
    assert (done["cancelled"], done["notUndone"]) == (True, None)
    undo = world.ended(done["undoneBy"], lambda: job_of(world, done["undoneBy"]))
    job = job_of(world, batch_id)
    assert (undo["status"], undo["undoes"], undo["deleted"]) == ("Complete", batch_id, job["created"])
    assert job["undoneBy"] == undo["batchId"]
    assert job["undoUntil"] is not None
    assert world.lead("email", f"{sent[-1]}0@back.example.com", "email") == []
    assert unreached(world, undo["batchId"]) is None
    assert cancel(world, batch_id, params={"undo": "true"}) == done
    answer = world.call("POST", f"/leadline/v1/jobs/{batch_id}/cancel.json", params={"undo": "maybe"})
    assert error_of(answer)[0] == "1001"


def test_nothing_to_take_back(idle: Server, world: Server) -> None:
    """The job has ended all the same; one that had finished before is not taken back by a cancel."""
    queued = cancel(idle, idle.submit("email\nnothing@example.com\n"), params={"undo": "true"})
    assert (queued["cancelled"], queued["undoneBy"], queued["notUndone"]) == (
        True,
        None,
        "Nothing to take back",
    )
    batch_id = world.submit("email\nfinished@example.com\n")
    world.finish(batch_id)
    late = cancel(world, batch_id, params={"undo": "true"})
    assert (late["cancelled"], late["undoneBy"]) == (False, None)
    assert late["notUndone"] == "the job had finished before"
    assert job_of(world, batch_id)["undoneBy"] is None


def test_a_finished_job_stays_as_it_is(world: Server) -> None:
    batch_id = world.submit("email\ndone@example.com\n")
    status = world.finish(batch_id)
    done = cancel(world, batch_id)
    assert (done["cancelled"], done["status"], done["message"]) == (False, "Complete", status["message"])
    assert unreached(world, batch_id) is None
    failed = world.submit(b"email\n\xff\n")
    world.finish(failed)
    assert cancel(world, failed)["cancelled"] is False
    assert unreached(world, failed) is None


@without_store
def test_formulas_are_escaped_where_the_setting_says_so(store: str, tmp_path: Path) -> None:
    """Sent again the file is the same: its reason column says that the `'` is none of the values."""
    file = "email,city\n=a@example.com,+1\n'=b@example.com,plain\n@c\n"
    env = {"LEADLINE_EXPORT__ESCAPE_FORMULAS": "true"}
    for server in running(tmp_path / "data", whole_subscription(), workers=0, env=env):
        batch_id = server.submit(file)
        cancel(server, batch_id)
        escaped = "email,city,Import Failure Reason\n'=a@example.com,'+1,\n''=b@example.com,plain,\n'@c,,\n"
        assert unreached(server, batch_id) == escaped.encode()
