"""A subscription's time is in the hands of a test."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.server import SandboxProcess, Subscription, sentence
from tests.sandbox.test_faults import LEADS, code_of, lists
from tests.server import until

NOON = "2026-03-01T12:00:00Z"


def set_clock(mine: Subscription, **change: Any) -> dict[str, Any]:
    answer = mine.control("POST", "clock", json=change)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def now_of(mine: Subscription) -> datetime:
    return datetime.fromisoformat(mine.control("GET", "clock").json()["now"])


def test_it_stands_goes_forward_and_flows(mine: Subscription) -> None:
    frozen = {"now": "2026-03-01T12:00:00.000Z", "frozen": True, "rate": 0, "held": []}
    assert set_clock(mine, freeze=NOON) == frozen
    assert mine.control("GET", "clock").json() == frozen
    assert set_clock(mine, advance="PT61M")["now"] == "2026-03-01T13:01:00.000Z"
    assert set_clock(mine, run=True)["rate"] == 1
    first = now_of(mine)
    until(lambda: timedelta(0) < now_of(mine) - first < timedelta(minutes=1))
    assert not set_clock(mine, rate=3600)["frozen"]
    until(lambda: now_of(mine) - first > timedelta(minutes=5), 20)


def test_records_bear_its_instants(mine: Subscription) -> None:
    set_clock(mine, freeze="2031-05-06T07:08:09Z")
    mine.token = mine.new_token()
    mine.run_import(LEADS)
    query = {"filterType": "email", "filterValues": "ada@example.com", "fields": "createdAt"}
    assert mine.get("/rest/v1/leads.json", **query)["result"][0]["createdAt"] == "2031-05-06T07:08:09Z"
    assert mine.get("/leadline/v1/jobs.json")["result"][0]["createdAt"].startswith("2031-05-06T07:08:09")


@pytest.mark.parametrize("instant", ["1970-01-01T00:00:00Z", "1970-01-09T00:00:00Z", "9998-12-31T23:59:59Z"])
def test_all_goes_on_at_the_ends_of_time(mine: Subscription, instant: str) -> None:
    """What is not a subscription's time, such as leases and waits, does not follow its clock."""
    set_clock(mine, freeze=instant)
    mine.token = mine.new_token()
    assert mine.run_import(LEADS)["numOfLeadsProcessed"] == 3
    query = {"filterType": "email", "filterValues": "ada@example.com", "fields": "createdAt"}
    assert mine.get("/rest/v1/leads.json", **query)["result"][0]["createdAt"] == instant
    assert mine.get("/rest/v1/stats/usage.json")["success"]
    assert mine.control("GET", "calls").json()["calls"][-1]["at"].startswith(instant[:19])


def test_tokens_expire(mine: Subscription) -> None:
    assert code_of(lists(mine)) is None
    set_clock(mine, advance="PT59M")
    assert code_of(lists(mine)) is None
    set_clock(mine, advance="PT2M")
    assert code_of(lists(mine)) == "602"
    mine.token = mine.new_token()
    assert code_of(lists(mine)) is None


def test_tokens_keep_what_is_left_of_their_lives_when_it_goes_back(mine: Subscription) -> None:
    """One hour is one hour, whichever instant a test begins with; what has expired stays so."""
    for instant in ("2020-01-01T00:00:00Z", "1999-01-01T00:00:00Z"):
        expired = mine.token
        set_clock(mine, freeze=instant)
        assert code_of(lists(mine)) is None
        set_clock(mine, advance="PT58M")
        assert code_of(lists(mine)) is None
        set_clock(mine, advance="PT3M")
        assert code_of(lists(mine)) == "602"
        mine.token = mine.new_token()
    assert mine.token != expired
    set_clock(mine, freeze="1998-01-01T00:00:00Z")
    assert code_of(lists(mine)) is None
    mine.token = expired
    assert code_of(lists(mine)) == "602"


@pytest.mark.parametrize("instant", ["2050-01-01T00:00:00Z", "2000-01-01T00:00:00Z"])
def test_tokens_live_anew_after_a_reset(mine: Subscription, instant: str) -> None:
    """Whoever has one in a test goes on with it in the next, whatever the time was meanwhile."""
    set_clock(mine, freeze=instant)
    mine.token = mine.new_token()
    set_clock(mine, advance="PT61M")
    assert code_of(lists(mine)) == "602"
    assert mine.control("POST", "reset").json() == {}
    for advance, code in (("PT0S", None), ("PT59M", None), ("PT2M", "602")):
        set_clock(mine, advance=advance)
        assert code_of(lists(mine)) == code


def test_another_time_ends_no_tokens_of_others(mine: Subscription, sandbox: SandboxProcess) -> None:
    """Those that have long expired go when a new one is had, by the clock of their own subscription."""
    other = sandbox.make()
    set_clock(mine, freeze="2050-01-01T00:00:00Z")
    mine.token = mine.new_token()
    assert (code_of(lists(mine)), code_of(lists(other))) == (None, None)
    other.control("DELETE")


def test_windows_roll_and_stand_with_the_clock(sandbox: SandboxProcess) -> None:
    mine = sandbox.make(setup={"limits": {"rate_calls_max": 3}})
    set_clock(mine, freeze=NOON)
    assert [code_of(lists(mine)) for _ in range(4)] == [None, None, None, "606"]
    set_clock(mine, advance="PT19S")
    assert code_of(lists(mine)) == "606"
    set_clock(mine, advance="PT1S")
    assert code_of(lists(mine)) is None
    mine.control("DELETE")


def test_quotas_begin_anew_at_midnight_of_the_original(sandbox: SandboxProcess) -> None:
    mine = sandbox.make(setup={"limits": {"daily_calls_max": 2, "token_seconds": 10**6}})
    set_clock(mine, freeze="2026-03-01T20:00:00Z")
    assert [code_of(lists(mine)) for _ in range(3)] == [None, None, "607"]
    set_clock(mine, advance="PT9H59M")  # 23:59 in Chicago
    assert code_of(lists(mine)) == "607"
    set_clock(mine, advance="PT1M")
    assert code_of(lists(mine)) is None
    mine.control("DELETE")


def test_batches_pass_their_days(sandbox: SandboxProcess) -> None:
    mine = sandbox.make(setup={"limits": {"token_seconds": 10**7}})
    batch_id = mine.submit(LEADS)
    assert set_clock(mine, advance="P6DT23H")["held"] == []
    assert mine.status(batch_id)["status"] == "Complete"
    set_clock(mine, advance="PT1H")
    assert mine.get(f"/bulk/v1/leads/batch/{batch_id}.json")["errors"][0]["code"] == "1013"
    assert mine.get("/leadline/v1/jobs.json")["result"] == []
    assert sentence(mine.control("POST", f"jobs/{batch_id}/step", json={"to": "Failed"}), 404), "it is purged"
    mine.control("DELETE")


def test_jobs_end_before_the_clock_goes_forward(mine: Subscription) -> None:
    set_clock(mine, freeze=NOON)
    batch_id = mine.submit("email\n" + "".join(f"a{each}@example.com\n" for each in range(20_000)))
    set_clock(mine, advance="PT10M")
    assert mine.status(batch_id)["numOfLeadsProcessed"] == 20_000
    job = mine.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0]
    assert job["finishedAt"].startswith("2026-03-01T12:00:00")


def test_a_held_job_is_named_and_not_waited_for(mine: Subscription) -> None:
    mine.control("PUT", "jobs", json={"progress": "hold"})
    batch_id = mine.submit(LEADS)
    began = time.monotonic()
    assert set_clock(mine, advance="PT1M")["held"] == [batch_id]
    assert set_clock(mine, freeze="2031-01-01T00:00:00Z")["held"] == [batch_id]
    assert time.monotonic() - began < 10


def test_it_does_not_go_back_while_a_job_is_under_way(mine: Subscription) -> None:
    set_clock(mine, freeze=NOON)
    mine.control("PUT", "jobs", json={"progress": "hold"})
    batch_id = mine.submit(LEADS)
    said = sentence(mine.control("POST", "clock", json={"freeze": "2026-03-01T11:59:59Z"}), 409)
    assert f"job {batch_id} is Queued" in said
    assert set_clock(mine, freeze=NOON)["held"] == [batch_id]
    mine.control("POST", f"jobs/{batch_id}/step", json={"to": "Complete"})
    assert set_clock(mine, freeze="2026-03-01T11:59:59Z")["now"] == "2026-03-01T11:59:59.000Z"


def test_each_subscription_has_its_own(mine: Subscription, sandbox: SandboxProcess) -> None:
    other = sandbox.make()
    set_clock(mine, advance="P400D")
    assert abs(now_of(mine) - now_of(other) - timedelta(days=400)) < timedelta(seconds=60)
    assert code_of(lists(other)) is None
    other.control("DELETE")


def test_a_reset_brings_the_present_back(mine: Subscription, sandbox: SandboxProcess) -> None:
    other = sandbox.make()
    set_clock(mine, freeze="2035-01-01T00:00:00Z")
    assert mine.control("POST", "reset", json={}).status_code == 200
    assert abs(now_of(mine) - now_of(other)) < timedelta(seconds=60)
    assert [code_of(lists(mine)) for _ in range(3)] == [None] * 3
    other.control("DELETE")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({}, "Give one of"),
        ({"freeze": NOON, "run": True}, "Give one of"),
        ({"freeze": "noon"}, "freeze: 'noon' is no instant"),
        ({"freeze": "2026-03-01T12:00:00"}, "with its offset"),
        ({"freeze": "1969-01-01T00:00:00Z"}, "1970 to 9998"),
        ({"freeze": 5}, "freeze"),
        ({"advance": "1h"}, "advance: '1h' is no duration"),
        ({"advance": "-PT1H"}, "no duration"),
        ({"advance": "P1M"}, "give days"),
        ({"advance": "P9999999D"}, "beyond the year 9998"),
        ({"rate": 0}, "rate"),
        ({"rate": -1}, "rate"),
        ({"rate": 1e9}, "rate"),
        ({"rate": "60"}, "rate"),
        ({"run": False}, "run"),
        ({"run": 1}, "run"),
        ({"stop": True}, "stop is no field"),
    ],
)
def test_nonsense_is_refused(mine: Subscription, change: dict[str, Any], word: str) -> None:
    assert word in sentence(mine.control("POST", "clock", json=change), 400)
    assert abs(now_of(mine).timestamp() - time.time()) < 60
