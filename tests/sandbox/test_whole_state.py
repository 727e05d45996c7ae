"""What a subscription holds, as one document."""

from tests.contract.api.world import CAR, STATUSES
from tests.sandbox.server import SandboxProcess, sentence
from tests.server import until

SETUP = {
    "lists": [{"id": 1001, "name": "Newsletter"}, {"id": 1002, "name": "Empty"}],
    "channels": [{"name": "Webinar", "statuses": STATUSES}],
    "programs": [{"id": 1001, "name": "Spring Webinar", "channel": "Webinar"}],
    "custom_objects": [CAR],
    "companies": [{"externalCompanyId": "acme", "company": "Acme Inc", "annualRevenue": 10.5}],
    "lead_fields": [{"name": "shoe", "displayName": "Shoe", "dataType": "string"}],
}


def test_everything_in_order(sandbox: SandboxProcess) -> None:
    mine = sandbox.make(setup=SETUP)
    state = mine.control("GET", "state").json()
    assert (state["people"], state["members"]) == ([], [])
    assert [(each["id"], each["name"], each["members"]) for each in state["lists"]] == [
        (1001, "Newsletter", []),
        (1002, "Empty", []),
    ]
    assert sorted(state["records"]) == ["car_c", "company", "sales_person"]
    assert [each["company"] for each in state["records"]["company"]] == ["Acme Inc"]
    mine.run_import("email,shoe\nada@example.com,42\nbob@example.com,\n")
    mine.submit("email\ncy@example.com\n", listId="1001")
    until(lambda: mine.status(1002)["status"] == "Complete")
    path = "/bulk/v1/program/1001/members/import.json"
    mine.submit("email\nbob@example.com\n", path, programMemberStatus="Attended")
    mine.submit("vin,color\nV1,red\n", "/bulk/v1/customobjects/car_c/import.json")
    state = until(
        lambda: found if (found := mine.control("GET", "state").json())["records"]["car_c"] else None
    )
    people = [(each["id"], each["email"], each.get("shoe")) for each in state["people"]]
    assert people == [(1, "ada@example.com", "42"), (2, "bob@example.com", None), (3, "cy@example.com", None)]
    members = [(each["programId"], each["leadId"], each["statusName"]) for each in state["members"]]
    assert members == [(1001, 2, "Attended")]
    (car,) = state["records"]["car_c"]
    assert (car["vin"], car["color"]) == ("V1", "red")
    assert [each["members"] for each in state["lists"]] == [[3], []]
    assert None not in state["people"][0].values()
    assert "takes no" in sentence(mine.control("GET", "state", params={"people": "1"}), 400)
    mine.control("DELETE")


def test_limits_and_rules_of_one(sandbox: SandboxProcess) -> None:
    """They hold for it alone, and go before those of its set-up; wrong ones are refused by name."""
    setup = {"limits": {"upload_bytes_max": 30, "daily_calls_max": 1000}}
    small = sandbox.make(setup=setup, limits={"upload_bytes_max": 20}, rules={"unknown_columns": "ignore"})
    other = sandbox.make()
    files = {"file": ("f.csv", b"email,nonsense\na@example.com,1\n", "text/csv")}
    answer = small.call("POST", "/bulk/v1/leads.json", params={"format": "csv"}, files=files)
    assert answer.status_code == 413
    assert small.run_import("email,no\na@b.c,1\n")["status"] == "Complete"
    assert other.run_import("email\na@example.com\nb@example.com\n")["status"] == "Complete"
    for fields, word in (
        ({"limits": {"files": 3}}, "files"),
        ({"rules": {"blank_cells": "burn"}}, "blank_cells"),
    ):
        assert word in sentence(sandbox.control("POST", "subscriptions", json=fields), 400)
    for one in (small, other):
        one.control("DELETE")
