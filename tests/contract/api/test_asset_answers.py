"""§0.2, §0.4, §9.6, §9.7, §11: what answers of assets have in common, and the corners of their parameters."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.world import credential, whole_subscription
from tests.harness import Server, running

ASSETS = "/rest/asset/v1"
NOTHING = ["No assets found for the given search criteria."]
EMPTY = {"success": True, "warnings": NOTHING, "errors": []}


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without workers; one credential may read assets, no more."""
    document = whole_subscription(credentials=[credential("reader", "Read-Only Assets")])
    yield from running(tmp_path_factory.mktemp("answers") / "data", document, workers=0)


def ask(server: Server, method: str, path: str, token: str | None = None, **options: Any) -> dict[str, Any]:
    """Return the body of an asset's answer without its requestId."""
    answer = server.call(method, f"{ASSETS}/{path}", token, **options)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    assert body.pop("requestId")
    return body


def refusal(code: str, message: str, *warnings: str) -> dict[str, Any]:
    """Return how an asset says that a call is refused."""
    return {"success": False, "warnings": list(warnings), "errors": [{"code": code, "message": message}]}


REFUSED = (
    ("GET", "staticList/9.json", "702", "Static List not found or it has been deleted"),
    ("GET", "staticList/byName.json?name=none", "702", "Static List not found or it has been deleted"),
    ("GET", "staticList/byName.json", "1002", "Missing value for the required parameter 'name'"),
    ("GET", "staticList/byName.json?name=", "701", "name cannot be blank"),
    ("GET", "staticList/x.json", "1001", "Invalid value 'x'. Required of type 'Integer'"),
    ("GET", "staticLists.json?maxReturn=x", "1001", "Invalid value 'x'. Required of type 'Integer'"),
    ("GET", "staticLists.json?latestUpdatedAt=x", "704", "Invalid date format"),
    ("GET", "program/9.json", "702", "No data found for the given search scenario"),
    ("GET", "program/byName.json?name=none", "702", "No data found for the given search scenario"),
    ("GET", "channel/byName.json?name=none", "702", "No data found for the given search scenario"),
    ("GET", "folder/byName.json?name=none", "702", "No data found for the given search scenario"),
    (
        *("GET", "programs.json?filterType=id", "1002"),
        "Missing value for the required parameter 'filterValues'",
    ),
    ("GET", "programs.json?filterValues=1", "1002", "Missing value for the required parameter 'filterType'"),
    ("POST", "staticList/9/delete.json", "702", "Static List not found or it has been deleted"),
    ("POST", "staticLists.json?name=a&folder=9", "710", "Parent Folder Not Found"),
    ("POST", "staticLists.json?name=a&folder=", "701", "folder cannot be blank"),
    ("POST", "staticLists.json?name=a", "1002", "Missing value for the required parameter 'folder'"),
    ("PUT", "staticLists.json", "605", "Request method 'PUT' not supported"),
    ("GET", "emails.json", "610", "Requested resource not found"),
)


@pytest.mark.parametrize(("method", "path", "code", "message"), REFUSED)
def test_refusals_carry_warnings(world: Server, method: str, path: str, code: str, message: str) -> None:
    """§0.2: asset endpoints always send warnings, errors too."""
    assert ask(world, method, path) == refusal(code, message)


def test_who_is_not_let_in(world: Server) -> None:
    """§0.2, §13: also when the token is what is wrong."""
    assert ask(world, "GET", "channels.json", "nonsense") == refusal("601", "Access token invalid")
    assert ask(world, "GET", "channels.json", "") == refusal("600", "Access token not specified")


def test_rules_are_named_in_a_warning(world: Server) -> None:
    """§13, 709: the message is the documented one; which rule it was stands in the warnings."""
    message = "Business Rule Violation"
    again = ask(world, "POST", "staticLists.json", data={"name": "NEWSLETTER", "folder": "3"})
    assert again == refusal("709", message, "the folder has a list of that name")
    long = ask(world, "POST", "staticLists.json", data={"name": "x" * 256, "folder": "3"})
    assert long == refusal("709", message, "name has more than 255 characters")
    form = {"name": "P", "folder": "1", "type": "Default", "channel": "none"}
    assert ask(world, "POST", "programs.json", data=form) == refusal(
        "709", message, "there is no channel of that name"
    )


@pytest.mark.parametrize("name", ["name", "description"])
def test_texts_that_not_every_store_keeps(world: Server, name: str) -> None:
    """§0.7: NUL is refused, so that all databases give the same back."""
    form = {"name": "N", "folder": "3", "type": "Default", "channel": "Webinar"} | {name: "a\0b"}
    for path in ("staticLists.json", "programs.json", "staticList/1001.json"):
        told = ask(world, "POST", path, data=form)
        assert told == refusal("709", "Business Rule Violation", f"{name} has a NUL character")


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"name": "a", "folder": 3}},
        {"content": b"name=a&folder=3", "headers": {"Content-Type": "text/plain"}},
        {"files": {"name": (None, "a"), "folder": (None, "3")}},
    ],
    ids=["json", "text", "multipart"],
)
def test_other_bodies_than_forms(world: Server, body: dict[str, Any]) -> None:
    """§0.4, 612: creating and changing take urlencoded forms, or the query without a body."""
    for path in ("staticLists.json", "staticList/1001.json", "programs.json"):
        assert ask(world, "POST", path, **body) == refusal("612", "Invalid Content Type")
    headers = {"Content-Type": "application/json"}
    made = ask(world, "POST", "staticLists.json?name=By%20query&folder=3", headers=headers)
    assert made["result"][0]["name"] == "By query"
    assert ask(world, "POST", f"staticList/{made['result'][0]['id']}/delete.json", json={})["success"]


def test_either_permission_opens_all_assets(world: Server) -> None:
    """§11: of assets, reading or writing suffices for every call."""
    token = world.new_token("reader", "reader-secret")
    (made,) = ask(world, "POST", "staticLists.json?name=Reader&folder=3", token)["result"]
    assert ask(world, "POST", f"staticList/{made['id']}.json?description=d", token)["success"]
    assert ask(world, "POST", f"staticList/{made['id']}/delete.json", token)["result"] == [{"id": made["id"]}]


def test_instants_as_assets_show_them(world: Server) -> None:
    """§0.7: what an asset says of its change finds it again."""
    (item,) = ask(world, "GET", "staticList/1001.json")["result"]
    changed = item["updatedAt"]
    assert changed.endswith("Z+0000")
    for instant in (changed, changed.removesuffix("+0000"), changed.replace("Z+0000", "+00:00")):
        params = {"earliestUpdatedAt": instant, "latestUpdatedAt": instant}
        assert item in ask(world, "GET", "staticLists.json", params=params)["result"]
    assert ask(world, "GET", "staticLists.json?latestUpdatedAt=2001-01-01") == EMPTY


def test_programs_of_a_status(world: Server) -> None:
    """§9.7: the status is that of engagement and e-mail programs; no program here has one."""
    assert ask(world, "GET", "programs.json?status=on") == EMPTY
    assert len(ask(world, "GET", "programs.json?status=")["result"]) == 2


def test_folders(world: Server) -> None:
    """§9.6: by name and type; a program is a folder; another workspace has none."""
    (program,) = ask(world, "GET", "folder/byName.json?name=spring%20webinar&type=Program")["result"]
    assert (program["folderId"], program["parent"]) == (
        {"id": 1001, "type": "Program"},
        {"id": 1, "type": "Folder"},
    )
    path = "folder/byName.json?name=Group%20Lists"
    (folder,) = ask(world, "GET", f"{path}&workSpace=default&type=Folder")["result"]
    assert (folder["id"], folder["workspace"]) == (3, "Default")
    for more in ("&workSpace=Other", "&type=Program", "&type=Shelf"):
        assert ask(world, "GET", path + more)["errors"][0]["code"] == "702"
