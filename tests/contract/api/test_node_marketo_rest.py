"""The client `node-marketo-rest` from npm, unmodified, against a live server."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.forms import only_long
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server

pytestmark = only_long("postgres", "given")

NODE = Path(__file__).parents[2] / "clients" / "node"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client, installed as its lock file says."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not on this machine, so the client cannot be installed")
    place = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", "walk.js"):
        shutil.copy(NODE / name, place)
    install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(install, cwd=place, check=True, capture_output=True, timeout=120)
    return place


def test_a_day_of_a_node_client(server: Server, folder: Path) -> None:
    """§9.2, §9.3, §9.5, §9.11: leads, lists, pages and statistics as the client asks for them."""
    walk = ["node", "walk.js", server.address, CLIENT_ID, CLIENT_SECRET]
    ended = subprocess.run(walk, cwd=folder, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert [each["status"] for each in told["created"]] == ["created", "created"]
    one, two = (each["id"] for each in told["created"])
    assert told["found"] == [{"id": one, "email": "node1@example.com", "firstName": "Nora"}]
    assert told["one"] == [{"id": two, "email": "node2@example.com"}]
    assert told["described"] > 127
    assert told["partitions"][0] == {"id": 1, "name": "Default", "description": "Default"}
    assert told["pageToken"] == "string"
    assert [each["id"] for each in told["lists"]] == [1001]
    assert told["added"] == [{"id": one, "status": "added"}, {"id": two, "status": "added"}]
    assert {one, two} <= {each["id"] for each in told["members"]}
    assert told["isMember"] == [{"id": one, "status": "memberof"}]
    assert told["removed"] == [{"id": one, "status": "removed"}, {"id": two, "status": "removed"}]
    assert told["usage"] is True
    assert told["byEmail"] == ["added", "added"]
    assert told["pages"] == told["listPages"] == ["node1@example.com", "node3@example.com"]
    assert told["lastPage"] is False
    assert told["list"] == ["Webinar"]
    assert told["nobody"] == "1004"
    assert told["errors"] == [{"errorCode": "1004", "count": 1}]
    assert told["week"] == [1, 1]
