"""Back to the beginning, to a snapshot, or to a file: what goes back, and what stays."""

import pytest

from tests.sandbox.server import SandboxProcess, Subscription, sentence

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
    for content in (b"", b"email\nada@example.com\n", b"[]\n", older, strange, cut, torn):
        assert sentence(mine.control("POST", "import", content=content), 400)
    assert found(mine, "ada@example.com", "bob@example.com") == [1, 2]


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
