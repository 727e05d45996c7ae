"""A subscription of a sandbox begins with what a test gives it."""

import pytest

from tests.sandbox.server import Subscription, sentence
from tests.sandbox.test_states import found

FILES = {
    "members-1001.csv": "email,status\nada@example.com,Invited\n",
    "leads.csv": "email,firstName\nada@example.com,Ada\nbob@example.com,Bob\n",
}


def test_it_begins_with_it(mine: Subscription) -> None:
    assert mine.control("POST", "seed", json={"files": FILES}).json() == {}
    assert found(mine, "ada@example.com", "bob@example.com") == [1, 2]
    assert mine.control("GET", "calls").json()["calls"][0]["route"] == "/rest/v1/leads.json"
    assert mine.get("/rest/v1/stats/usage.json")["result"][0]["total"] == 1
    assert mine.run_import("email\ncy@example.com\n")["batchId"] == 1001
    assert mine.control("POST", "reset").json() == {}
    assert found(mine, "ada@example.com", "bob@example.com", "cy@example.com") == [1, 2]


def test_seeds_come_one_to_another(mine: Subscription) -> None:
    for name in ("ada", "bob"):
        files = {"leads.csv": f"email\n{name}@example.com\n"}
        assert mine.control("POST", "seed", json={"files": files}).status_code == 200
    assert found(mine, "ada@example.com", "bob@example.com") == [1, 2]


def test_a_held_job_does_not_stop_it(mine: Subscription) -> None:
    mine.control("PUT", "jobs", json={"progress": "hold"})
    mine.submit("email\nheld@example.com\n")
    assert mine.control("POST", "seed", json={"files": FILES}).status_code == 200
    assert found(mine, "held@example.com", "ada@example.com") == [1]


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({}, "leads.csv"),
        (
            {"leads.csv": "email,firstName\nada@example.com,Ada,more\n,\n", "nothing_c.csv": "a\nb\n"},
            "nothing_c",
        ),
        ({"members-1001.csv": "email\nada@example.com\n"}, "status"),
        ({"members-9.csv": "email,status\nada@example.com,Invited\n"}, "members-9.csv"),
        ({"leads.csv": "shoe\n42\n"}, "leads.csv"),
        *[
            ({name: "email\nada@example.com\n"}, "no name of a CSV file")
            for name in ("leads", "leads.txt", "/rest/leads.csv", "../leads.csv", "a\\leads.csv", ".csv", "")
        ],
    ],
)
def test_a_seed_that_cannot_be_taken(mine: Subscription, files: dict[str, str], word: str) -> None:
    mine.control("POST", "seed", json={"files": {"leads.csv": "email\nbefore@example.com\n"}})
    assert word in sentence(mine.control("POST", "seed", json={"files": files}), 400)
    assert found(mine, "before@example.com", "ada@example.com") == [1]
