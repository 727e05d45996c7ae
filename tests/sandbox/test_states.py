"""Back to the beginning, to a snapshot, or to a file: what goes back, and what stays."""

import fcntl
import hashlib
import json
import os
import threading
import zlib
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from tests.sandbox.server import SandboxProcess, Subscription, sandbox_process, sentence
from tests.server import until

LEADS = "email,firstName\nada@example.com,Ada\nbob@example.com,Bob\n"


def found(subscription: Subscription, *emails: str) -> list[int]:
    """Return the ids of the leads with these addresses."""
    answer = subscription.get("/rest/v1/leads.json", filterType="email", filterValues=",".join(emails))
    return [lead["id"] for lead in answer["result"]]


def test_reset_begins_again(mine: Subscription) -> None:
    """Ids, jobs, people, fields; token and credentials stay good."""
    for _ in range(2):
        assert mine.run_import(LEADS)["batchId"] == 1001
        assert found(mine, "ada@example.com", "bob@example.com") == [1, 2]
        body = {"input": [{"name": "shoe", "displayName": "Shoe", "dataType": "string"}]}
        assert mine.call("POST", "/rest/v1/leads/schema/fields.json", json=body).json()["success"]
        assert mine.control("POST", "reset", json={}).json() == {}
        assert mine.get("/bulk/v1/leads/batch/1001.json")["errors"][0]["code"] == "1013"
        assert found(mine, "ada@example.com") == []
    assert mine.new_token() == mine.token


def test_reset_drops_a_job_in_work(mine: Subscription) -> None:
    """However large it is; the next job of the same number is another one."""
    rows = "".join(f"{number}@example.com,{'x' * 200}\n" for number in range(40_000))
    assert mine.submit("email,firstName\n" + rows) == 1001
    assert mine.control("POST", "reset").json() == {}
    assert mine.run_import(LEADS) | {"message": ""} == {
        "batchId": 1001,
        "importId": "1001",
        "status": "Complete",
        "numOfLeadsProcessed": 2,
        "numOfRowsFailed": 0,
        "numOfRowsWithWarning": 0,
        "message": "",
    }
    assert found(mine, "ada@example.com", "bob@example.com", "7@example.com") == [1, 2]


def test_reset_empties_windows_and_statistics(mine: Subscription) -> None:
    while mine.get("/rest/v1/lists.json").get("errors", [{}])[0].get("code") != "606":
        pass
    mine.control("POST", "reset")
    assert mine.get("/rest/v1/lists.json")["success"]
    assert mine.get("/rest/v1/stats/usage.json")["result"][0]["total"] == 1
    assert mine.get("/rest/v1/stats/errors.json")["result"][0]["total"] == 0


def test_snapshots(mine: Subscription) -> None:
    mine.run_import(LEADS)
    assert mine.control("PUT", "snapshots/two-leads").json() == {"name": "two-leads"}
    mine.run_import("email\ncy@example.com\n")
    assert found(mine, "cy@example.com") == [3]
    mine.control("POST", "reset")
    assert found(mine, "ada@example.com") == []
    assert mine.control("POST", "reset", json={"to": "two-leads"}).json() == {}
    assert found(mine, "ada@example.com", "bob@example.com", "cy@example.com") == [1, 2]
    assert mine.status(1001)["status"] == "Complete"
    assert mine.run_import("email\ndora@example.com\n")["batchId"] == 1002
    assert found(mine, "dora@example.com") == [3]
    kept = mine.control("GET", "snapshots").json()["snapshots"]
    assert [each["name"] for each in kept] == ["two-leads"]
    assert mine.control("GET", "snapshots/two-leads").json() == kept[0]
    assert mine.control("DELETE", "snapshots/two-leads").json() == {}
    assert "two-leads" in sentence(mine.control("POST", "reset", json={"to": "two-leads"}), 404)
    assert sentence(mine.control("DELETE", "snapshots/two-leads"), 404)
    assert sentence(mine.control("GET", "snapshots/two-leads"), 404)


def test_a_state_moves_to_another_subscription(sandbox: SandboxProcess, mine: Subscription) -> None:
    mine.run_import(LEADS)
    exported = mine.control("GET", "export").content
    other = sandbox.make()
    other.run_import("email\nelse@example.com\nada@example.com\n")
    assert other.control("POST", "import", content=exported).json() == {}
    assert found(other, "ada@example.com", "bob@example.com", "else@example.com") == [1, 2]
    assert other.run_import("email\ncy@example.com\n")["batchId"] == 1002
    assert found(mine, "cy@example.com") == []
    assert other.control("POST", "reset").json() == {}
    assert found(other, "ada@example.com") == []


def test_other_files_are_refused(mine: Subscription) -> None:
    mine.run_import(LEADS)
    exported = mine.control("GET", "export").content
    older = exported.replace(b'"leadline": "', b'"leadline": "0.0.', 1)
    strange = b'{"leadline": "9", "format": 1}\n'
    cut, torn = exported[:-40], exported[: len(exported) // 2] + b"\0" * 9 + exported[len(exported) // 2 :]
    listed = exported.replace(b'{"leadline"', b'["leadline"', 1)
    for content in (b"", b"email\nada@example.com\n", b"[]\n", listed, older, strange, cut, torn):
        assert sentence(mine.control("POST", "import", content=content), 400)
    assert found(mine, "ada@example.com", "bob@example.com") == [1, 2]


def _with_store(exported: bytes, change: Callable[[bytes], bytes], *, signed: bool) -> bytes:
    """Return an export whose store was changed, and its checksum too if it is `signed`."""
    head, _, body = exported.partition(b"\n")
    said, body = json.loads(head), zlib.compress(change(zlib.decompress(body)))
    said |= {"sha256": hashlib.sha256(body).hexdigest()} if signed else {}
    return json.dumps(said).encode() + b"\n" + body


def test_a_file_with_a_changed_store_is_refused(mine: Subscription) -> None:
    """A store can be read though a name in it was exchanged; what is none is refused whatever it is signed with."""
    mine.run_import(LEADS)
    exported = mine.control("GET", "export").content
    changed = _with_store(exported, lambda store: store.replace(b"Bob", b"Rob"), signed=False)
    unsigned = json.dumps(json.loads(exported.partition(b"\n")[0]) | {"sha256": None}).encode()
    for content in (changed, unsigned + b"\n" + exported.partition(b"\n")[2]):
        assert "changed" in sentence(mine.control("POST", "import", content=content), 400)
    for change in (lambda store: store[: len(store) // 2], lambda store: b"email\n", lambda store: b""):
        no_store = _with_store(exported, change, signed=True)
        assert sentence(mine.control("POST", "import", content=no_store), 400)
    assert found(mine, "ada@example.com", "bob@example.com") == [1, 2]
    as_it_was = _with_store(exported, lambda store: store, signed=True)
    assert mine.control("POST", "import", content=as_it_was).json() == {}


def test_what_a_killed_sandbox_was_writing_is_swept_away(tmp_path: Path) -> None:
    """Exports, imports, snapshots and templates, which lie with the stores where these are kept."""
    data, temporary = tmp_path / "data", tmp_path / "tmp"
    temporary.mkdir()
    with sandbox_process("--data", str(data), env={**os.environ, "TMPDIR": str(temporary)}) as sandbox:
        mine = sandbox.first
        mine.run_import(
            "email,firstName\n" + "".join(f"{n}@example.com,{'x' * 255}\n" for n in range(35_000))
        )
        exporting = threading.Thread(target=_ignoring_the_end, args=(mine, "export"))
        exporting.start()
        until(lambda: [*data.rglob("tmp*"), *temporary.iterdir()])
        sandbox.process.kill()
        exporting.join()
    with sandbox_process("--data", str(data)):
        assert [*data.rglob("tmp*"), *temporary.iterdir()] == []


@pytest.mark.parametrize("method", ["POST", "DELETE"], ids=["reset", "removed"])
@pytest.mark.parametrize("path", ["/rest/v1/leads.json", "/bulk/v1/leads.json"])
def test_a_call_that_is_overtaken_says_so(tmp_path: Path, method: str, path: str) -> None:
    """Its store goes away under it when it has had a second; clients repeat what is answered 713."""
    files = {"file": ("leads.csv", LEADS.encode(), "text/csv")}
    content = {"json": {"input": [{"email": "ada@example.com"}]}} if "rest" in path else {"files": files}
    with sandbox_process("--data", str(tmp_path)) as sandbox, ExitStack() as held:
        mine = sandbox.make()
        for ending in ("gate", "lock"):  # of the store's write turn, which the call waits for
            (file,) = tmp_path.glob(f"subscriptions/{mine.id.lower()}-*.{ending}")
            fcntl.flock(held.enter_context(file.open("a")), fcntl.LOCK_EX)
        answers: list[httpx.Response] = []

        def call() -> None:
            answers.append(mine.call("POST", path, params={"format": "csv"}, **content))

        caller = threading.Thread(target=call)
        caller.start()
        until(lambda: mine.control("GET", "calls").json()["calls"])
        changed = mine.control(method, "reset" if method == "POST" else "")
        assert changed.json() == {}
        held.close()
        caller.join()
        (error,) = answers[0].json()["errors"]
        assert (error["code"], "was reset or removed" in error["message"]) == ("713", True), error
        if method == "POST":
            assert mine.call("POST", path, params={"format": "csv"}, **content).json()["success"]


def _ignoring_the_end(mine: Subscription, path: str) -> None:
    with suppress(httpx.HTTPError):
        mine.control("GET", path)


@pytest.mark.parametrize("name", ["Big", "a" * 65, "two leads", "seed", "one%0A", "one%00", "%C3%A9"])
def test_names_that_are_none(mine: Subscription, name: str) -> None:
    assert sentence(mine.control("PUT", f"snapshots/{name}"), 400)


@pytest.mark.parametrize(
    "body", [{"to": 3}, {"to": "nothing"}, {"to": ""}, {"form": "seed"}, {"to": "../sandbox"}]
)
def test_a_reset_to_nothing_is_refused(mine: Subscription, body: dict[str, object]) -> None:
    mine.run_import(LEADS)
    answer = mine.control("POST", "reset", json=body)
    assert sentence(answer, answer.status_code)
    assert found(mine, "ada@example.com") == [1]
