"""Two roles: the owner sets up, the program runs as a role that may only read and write rows."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tests.clusters import Cluster
from tests.commands import leadline
from tests.contract.api.test_metrics import metrics_of, sample
from tests.harness import Server, subscription, until
from tests.nodes.conftest import Start

CARS = {
    "apiName": "car_c",
    "displayName": "Car",
    "dedupeFields": ["vin"],
    "fields": [{"name": "vin", "displayName": "VIN", "dataType": "string"}],
}
OTHER_SECRET = "another secret of the tests"
OTHER = {
    "munchkin_id": "987-XYZ-654",
    "credentials": [
        {
            "name": "other",
            "client_id": "other",
            "client_secret": OTHER_SECRET,
            "user": "other@example.com",
            "permissions": "all",
        }
    ],
}
EXTRA = {"name": "extra", "displayName": "Extra", "dataType": "string"}


@pytest.fixture(scope="module")
def _app(cluster: Cluster) -> None:
    cluster.run("CREATE ROLE app LOGIN")


@pytest.fixture
def app_url(_app: None, url: str) -> str:
    """The URL for a role that has no right yet in a fresh database."""
    return url.replace("postgres:", "app:")


def set_up(place: Path, url: str, document: dict[str, Any], *options: str) -> str:
    """Apply a subscription file as the owner; return what was said, results and talk."""
    (place / "s.yaml").write_text(yaml.safe_dump(document), "utf-8")
    done = leadline("setup", place / "s.yaml", "--database", url, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def imports(node: Server, content: str, **options: object) -> bool:
    """Tell whether a file is imported without a failure."""
    status = node.run_import(content, **options)
    return (status["status"], status["numOfRowsFailed"]) == ("Complete", 0)


def test_an_app_role_is_enough(url: str, app_url: str, nodes: Start, tmp_path: Path) -> None:
    """Let in once, it serves this subscription and the next, and fields and types that come while it runs."""
    assert "leadline setup FILE --database URL --grant-to ROLE" in set_up(tmp_path, url, subscription())
    refused = leadline("serve", "--database", app_url, "--port", 0)
    assert refused.stderr == (
        "leadline: The database lets the role app not read and write all rows: permission denied for schema "
        "leadline_control. As their owner, run: leadline setup FILE --database URL --grant-to app\n"
    )
    set_up(tmp_path, url, subscription(), "--grant-to", "app")
    api = nodes(app_url, workers=1)
    assert imports(api, "email\na@example.com\n")
    assert "role app may use subscription 987-XYZ-654" in set_up(tmp_path, url, OTHER)
    token = api.token_of("other", OTHER_SECRET)
    assert api.call("GET", "/rest/v1/leads/describe.json", token).json()["success"]
    set_up(tmp_path, url, subscription(lead_fields=[EXTRA], custom_objects=[CARS]))
    assert imports(api, "email,extra\na@example.com,more\n", listId=1001)
    cars = api.call("POST", "/rest/v1/customobjects/car_c.json", json={"input": [{"vin": "1"}]}).json()
    assert cars["result"][0]["status"] == "created", cars
    assert leadline("check", "--database", app_url).returncode == 0


def test_only_the_owner_changes_tables(url: str, app_url: str, nodes: Start, tmp_path: Path) -> None:
    """A call that would is answered 703, a set-up says who may."""
    set_up(tmp_path, url, subscription(), "--grant-to", "app")
    api = nodes(app_url, workers=0)
    answer = api.call("POST", "/rest/v1/leads/schema/fields.json", json={"input": [EXTRA]}).json()
    assert answer["errors"] == [{"code": "703", "message": "The feature is not enabled for the subscription"}]
    assert api.wait_for("FaultCaught")["exception"] == "StoreDeniedError"
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(subscription(lead_fields=[EXTRA])), "utf-8")
    denied = leadline("setup", tmp_path / "s.yaml", "--database", app_url)
    assert denied.returncode == 1
    assert "Run it as the owner." in denied.stderr
    assert denied.stderr.count("\n") == 1


def test_rights_that_are_taken_away_come_back(
    cluster: Cluster, url: str, app_url: str, nodes: Start, tmp_path: Path
) -> None:
    """Calls are answered 608 and jobs wait, however long; the log says what to run, and then all goes on."""
    set_up(tmp_path, url, subscription(), "--grant-to", "app")
    api = nodes(app_url, workers=1)
    assert imports(api, "email\na@example.com\n")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("REVOKE ALL ON leadline_123_abc_456.lead_often, leadline_123_abc_456.lead FROM app")
    batch_id = api.submit("email\nb@example.com\n")
    told = api.wait_for("RightsMissing")
    assert told["advice"].endswith("run: leadline setup FILE --database URL --grant-to app")
    assert "lead" in told["advice"]
    asked = "/rest/v1/leads.json?filterType=email&filterValues=b@example.com"
    assert api.call("GET", asked).json()["errors"][0]["code"] == "608"
    assert api.status(batch_id)["status"] in ("Queued", "Importing")
    until(lambda: (sample(metrics_of(api), "leadline_store_troubles_total", reason="rights") or 0) >= 5)
    lines = api.events("RightsMissing")
    assert {each["munchkin_id"] for each in lines} == {"123-ABC-456"}
    assert len(lines) < 5, "a line at most every ten seconds"
    set_up(tmp_path, url, subscription())
    assert api.finish(batch_id)["status"] == "Complete"
    assert len(api.call("GET", asked).json()["result"]) == 1
