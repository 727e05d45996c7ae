"""§3.6: each row is judged against its record as the row before it left it, however far a worker looks ahead."""

from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Server, running, subscription, until

pytestmark = pytest.mark.processes  # a worker and calls at the same time: neither waits for the other

ROWS = 120_000
_HEAD = "email,firstName\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("ahead")
    yield from running(folder / "data", subscription())


def judged(server: Server, rows: list[tuple[str, str]]) -> list[list[str]]:
    """Import rows of e-mail and first name; return outcome and id of each."""
    content = _HEAD + "".join(f"{email},{name}\n" for email, name in rows)
    batch_id = server.submit(content)
    assert server.finish(batch_id)["numOfRowsFailed"] == 0
    until(lambda: sum(each["batch_id"] == batch_id for each in server.events("ChunkMerged")) > 2)
    return [line.split(",")[1:3] for line in server.ledger(batch_id)]


def test_a_key_may_come_back_in_every_chunk(server: Server) -> None:
    keys = [number % 45_000 if number % 9 == 0 else number + 50_000 for number in range(ROWS)]
    rows = [(f"back{key}@example.com", f"Ann{number // 7 % 2}") for number, key in enumerate(keys)]
    expected, names = [], {}
    for email, name in rows:
        known = names.get(email)
        expected.append("created" if known is None else "unchanged" if known == name else "updated")
        names[email] = name
    assert set(expected) == {"created", "updated", "unchanged"}
    told = judged(server, rows)
    assert [outcome for outcome, _ in told] == expected
    ids: dict[str, str] = {}
    for (email, _), (_, own_id) in zip(rows, told, strict=True):
        assert ids.setdefault(email, own_id) == own_id
    assert len(set(ids.values())) == len(names)
    assert server.lead("email", rows[-1][0], "firstName")[0]["firstName"] == rows[-1][1]


def taken(server: Server, body: dict[str, Any]) -> dict[str, Any] | None:
    """Make a call; return None where it waited too long for a chunk's locks and is to come again (713)."""
    answer = server.call("POST", "/rest/v1/leads.json", json=body).json()
    if not answer["success"]:
        assert [each["code"] for each in answer["errors"]] == ["713"], answer
        return None
    (result,) = answer["result"]
    return dict(result)


def test_calls_may_create_leads_between_the_chunks(server: Server) -> None:
    """Also such as the import brings: one lead for each key, one id for each lead."""
    rows = [(f"between{number}@example.com", "Ann") for number in range(ROWS)]
    batch_id = server.submit(_HEAD + "".join(f"{email},{name}\n" for email, name in rows))
    by_call: dict[str, int] = {}
    for number in count(1):
        email = rows[-number][0] if number % 2 else f"apart{number}@example.com"
        body = {"action": "createOrUpdate", "input": [{"email": email, "firstName": "Bob"}]}
        result = until(partial(taken, server, body))
        if result["status"] == "created":
            by_call[email] = result["id"]
        if server.status(batch_id)["status"] == "Complete":
            break
    told = [line.split(",")[1:3] for line in server.ledger(batch_id)]
    ids = {email: int(own_id) for (email, _), (_, own_id) in zip(rows, told, strict=True)}
    assert len(set(ids.values())) == ROWS
    for email, own_id in by_call.items():
        if email in ids:
            assert ids.pop(email) == own_id
    assert not set(by_call.values()) & set(ids.values())
    assert by_call
