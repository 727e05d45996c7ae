"""A subscription as the original: what is ours is not there, what clients meet there is."""

import re
from collections.abc import Iterator

import pytest

from tests.contract.api.world import CAR, STATUSES
from tests.sandbox.server import SandboxProcess, Subscription, sentence
from tests.server import until

SETUP = {
    "lead_fields": [{"name": "birthday", "displayName": "Birthday", "dataType": "date"}],
    "channels": [{"name": "Webinar", "statuses": STATUSES}],
    "programs": [{"id": 1001, "name": "Spring Webinar", "channel": "Webinar"}],
    "custom_objects": [CAR],
}


@pytest.fixture(scope="module")
def original(sandbox: SandboxProcess) -> Iterator[Subscription]:
    made = sandbox.make(setup=SETUP, original=True)
    yield made
    made.control("DELETE")


def test_nothing_of_our_own_is_served(original: Subscription, mine: Subscription) -> None:
    for one, code in ((original, "610"), (mine, None)):
        batch_id = one.run_import("email\nada@example.com\n")["batchId"]
        paths = ["jobs.json", f"jobs/{batch_id}.json", f"jobs/{batch_id}/ledger.csv", "/jobs.json"]
        for path in paths:
            answer = one.call("GET", f"/leadline/v1/{path}")
            if code is None:
                assert answer.status_code == 200
                assert "610" not in answer.text
            else:
                assert answer.json()["errors"][0]["code"] == code
    assert original.call("GET", "/leadline/anything.json").json()["errors"][0]["code"] == "610"
    assert original.control("GET", "state").status_code == 200


def test_no_operation_of_our_own_is_served(sandbox: SandboxProcess) -> None:
    """Whatever we add: jobs, previews, undo, cancel, history, counts; the document knows them all."""
    one = sandbox.make(setup=SETUP, original=True, limits={"rate_calls_max": 1000})
    paths = sandbox.http.get(sandbox.url + "/openapi.json").json()["paths"]
    batch_id = one.run_import("email\nada@example.com\n")["batchId"]
    ours = [(method, path) for path in paths if path.startswith("/leadline/") for method in paths[path]]
    assert len(ours) > 20
    for method, path in ours:
        answer = one.call(method.upper(), re.sub("{[^}]*}", str(batch_id), path))
        assert answer.json()["errors"][0]["code"] == "610", (method, path)
    one.control("DELETE")


def test_a_request_key_counts_for_nothing(original: Subscription) -> None:
    """Not even one that would be refused."""
    files = {"file": ("f.csv", b"email\nada@example.com\n", "text/csv")}
    made = []
    for key in ("nightly", "nightly", "not a key", ""):
        headers = {"Authorization": f"Bearer {original.token}", "Idempotency-Key": key}
        url = original.sandbox.url + "/bulk/v1/leads.json?format=csv"
        answer = original.sandbox.http.post(url, headers=headers, files=files)
        assert "Idempotent-Replayed" not in answer.headers
        made.append(answer.json()["result"][0]["batchId"])
    assert len(set(made)) == 4
    until(lambda: original.status(made[-1])["status"] == "Complete")


def failures(one: Subscription, content: str, path: str = "leads", **params: str) -> str:
    """Import a file to the end; return its failure file."""
    batch_id = one.submit(content, f"/bulk/v1/{path}.json", **params)
    status = f"/bulk/v1/{path if 'custom' in path else 'leads/batch'}/{batch_id}"
    until(lambda: one.get(f"/bulk/v1/leads/batch/{batch_id}.json")["result"][0]["status"] == "Complete")
    return one.call("GET", f"{status}/failures.json").text


BLANK = "firstName,lastName,phone,email\nAda,L,1,\nBob,M,2,\n"
RAGGED = "email,firstName\nada@example.com,Ada\n,Bob\n,Cy\n"


def test_the_lookup_column_is_dropped_where_it_is_blank(original: Subscription, mine: Subscription) -> None:
    """As the original does it; else all columns stay."""
    reason = "Import Failure Reason"
    lines = failures(original, BLANK).splitlines()
    assert lines[0] == f"firstName,lastName,phone,{reason}"
    assert [line.split(",")[:3] for line in lines[1:]] == [["Ada", "L", "1"], ["Bob", "M", "2"]]
    assert failures(mine, BLANK).splitlines()[0] == f"firstName,lastName,phone,email,{reason}"
    dropped = failures(original, RAGGED).splitlines()
    assert [line.split(",")[0] for line in dropped] == ["firstName", "Bob", "Cy"]
    by_score = failures(original, "leadScore,email\nmany,ada@example.com\n")
    assert by_score.splitlines()[0] == f"leadScore,email,{reason}"
    semicolons = failures(original, BLANK.replace(",", ";"), format="ssv").splitlines()
    assert semicolons[0] == f"firstName;lastName;phone;{reason}"


def test_texts_say_no_more_than_the_originals(original: Subscription, mine: Subscription) -> None:
    wrong = {"file": ("f.csv", b"emial,nonsense,email\na,b,c\n", "text/csv")}
    told = [
        one.call("POST", "/bulk/v1/leads.json", files=wrong, params={"format": "csv"}).json()["errors"]
        for one in (original, mine)
    ]
    assert told[0] == [{"code": "1006", "message": "Field 'emial' not found"}]
    assert told[1] != told[0]
    large = {"file": ("f.csv", b"email\n" + b"x" * 10_485_760, "text/csv")}
    answer = original.call("POST", "/bulk/v1/leads.json", files=large, params={"format": "csv"})
    assert answer.status_code == 413
    assert answer.json()["errors"] == [{"code": "413", "message": "Request Entity Too Large"}]


def test_rows_are_read_as_there(original: Subscription) -> None:
    """No warning that only we give; what a test sets itself goes first."""
    uneven = "email,birthday\nada@example.com,13/04/2025\nbob@example.com,03/04/2025,more\n"
    status = original.run_import(uneven + '"cy@example.com" ,\n')
    assert status["numOfRowsWithWarning"] == 0
    own = original.sandbox.make(setup=SETUP, original=True, rules={"long_rows": "fail"})
    assert own.run_import("email\nada@example.com\nbob@example.com,more\n")["numOfRowsFailed"] == 1
    own.control("DELETE")


def test_only_yes_or_no(sandbox: SandboxProcess) -> None:
    assert "original" in sentence(sandbox.control("POST", "subscriptions", json={"original": "yes"}), 400)
