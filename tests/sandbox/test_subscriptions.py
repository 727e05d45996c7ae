"""Subscriptions of a sandbox: made with a call, each for itself, gone with a call."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.server import CONTROL, SandboxProcess, Subscription, sentence

LEADS = "email\nada@example.com\nbob@example.com\ncy@example.com\n"


def test_a_subscription_is_ones_own(sandbox: SandboxProcess, mine: Subscription) -> None:
    """Two have the same ids of batches and leads, and nothing of each other's."""
    other = sandbox.make(name="other")
    for each in (mine, other):
        assert each.run_import(LEADS)["batchId"] == 1001
        found = each.get("/rest/v1/leads.json", filterType="email", filterValues="cy@example.com")
        assert [lead["id"] for lead in found["result"]] == [3]
    mine.run_import("email\nonly@example.com\n")
    assert other.get("/rest/v1/leads.json", filterType="id", filterValues="4")["result"] == []
    assert other.control("DELETE").json() == {}
    assert other.get("/rest/v1/lists.json")["errors"][0]["code"] == "601"
    assert sentence(other.control("DELETE"), 404)
    assert mine.get("/rest/v1/lists.json")["success"]


def test_the_known_credentials_are_those_of_the_first(sandbox: SandboxProcess) -> None:
    first = sandbox.first
    assert first.run_import(LEADS)["numOfLeadsProcessed"] == 3


def test_the_token_may_stand_anywhere(sandbox: SandboxProcess, mine: Subscription) -> None:
    """As the contract has it: in header, query, or a field of the form behind the file."""
    url = f"{sandbox.url}/bulk/v1/leads.json"
    form = {"format": "csv", "access_token": mine.token}
    answer = sandbox.http.post(url, data=form, files={"file": ("f.csv", LEADS.encode(), "text/csv")})
    assert answer.json()["result"][0]["batchId"] == 1001
    answer = sandbox.http.get(f"{sandbox.url}/rest/v1/lists.json", params={"access_token": mine.token})
    assert answer.json()["success"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"nam": "x"}, "nam"),
        ({"name": 3}, "name"),
        ({"name": "sandbox"}, "already"),
        ({"setup": {"programs": 3}}, "programs"),
        *[({"setup": {"credentials": wrong}}, "credentials") for wrong in ("all", "", 0, False, {})],
        ([], "object"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(sandbox: SandboxProcess, body: object, word: str) -> None:
    status = 409 if word == "already" else 400
    assert word in sentence(sandbox.control("POST", "subscriptions", json=body), status)


def test_calls_that_no_program_of_ours_makes_are_refused(sandbox: SandboxProcess) -> None:
    """A web page can send neither the header nor another host (DNS rebinding)."""
    url = f"{sandbox.url}{CONTROL}/subscriptions"
    assert "X-Leadline-Sandbox" in sentence(sandbox.http.post(url, json={}), 403)
    for value in ("", "0", "yes"):
        wrong = {"X-Leadline-Sandbox": value}
        assert sentence(sandbox.control("POST", "subscriptions", json={}, headers=wrong), 403)
    foreign = {"Host": "evil.example.com"}
    assert "--allow-host" in sentence(sandbox.control("POST", "subscriptions", headers=foreign), 403)
    nameless = {"Host": ""}
    assert "names no host" in sentence(sandbox.control("POST", "subscriptions", headers=nameless), 403)
    assert sentence(sandbox.control("POST", "nothing"), 404)
    assert sentence(sandbox.control("PATCH", "subscriptions"), 405)
    assert sentence(sandbox.control("POST", "subscriptions", content=b"{"), 400)
    assert "verbose" in sentence(sandbox.control("POST", "subscriptions?verbose=1"), 400)


def test_two_at_once(sandbox: SandboxProcess) -> None:
    """Of two calls that remove a subscription one finds none; made anew under its name it is empty."""
    for _ in range(5):
        named = sandbox.make(name="shared")
        assert named.run_import(LEADS)["batchId"] == 1001
        with ThreadPoolExecutor() as pool:
            calls = [pool.submit(named.control, "DELETE") for _ in range(3)]
            calls += [pool.submit(named.control, "POST", "reset") for _ in range(3)]
            answers = [call.result() for call in calls]
        assert [answer.status_code for answer in answers[:3]].count(200) == 1
        for answer in answers:
            assert answer.status_code == 200 or sentence(answer, 404)


def test_a_name_that_a_number_would_have(sandbox: SandboxProcess) -> None:
    made = [sandbox.make()]
    number = next(number for number in range(1, 1000) if _is_free(sandbox, str(number)))
    made.append(sandbox.make(name=str(number)))
    made += [sandbox.make(), sandbox.make()]
    assert len({each.made["clientId"] for each in made}) == len(made)
    for each in made:
        each.control("DELETE")


def _is_free(sandbox: SandboxProcess, name: str) -> bool:
    answer = sandbox.control("POST", "subscriptions", json={"name": name})
    if answer.status_code == 200:
        sandbox.control("DELETE", f"subscriptions/{answer.json()['id']}")
    return answer.status_code == 200
