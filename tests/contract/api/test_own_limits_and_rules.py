"""Each limit and rule holds for one subscription alone where its file says so; the others follow the server.

Beside a subscription that follows the server stands a neighbour with a value of its own: what the first
one is allowed or answered shows that the value is nobody else's.
"""

import copy
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from leadline.clock import MachineTime, now_ms
from leadline.model.rules import Limits, Rules
from leadline.store import jobs
from leadline.subscriptions.apply_file import Subscriptions
from leadline.subscriptions.file import parse_subscription
from tests.contract.api.calls import error_of, only, outcomes
from tests.contract.api.world import STATUSES, bulk, import_members, post
from tests.contract.store.places import admit, finish, must_claim
from tests.forms import only_long
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, running, subscription, until
from tests.sockets import connect, head
from tests.stores import open_stores

pytestmark = only_long("postgres", "given")

PATH, DAY_SECONDS = "/rest/v1/leads/describe.json", 86_400
WORLD = {
    "channels": [{"name": "Webinar", "statuses": STATUSES}],
    "programs": [{"id": 1001, "name": "Spring", "channel": "Webinar"}],
    "lead_fields": [
        {"name": "seen", "displayName": "Seen", "dataType": "datetime"},
        {"name": "born", "displayName": "Born", "dataType": "date"},
    ],
}
SOON = {"LEADLINE_TIMES__UPKEEP_SECONDS": "0.5"}
_numbers = itertools.count(100)


@pytest.fixture(scope="module")
def shared(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one subscription that follows it in everything; neighbours are set up while it runs."""
    data = tmp_path_factory.mktemp("shared") / "data"
    yield from running(data, subscription(**WORLD), workers=2, env=SOON)


def set_up(server: Server, munchkin_id: str, **sections: Any) -> list[str]:
    """Apply a subscription file as an operator does beside a running server; return what changed."""
    document = subscription(munchkin_id=munchkin_id, **(WORLD | sections))
    document["credentials"][0]["client_id"] = munchkin_id
    stores = open_stores(server.data)
    try:
        return Subscriptions(stores, MachineTime()).apply(parse_subscription(document)).done
    finally:
        stores.close()


def neighbour(server: Server, **sections: Any) -> tuple[str, Server]:
    """Set up a subscription with something of its own; return its munchkin id, and the server as it sees it."""
    munchkin_id = f"{next(_numbers)}-OWN-999"
    set_up(server, munchkin_id, **sections)
    seen = copy.copy(server)
    seen._token = server.new_token(munchkin_id, CLIENT_SECRET)
    return munchkin_id, seen


def code(body: dict[str, Any]) -> str:
    return "" if body["success"] else str(body["errors"][0]["code"])


def rate(own: Server, other: Server, munchkin_id: str) -> None:
    assert [code(own.get(PATH)) for _ in range(4)] == ["", "", "606", "606"]
    assert [code(other.get(PATH)) for _ in range(4)] == [""] * 4


def quota(own: Server, other: Server, munchkin_id: str) -> None:
    assert [code(own.get(PATH)) for _ in range(4)] == ["", "", "607", "607"]
    assert code(other.get(PATH)) == ""


def at_once(own: Server, other: Server, munchkin_id: str) -> None:
    with ExitStack() as stack:
        for _ in range(2):
            raw = stack.enter_context(connect(own))
            lines = ("Content-Type: multipart/form-data; boundary=b", "Content-Length: 90")
            raw.sendall(head(own, *lines, "Expect: 100-continue"))
            assert raw.recv(65_536).startswith(b"HTTP/1.1 100 ")
        assert code(own.get(PATH)) == "615"
        assert code(other.get(PATH)) == ""


def places(own: Server, other: Server, munchkin_id: str) -> None:
    """No worker runs: what is admitted waits."""
    files = ["email\na@example.com\n"] * 3
    assert [code(own.post_file(file).json()) for file in files] == ["", "", "1016"]
    assert [code(other.post_file(file).json()) for file in files] == [""] * 3


def one_queue(own: Server, other: Server, munchkin_id: str) -> None:
    """No worker runs; with a queue for each kind the places of leads leave those of members free."""
    for server, expected in ((own, ""), (other, "1016")):
        assert [code(server.post_file("email\na@example.com\n").json()) for _ in range(11)][-1] == "1016"
        members = "/bulk/v1/program/1001/members/import.json"
        assert code(bulk(server, members, "email\n", programMemberStatus="Invited")) == expected


def at_work(own: Server, other: Server, munchkin_id: str) -> None:
    """Two workers are free, and one job is imported at a time."""
    rows = "".join(f"a{number}@example.com,{number}\n" for number in range(20_000))
    for _ in range(4):
        own.submit("email,leadScore\n" + rows)

    def statuses() -> list[str]:
        return [each["status"] for each in own.get("/leadline/v1/jobs.json")["result"]]

    def all_done() -> bool:
        found = statuses()
        assert found.count("Importing") <= 1
        return set(found) == {"Complete"}

    until(all_done)


def upload(own: Server, other: Server, munchkin_id: str) -> None:
    """However the token comes: in the header, or in the form behind the file; declared or not."""
    small, large = "email\na@example.com\n", "email\n" + "x" * 300 + "@example.com\n"
    refusal = ("413", "Request Entity Too Large: a file has at most 200 bytes")
    assert code(own.post_file(small).json()) == ""
    assert code(other.post_file(large).json()) == ""
    assert error_of(own.post_file(large), 413) == refusal
    assert error_of(own.post_file("x" * 1_000_000), 413) == refusal
    for content, expected in ((small, 200), (large, 413)):
        files = {"file": ("f.csv", content, "text/csv")}
        answer = own.call("POST", "/bulk/v1/leads.json", "", data={"access_token": own.token}, files=files)
        assert answer.status_code == expected


def retention(own: Server, other: Server, munchkin_id: str) -> None:
    """A job of two days ago has expired for one, and its janitor deletes it; the other has it still."""
    stores = open_stores(own.data)
    found = {}
    for name, server in ((munchkin_id, own), ("123-ABC-456", other)):
        database = stores.subscription(name)
        found[name] = admit(database, now=now_ms() // 1000 - 2 * DAY_SECONDS)
        finish(database, must_claim(database))
        body = server.get(f"/leadline/v1/jobs/{found[name]}.json")
        assert code(body) == ("1013" if server is own else "")

    def is_kept(name: str) -> bool:
        with stores.subscription(name).read() as session:
            return jobs.find(session, found[name], -1) is not None

    until(lambda: not is_kept(munchkin_id))
    assert is_kept("123-ABC-456")
    stores.close()


def can_be_taken_back(own: Server, other: Server, munchkin_id: str) -> None:
    """A job says until when, where changes are kept."""
    for server in (own, other):
        batch_id = server.submit("email\nhistory@example.com\n")
        server.finish(batch_id)
        (job,) = server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"]
        assert (job["undoUntil"] is None) == (server is own)


def token_life(own: Server, other: Server, munchkin_id: str) -> None:
    query = {"grant_type": "client_credentials", "client_secret": CLIENT_SECRET}
    lives = [
        own.http.get(f"{own.address}/identity/oauth/token", params=query | {"client_id": name}).json()
        for name in (munchkin_id, CLIENT_ID)
    ]
    assert lives[0]["expires_in"] <= 60 < lives[1]["expires_in"] <= 3600


def listed(own: Server, other: Server, munchkin_id: str) -> None:
    """How many of the rows that failed the file has room for."""
    for server, lines in ((own, 0), (other, 3)):
        batch_id = server.submit("email,leadScore\n" + "a@example.com,ninety\n" * 3)
        assert server.finish(batch_id)["numOfRowsFailed"] == 3
        assert server.failures(batch_id).text.count("a@example.com") == lines


Probe = Callable[[Server, Server, str], None]
LIMITS: dict[str, tuple[Any, Probe]] = {
    "rate_calls_max": (2, rate),
    "daily_calls_max": (2, quota),
    "concurrent_calls_max": (2, at_once),
    "jobs_queued_max": (2, places),
    "shared_queue": (False, one_queue),
    "jobs_importing_max": (1, at_work),
    "upload_bytes_max": (200, upload),
    "issue_bytes_max": (0, listed),
    "retention_days": (1, retention),
    "history_days": (0, can_be_taken_back),
    "token_seconds": (60, token_life),
}
WITHOUT_WORKERS = {"jobs_queued_max", "shared_queue"}


def test_each_limit_and_rule_is_proved() -> None:
    """A new one needs its line here."""
    proved, known = {*LIMITS, *RULES}, {*Limits.model_fields, *Rules.model_fields}
    missing = sorted(known - proved)
    assert not missing, f"add to LIMITS or RULES how a subscription's own {missing} shows"
    assert proved == known


@pytest.mark.parametrize("name", sorted(set(LIMITS) - WITHOUT_WORKERS))
def test_a_limit_of_ones_own(shared: Server, name: str) -> None:
    value, probe = LIMITS[name]
    munchkin_id, own = neighbour(shared, limits={name: value})
    probe(own, shared, munchkin_id)


@pytest.mark.parametrize("name", sorted(WITHOUT_WORKERS))
def test_a_limit_of_ones_own_without_workers(store: str, tmp_path: Path, name: str) -> None:
    value, probe = LIMITS[name]
    for server in running(tmp_path / "data", subscription(**WORLD), workers=0):
        munchkin_id, own = neighbour(server, limits={name: value})
        probe(own, server, munchkin_id)


def test_a_limit_above_the_servers(store: str, tmp_path: Path) -> None:
    """It holds where it is known who calls; a token behind the file leaves the server's until then."""
    env = {"LEADLINE_LIMITS__UPLOAD_BYTES_MAX": "200"}
    for server in running(tmp_path / "data", subscription(), workers=0, env=env):
        _, own = neighbour(server, limits={"upload_bytes_max": 1_000_000})
        large = "email\n" + "x" * 200_000 + "@example.com\n"
        assert code(own.post_file(large).json()) == ""
        assert error_of(server.post_file(large), 413)[0] == "413"
        files = {"file": ("f.csv", large, "text/csv")}
        answer = own.call("POST", "/bulk/v1/leads.json", "", data={"access_token": own.token}, files=files)
        assert error_of(answer, 413)[0] == "413"


def blank(server: Server) -> Any:
    outcomes(server, "email,firstName\nb@example.com,Ann\n")
    outcomes(server, "email,firstName\nb@example.com,\n")
    return only(server, "b@example.com", "firstName")["firstName"]


def unknown(server: Server) -> Any:
    return code(server.post_file("email,nonsense\nu@example.com,1\n").json())


def long_text(server: Server) -> Any:
    """In a file, and in a call."""
    (imported,) = outcomes(server, f"email,title\nlong@example.com,{'x' * 300}\n")
    body = post(server, "/rest/v1/leads.json", {"input": [{"email": "l@example.com", "title": "x" * 300}]})
    return imported[0], body["result"][0]["status"]


def twins(server: Server) -> Any:
    """In a file, and in a call."""
    two = [{"email": "twin@example.com"}] * 2
    post(server, "/rest/v1/leads.json", {"action": "createDuplicate", "input": two})
    (imported,) = outcomes(server, "email,firstName\ntwin@example.com,Ann\n")
    return imported[0], post(server, "/rest/v1/leads.json", {"input": two[:1]})["result"][0]["status"]


def wide_row(server: Server) -> Any:
    return outcomes(server, "email\nw@example.com\nx@example.com,lost\n")[1]


def torn_quotes(server: Server) -> Any:
    return outcomes(server, 'email,firstName\nq@example.com,"Ann" Lee\n')[0]


def either_date(server: Server) -> Any:
    return outcomes(server, "email,born\nd@example.com,13/04/2001\ne@example.com,03/04/2001\n")[1]


def local_time(server: Server) -> Any:
    """In a file, and in a call."""
    outcomes(server, "email,seen\nt@example.com,2025-01-01T12:00:00\n")
    imported = only(server, "t@example.com", "seen")["seen"]
    post(
        server, "/rest/v1/leads.json", {"input": [{"email": "t@example.com", "seen": "2025-01-02T12:00:00"}]}
    )
    return imported, only(server, "t@example.com", "seen")["seen"]


def back(server: Server) -> Any:
    import_members(server, "email\nm@example.com\n", "Attended")
    batch_id = import_members(server, "email\nm@example.com\n", "Invited")
    return server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0]["warnings"]


def twice(server: Server) -> str:
    return [code(server.post_file("email\ntwice@example.com\n").json()) for _ in range(2)][1]


RULES: dict[str, tuple[str, Callable[[Server], Any], Any, Any]] = {
    "blank_cells": ("clear", blank, None, "Ann"),
    "unknown_columns": ("ignore", unknown, "", "1006"),
    "overlong": ("truncate", long_text, ("created", "created"), ("failed", "skipped")),
    "multiple_matches": ("newest", twins, ("updated", "updated"), ("failed", "skipped")),
    "long_rows": (
        "ignore",
        wide_row,
        ("created", ""),
        ("created", "Row has more values than the header"),
    ),
    "inner_quotes": ("ignore", torn_quotes, ("created", ""), ("created", "Quotes inside a value")),
    "ambiguous_dates": (
        "fail",
        either_date,
        ("failed", "Ambiguous date in field Born"),
        ("created", "Ambiguous date in field Born"),
    ),
    "time_zone": (
        "Asia/Tokyo",
        local_time,
        ("2025-01-01T03:00:00Z", "2025-01-02T03:00:00Z"),
        ("2025-01-01T18:00:00Z", "2025-01-02T18:00:00Z"),
    ),
    "member_backward": ("warn", back, 1, 0),
    "same_file": ("refuse", twice, "1003", ""),
}
"""A value that is not the server's, what shows it, what that gives with the value and without."""


@pytest.mark.parametrize("name", RULES)
def test_a_rule_of_ones_own(shared: Server, name: str) -> None:
    value, probe, with_it, without = RULES[name]
    _, own = neighbour(shared, rules={name: value})
    assert probe(own) == with_it
    assert probe(shared) == without


def refuses(server: Server, size: int) -> bool:
    return bool(server.post_file("x" * size).status_code == 413)


def test_a_change_holds_within_a_second(shared: Server) -> None:
    """Beside a running server; what a later file does not name stays, null goes back to the server's."""
    munchkin_id, own = neighbour(shared, limits={"jobs_queued_max": 3}, rules={"time_zone": "Asia/Tokyo"})
    assert not refuses(own, 300)
    assert set_up(shared, munchkin_id, limits={"upload_bytes_max": 200}) == [
        "limit upload_bytes_max is now 200"
    ]
    until(lambda: refuses(own, 300))
    assert set_up(shared, munchkin_id, limits={"upload_bytes_max": 200}) == []
    back_again = {"limits": {"upload_bytes_max": None}, "rules": {"blank_cells": "clear"}}
    assert set_up(shared, munchkin_id, **back_again) == [
        "limit upload_bytes_max is now the server's again",
        'rule blank_cells is now "clear"',
    ]
    until(lambda: not refuses(own, 300))
    assert local_time(own)[0] == "2025-01-01T03:00:00Z"
    assert blank(own) is None


def test_a_job_keeps_the_rules_of_its_submission(store: str, tmp_path: Path) -> None:
    """Whatever its file says when a worker comes to it, all its rows are judged alike."""
    data = tmp_path / "data"
    for server in running(data, subscription(**WORLD), workers=0):
        munchkin_id, own = neighbour(server, rules={"overlong": "truncate"})
        batch_id = own.submit(f"email,title\nkept@example.com,{'x' * 300}\n")
        set_up(server, munchkin_id, rules={"overlong": "fail"})
    for server in running(data, workers=1):
        own = copy.copy(server)
        own._token = server.new_token(munchkin_id, CLIENT_SECRET)
        assert own.finish(batch_id)["numOfRowsFailed"] == 0
        assert own.run_import(f"email,title\nlater@example.com,{'x' * 300}\n")["numOfRowsFailed"] == 1


def test_what_a_newer_program_has_set_is_passed_over(shared: Server) -> None:
    """A limit that this one does not know stays in the store, and in nobody's way."""
    munchkin_id, own = neighbour(shared)
    stores = open_stores(shared.data)
    with stores.control.write() as session:
        values = {"own_limits": json.dumps({"of_tomorrow": 5}), "own_rules": "{}"}
        session.run("change_own_policy", munchkin_id=munchkin_id, **values)
    stores.close()
    assert code(own.get(PATH)) == ""
    set_up(shared, munchkin_id, limits={"upload_bytes_max": 200})
    until(lambda: refuses(own, 300))
