"""A sandbox has the console too, and what befalls its calls does not befall its pages."""

from datetime import UTC, datetime
from pathlib import Path

from tests.console.world import Console, shown
from tests.sandbox.server import SandboxProcess
from tests.server import Server


def test_the_pages_of_a_sandbox(sandbox: SandboxProcess, tmp_path: Path) -> None:
    made = sandbox.make()
    made.control("POST", "faults", json={"preset": "maintenance"})
    assert made.call("GET", "/rest/v1/lists.json").status_code == 503
    console = Console(Server(data=tmp_path, address=sandbox.url))
    console.login(made.made["clientId"], made.made["clientSecret"])
    assert "/login" not in console.get().headers.get("location", "")
    console.close()


def test_ages_are_by_the_clock_of_the_sandbox(sandbox: SandboxProcess, tmp_path: Path) -> None:
    """Also in the browser, whose script is told what that clock says."""
    made = sandbox.make()
    made.control("POST", "clock", json={"freeze": "2026-03-01T12:00:00Z"})
    batch_id = made.run_import("email\nold@example.com\n")["batchId"]
    console = Console(Server(data=tmp_path, address=sandbox.url))
    console.login(made.made["clientId"], made.made["clientSecret"])
    assert f"{batch_id} just now" in shown(console.get("/jobs"))
    person = made.get("/rest/v1/leads.json", filterType="email", filterValues="old@example.com")["result"][0]
    made.control("POST", "clock", json={"advance": "PT3H"})
    page = console.get("/jobs")
    assert f"{batch_id} 3 h ago" in shown(page)
    now = int(datetime(2026, 3, 1, 15, tzinfo=UTC).timestamp())
    assert page.text.count(f'data-now="{now}"') == 2, "the page and its live part"
    assert "3 h ago" in shown(console.get(f"/person/{person['id']}"))
    console.close()
