"""A sandbox has the console too, and what befalls its calls does not befall its pages."""

from pathlib import Path

from tests.console.world import Console
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
