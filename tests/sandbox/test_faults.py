"""What goes wrong with calls when a test says so, seen from outside."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.sandbox.server import SandboxProcess, Subscription, sandbox_process, sentence
from tests.server import until

LEADS = "email\nada@example.com\nbob@example.com\ncy@example.com\n"


def code_of(answer: httpx.Response) -> str | None:
    """Return the code of an answer, None for a success."""
    body = answer.json()
    return None if body["success"] else str(body["errors"][0]["code"])


def lists(mine: Subscription) -> httpx.Response:
    return mine.call("GET", "/rest/v1/lists.json")


def set_fault(mine: Subscription, **fault: Any) -> dict[str, Any]:
    answer = mine.control("POST", "faults", json=fault)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def faults_of(mine: Subscription) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = mine.control("GET", "faults").json()["faults"]
    return found


def count_of_leads(mine: Subscription) -> int:
    emails = ",".join(LEADS.split()[1:])
    return len(mine.get("/rest/v1/leads.json", filterType="email", filterValues=emails)["result"])


def create(mine: Subscription, content: str = LEADS) -> httpx.Response:
    files = {"file": ("leads.csv", content.encode(), "text/csv")}
    return mine.call("POST", "/bulk/v1/leads.json", params={"format": "csv"}, files=files)


def test_a_code_is_answered_with_the_text_of_the_product(mine: Subscription) -> None:
    made = set_fault(mine, on="lists.query", do={"code": "606"})
    assert made == {"id": 1, "on": "lists.query", "do": {"code": "606"}, "matched": 0, "fired": 0, "left": 1}
    body = lists(mine).json()
    assert body["errors"] == [{"code": "606", "message": "Max rate limit '100' exceeded with in '20' secs"}]
    assert lists(mine).json()["success"]
    [fault] = faults_of(mine)
    assert (fault["matched"], fault["fired"], fault["left"]) == (2, 1, 0)


def test_an_asset_is_refused_in_the_envelope_of_assets(mine: Subscription) -> None:
    set_fault(mine, on="staticlists.browse", do={"code": "608"})
    body = mine.get("/rest/asset/v1/staticLists.json")
    assert body["warnings"] == []
    assert body["errors"][0]["code"] == "608"


def test_http_413_and_414_have_their_status(mine: Subscription) -> None:
    set_fault(mine, on="bulk.leads.create", do=[{"code": "413"}, {"code": "414"}])
    assert [create(mine).status_code for _ in range(2)] == [413, 414]


def test_a_gateway_says_when_to_come_back(mine: Subscription) -> None:
    set_fault(mine, on="*", do={"http": 503, "retryAfter": 7})
    answer = lists(mine)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert "html" in answer.headers["Content-Type"]


def test_before_the_work_nothing_is_done_and_after_it_all_is(mine: Subscription) -> None:
    set_fault(mine, on="bulk.leads.create", do={"reset": True})
    set_fault(mine, on="bulk.leads.create", skip=1, phase="after", do={"reset": True})
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            create(mine)
    jobs = mine.get("/leadline/v1/jobs.json")["result"]
    assert [each["batchId"] for each in jobs] == [1001]


def test_after_the_work_the_answer_may_be_another(mine: Subscription) -> None:
    set_fault(mine, on="leads.sync", phase="after", do=[{"code": "611"}, {"http": 504}])
    record = {"input": [{"email": "ada@example.com"}]}
    assert code_of(mine.call("POST", "/rest/v1/leads.json", json=record)) == "611"
    assert count_of_leads(mine) == 1
    record = {"input": [{"email": "bob@example.com"}]}
    assert mine.call("POST", "/rest/v1/leads.json", json=record).status_code == 504
    assert count_of_leads(mine) == 2


def test_a_reset_is_a_reset(mine: Subscription) -> None:
    set_fault(mine, on="lists.query", do={"reset": True})
    with pytest.raises(httpx.ReadError) as raised:
        lists(mine)
    assert "reset" in str(raised.value) or isinstance(raised.value.__cause__, Exception)
    assert lists(mine).json()["success"]


def test_an_answer_breaks_off(mine: Subscription) -> None:
    set_fault(mine, on="lists.query", times=2, do={"truncate": 20})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        lists(mine)
    set_fault(mine, on="staticlists.browse", do={"truncate": 10**9})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        mine.call("GET", "/rest/asset/v1/staticLists.json")


def test_a_call_hangs_for_real_time_and_gets_no_answer(mine: Subscription) -> None:
    set_fault(mine, on="lists.query", do={"hang": "PT0.3S"})
    began = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        lists(mine)
    assert time.monotonic() - began >= 0.3


def test_a_hanging_call_is_let_go_with_its_fault(mine: Subscription) -> None:
    set_fault(mine, on="lists.query", do={"hang": "PT50M"})
    with pytest.raises(httpx.ReadTimeout):
        mine.call("GET", "/rest/v1/lists.json", timeout=0.2)
    assert mine.control("DELETE", "faults").json() == {}
    assert lists(mine).json()["success"]


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_delay_is_real_time(mine: Subscription, phase: str) -> None:
    set_fault(mine, on="lists.query", phase=phase, do={"delay": {"min": "PT0.2S", "max": "PT0.3S"}})
    mine.control("POST", "clock", json={"freeze": "2026-03-01T12:00:00Z"})
    began = time.monotonic()
    assert lists(mine).json()["success"]
    assert time.monotonic() - began >= 0.2


def test_calls_that_wait_are_calls_in_flight(sandbox: SandboxProcess) -> None:
    """One limit of concurrency is for those that wait on purpose as well."""
    mine = sandbox.make(setup={"limits": {"concurrent_calls_max": 2}})
    set_fault(mine, on="lists.query", times=2, do={"delay": "PT30S"})
    with ThreadPoolExecutor(2) as callers:
        waiting = [callers.submit(lists, mine) for _ in range(2)]
        until(lambda: sum(each["fired"] for each in faults_of(mine)) == 2)
        until(lambda: code_of(lists(mine)) == "615")
        mine.control("DELETE", "faults")
        assert [code_of(each.result()) for each in waiting] == [None, None]
    assert code_of(lists(mine)) is None
    mine.control("DELETE")


def test_texts_tell_the_limits_of_the_subscription(sandbox: SandboxProcess) -> None:
    mine = sandbox.make(setup={"limits": {"rate_calls_max": 7, "jobs_queued_max": 3}})
    set_fault(mine, on="*", do=[{"code": "606"}, {"code": "1016"}])
    texts = [lists(mine).json()["errors"][0]["message"] for _ in range(2)]
    assert texts[0].startswith("Max rate limit '7' exceeded")
    assert texts[1].startswith("There are 3 imports")
    mine.control("DELETE")


def test_a_fault_says_no_more_than_the_original_where_that_is_wanted(sandbox: SandboxProcess) -> None:
    mine = sandbox.make(original=True)
    set_fault(mine, on="bulk.*.create", do={"code": "413"})
    assert create(mine).json()["errors"][0]["message"] == "Request Entity Too Large"
    mine.control("DELETE")


def test_a_token_expires_and_a_new_one_is_had(mine: Subscription) -> None:
    set_fault(mine, on="*.status", skip=1, do={"token": "expire"})
    batch_id = mine.submit(LEADS)
    path = f"/bulk/v1/leads/batch/{batch_id}.json"
    assert [code_of(mine.call("GET", path)) for _ in range(3)] == [None, "602", "602"]
    old, mine.token = mine.token, mine.new_token()
    assert mine.token != old
    assert code_of(mine.call("GET", path)) is None


def test_a_token_in_a_query_expires_too(mine: Subscription) -> None:
    set_fault(mine, on="lists.query", do={"token": "expire"})
    answer = mine.sandbox.http.get(
        mine.sandbox.url + "/rest/v1/lists.json", params={"access_token": mine.token}
    )
    assert code_of(answer) == "602"


def test_a_job_fails_with_the_message_that_is_wanted(mine: Subscription) -> None:
    set_fault(mine, on="bulk.*.create", do={"job": {"fail": "Import failed, the moon is wrong"}})
    job = mine.run_import(LEADS)
    assert (job["status"], job["message"]) == ("Failed", "Import failed, the moon is wrong")
    assert mine.run_import(LEADS)["status"] == "Complete"


def test_a_fault_of_a_job_waits_for_a_call_that_makes_one(mine: Subscription) -> None:
    set_fault(mine, on="bulk.*.create", do={"job": {"fail": "no"}})
    assert code_of(create(mine, "nosuchfield\n1\n")) == "1006"
    assert faults_of(mine)[0]["left"] == 1
    assert mine.run_import(LEADS)["status"] == "Failed"


@pytest.mark.parametrize(("wanted", "rows"), [(0, 0), (2, 2), (3, 2), (500, 2)])
def test_a_job_stalls_after_exactly_so_many_rows(mine: Subscription, wanted: int, rows: int) -> None:
    """At the latest before the last of its three."""
    set_fault(mine, on="bulk.leads.create", do={"job": {"stallAfterRows": wanted}})
    batch_id = mine.submit(LEADS)
    until(lambda: mine.status(batch_id).get("numOfLeadsProcessed") == rows)
    assert mine.status(batch_id)["status"] == "Importing"
    assert count_of_leads(mine) == rows
    assert mine.run_import("email\nother@example.com\n")["status"] == "Complete"
    assert mine.control("POST", f"jobs/{batch_id}/step", json={"to": "Complete"}).json()["processed"] == 3
    assert count_of_leads(mine) == 3


def test_rows_of_quoted_lines_are_counted_as_the_import_does(mine: Subscription) -> None:
    content = "email,lastName\n" + "".join(f'a{each}@example.com,"x\ny"\n\n' for each in range(900))
    set_fault(mine, on="bulk.leads.create", do={"job": {"stallAfterRows": 500}})
    batch_id = mine.submit(content)
    until(lambda: mine.status(batch_id).get("numOfLeadsProcessed") == 500)
    assert mine.control("POST", f"jobs/{batch_id}/step", json={"to": "Complete"}).json()["processed"] == 900


def test_jobs_of_other_kinds_fail_and_stall_alike(sandbox: SandboxProcess) -> None:
    document = {
        "channels": [{"name": "Webinar", "statuses": [{"name": "Invited", "step": 10}]}],
        "programs": [{"id": 1001, "name": "Spring", "channel": "Webinar"}],
        "custom_objects": [
            {
                "apiName": "car_c",
                "displayName": "Car",
                "dedupeFields": ["vin"],
                "fields": [{"name": "vin", "displayName": "VIN", "dataType": "string"}],
            }
        ],
    }
    mine = sandbox.make(setup=document)
    members, objects = "/bulk/v1/program/1001/members/import.json", "/bulk/v1/customobjects/car_c/import.json"
    paths = {
        members: "/bulk/v1/program/members/import/{}/status.json",
        objects: "/bulk/v1/customobjects/car_c/import/{}/status.json",
    }

    def status(path: str, batch_id: int) -> dict[str, Any]:
        found: dict[str, Any] = mine.get(paths[path].format(batch_id))["result"][0]
        return found

    def becomes(path: str, batch_id: int, **wanted: Any) -> None:
        until(lambda: wanted.items() <= status(path, batch_id).items())

    for path, content in ((members, LEADS), (objects, "vin\n1\n2\n3\n")):
        set_fault(mine, on="bulk.*.create", do=[{"job": {"fail": "no"}}, {"job": {"stallAfterRows": 1}}])
        options = {"programMemberStatus": "Invited"} if path == members else {}
        failed, stalled = (mine.submit(content, path, **options) for _ in range(2))
        becomes(path, failed, status="Failed", message="no")
        name = "numOfLeadsProcessed" if path == members else "numOfObjectsProcessed"
        becomes(path, stalled, status="Importing", **{name: 1})
        stepped = mine.control("POST", f"jobs/{stalled}/step", json={"to": "Failed"}).json()
        assert (stepped["status"], stepped["processed"]) == ("Failed", 1)
    mine.control("DELETE")


def test_a_cut_upload_does_nothing(mine: Subscription) -> None:
    set_fault(mine, on="bulk.leads.create", times=2, do={"cutBody": 50})
    for content in (LEADS, "email\n" + "x@example.com\n" * 600_000):
        with pytest.raises(httpx.TransportError):
            create(mine, content)
    assert mine.get("/leadline/v1/jobs.json")["result"] == []
    assert create(mine).json()["success"]


def test_wrong_faults_are_refused_and_none_is_set(mine: Subscription) -> None:
    wrong = {"on": "bulk.leed.create", "skip": -1, "do": {"code": "606"}}
    said = sentence(mine.control("POST", "faults", json=wrong), 400)
    assert "near are bulk.leads.create" in said
    assert "skip must" in said
    both = {"faults": [{"on": "*", "do": {"reset": True}}, wrong]}
    assert sentence(mine.control("POST", "faults", json=both), 400) == said
    assert sentence(mine.control("POST", "faults", json={}), 400)
    assert sentence(mine.control("POST", "faults", json={"faults": []}), 400)
    assert sentence(mine.control("POST", "faults", json=[wrong]), 400)
    assert "throttled is near" in sentence(mine.control("POST", "faults", json={"preset": "throtled"}), 400)
    assert sentence(mine.control("POST", "faults", content=b"{"), 400)
    half = b'{"on": "*", "do": {"job": {"fail": "\\ud800"}}}'
    assert sentence(mine.control("POST", "faults", content=half), 400)
    assert sentence(mine.control("POST", "faults", content=b'{"\\ud800": 1}'), 400)
    assert sentence(mine.control("DELETE", "faults/1"), 404)
    assert sentence(mine.control("DELETE", "faults/x"), 404)
    assert faults_of(mine) == []


def test_several_faults_are_set_at_once_and_removed_one_by_one(mine: Subscription) -> None:
    several = [{"preset": "throttled", "on": "lists.query"}, {"on": "leads.*", "do": {"code": "611"}}]
    made = mine.control("POST", "faults", json={"faults": several}).json()["faults"]
    assert [each["id"] for each in made] == [1, 2]
    assert mine.control("DELETE", "faults/1").json() == {}
    assert code_of(lists(mine)) is None
    assert [each["id"] for each in faults_of(mine)] == [2]


def test_faults_are_of_one_subscription(mine: Subscription, sandbox: SandboxProcess) -> None:
    other = sandbox.make()
    set_fault(mine, preset="maintenance")
    assert lists(mine).status_code == 503
    assert lists(other).json()["success"]
    other.control("DELETE")


def test_the_identity_call_can_fail_too(mine: Subscription) -> None:
    set_fault(mine, on="identity.*", do={"http": 500})
    params = {"grant_type": "client_credentials", "client_id": mine.made["clientId"]}
    params["client_secret"] = mine.made["clientSecret"]
    url = mine.sandbox.url + "/identity/oauth/token"
    assert mine.sandbox.http.get(url, params=params).status_code == 500
    set_fault(mine, on="identity.token", do={"http": 502})
    assert mine.sandbox.http.post(url, data=params).status_code == 502
    assert mine.sandbox.http.post(url, data=params).status_code == 200


def seconds_to_end_while_a_call_hangs() -> float:
    with sandbox_process() as sandbox, ThreadPoolExecutor(1) as caller:
        mine = sandbox.make()
        set_fault(mine, on="lists.query", do={"hang": "PT1H"})
        hanging = caller.submit(mine.call, "GET", "/rest/v1/lists.json", timeout=60)
        until(lambda: faults_of(mine)[0]["fired"])
        began = time.monotonic()
        assert sandbox.stop() == 0
        took = time.monotonic() - began
        with pytest.raises(httpx.TransportError):
            hanging.result()
    return took


def test_a_fault_does_not_hold_up_the_end_of_the_server() -> None:
    """It waits five seconds for calls that it answers; a busy machine may take as long, but not again and again."""
    assert any(seconds_to_end_while_a_call_hangs() < 4 for _ in range(4))


def test_a_reset_lets_hanging_calls_go(mine: Subscription) -> None:
    set_fault(mine, on="lists.query", do={"hang": "PT1H"})
    with ThreadPoolExecutor(1) as caller:
        hanging = caller.submit(mine.call, "GET", "/rest/v1/lists.json", timeout=60)
        until(lambda: faults_of(mine)[0]["fired"])
        assert mine.control("POST", "reset", json={}).status_code == 200
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            hanging.result()
    assert faults_of(mine) == []


def test_json_is_what_is_answered(mine: Subscription) -> None:
    assert json.loads(mine.control("GET", "faults").text) == {"faults": []}
