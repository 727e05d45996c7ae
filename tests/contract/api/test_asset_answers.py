"""§0.2, §0.4, §9.6, §9.7, §11: what answers of assets have in common, and the corners of their parameters."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.contract.api.world import credential, whole_subscription
from tests.forms import only_long
from tests.harness import Server, running

pytestmark = only_long("postgres", "given")

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
    ("GET", "program/9.json", "702", "No data found for a given search scenario"),
    ("GET", "program/byName.json?name=none", "702", "No data found for a given search scenario"),
    ("GET", "channel/byName.json?name=none", "702", "No data found for a given search scenario"),
    ("GET", "folder/byName.json?name=none", "702", "No data found for a given search scenario"),
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


NEW_PROGRAM = {"folder": "1", "type": "Default", "channel": "Webinar"}
WRONG_PARTS = (
    ("costs", "2000", "709", "costs: Input should be a valid list"),
    ("costs", "[2000", "1001", ""),
    ("costs", "[" * 100_000, "1001", ""),
    ("costs", "'" + "\\'" * 50_000, "1001", ""),
    ("costs", "[{'startDate': '2015-01-01', 'cost': 1]", "1001", ""),
    ("costs", '[{"cost":1}]', "1002", ""),
    ("costs", '[{"startDate":"soon","cost":1}]', "704", "costs[0].startDate: is no date"),
    ("costs", '[{"startDate":"2015-02-30","cost":1}]', "704", "costs[0].startDate: is no date"),
    (
        "costs",
        '[{"startDate":20150101,"cost":1}]',
        "704",
        "costs[0].startDate: Input should be a valid string",
    ),
    (
        "costs",
        '[{"startDate":"2015-01-01","cost":1.5}]',
        "709",
        "costs[0].cost: Input should be a valid integer",
    ),
    (
        "costs",
        '[{"startDate":"2015-01-01","cost":NaN}]',
        "709",
        "costs[0].cost: Input should be a valid integer",
    ),
    (
        "costs",
        '[{"startDate":"2015-01-01","cost":1,"x":1}]',
        "709",
        "costs[0].x: Extra inputs are not permitted",
    ),
    ("tags", '[{"tagType":"a"}]', "1002", ""),
    (
        "tags",
        '[{"tagType":"a","tagValue":"\\u0000"}]',
        "709",
        "tags[0].tagValue: has a NUL character",
    ),
    ("tags", "{'tagType': 'a', 'tagValue': 'b'}", "709", "tags: Input should be a valid list"),
)


@pytest.mark.parametrize(("name", "text", "code", "warning"), WRONG_PARTS)
def test_tags_and_costs_that_cannot_be_kept(
    world: Server, name: str, text: str, code: str, warning: str
) -> None:
    """§9.7: nothing of a tag or a cost is dropped without a word; a refused call changes nothing."""
    form = NEW_PROGRAM | {"name": "Never", name: text}
    told = ask(world, "POST", "programs.json", data=form)
    assert (told["errors"][0]["code"], told["warnings"]) == (code, [warning] if warning else [])
    assert len(told["errors"][0]["message"]) < 300
    assert ask(world, "POST", "program/1001.json", data={name: text})["errors"][0]["code"] == code
    assert ask(world, "GET", "program/byName.json?name=Never")["errors"][0]["code"] == "702"


@pytest.mark.parametrize("value", ["It's", 'a "b"', "'\"", "\\", "\\'", "None", "é\n", "[{}]"])
def test_an_array_as_python_writes_it(world: Server, value: str) -> None:
    """§9.7: marketo-rest-python sends the text of a list."""
    tags = [{"tagType": "Python", "tagValue": value}]
    costs = [{"startDate": "2015-01-01", "cost": 1, "note": None}]
    form = {"tags": str(tags), "costs": str(costs)}
    (row,) = ask(world, "POST", "program/1002.json", data=form | {"costsDestructiveUpdate": "true"})["result"]
    assert (row["tags"], row["costs"]) == (tags, [{"startDate": "2015-01-01", "cost": 1}])


def test_tags_and_costs_are_kept(world: Server) -> None:
    """§9.7: set by type, added behind or instead, cleared; the same again changes nothing; dates are warned of."""
    first = {"startDate": "2015-01-01T00:00:00Z", "cost": 1}
    second = {"startDate": "2016-01-01", "cost": -2, "note": 'é, "x"'}
    form = NEW_PROGRAM | {
        "name": "Kept",
        "costs": json.dumps([first]),
        "tags": "[{'tagType': 'Presenter', 'tagValue': 'Dennis'}, {'tagType': 'Region', 'tagValue': 'EU'}]",
    }
    told = ask(world, "POST", "programs.json", data=form | {"startDate": "2022-10-19T15:00:00.000Z"})
    assert told["warnings"] == ["startDate is not kept: programs do not run here"]
    own = f"program/{told['result'][0]['id']}.json"

    def change(**fields: str) -> tuple[Any, Any]:
        (row,) = ask(world, "POST", own, data=fields)["result"]
        assert ask(world, "GET", own)["result"] == [row]
        return [tag["tagValue"] for tag in row["tags"]], row["costs"]

    assert change(costs=json.dumps([second])) == (["Dennis", "EU"], [first, second])
    assert change(tags='[{"tagType":"PRESENTER","tagValue":"Eve"}]') == (["Eve", "EU"], [first, second])
    assert change(costs=json.dumps([second]), costsDestructiveUpdate="true")[1] == [second]
    assert change(costsDestructiveUpdate="TRUE")[1] is None
    many = json.dumps([second] * 150)
    assert len(change(costs=many)[1]) == 150
    rule = ("709", ["costs: a program has 200 at most"])
    refused = ask(world, "POST", own, data={"costs": many})
    assert (refused["errors"][0]["code"], refused["warnings"]) == rule
    assert ask(world, "POST", own, data={"name": "Spring Webinar"})["errors"][0]["code"] == "709"
    (before,) = ask(world, "GET", own)["result"]
    assert ask(world, "POST", own, data={"name": "Kept"})["result"] == [before]
    (named,) = ask(world, "GET", "program/byName.json?name=kept&includeTags=true")["result"]
    assert ([tag["tagType"] for tag in named["tags"]], named["costs"]) == (["PRESENTER", "Region"], None)
    assert ask(world, "GET", "program/byName.json?name=kept&includeTags=2")["errors"][0]["code"] == "1001"


KINDS_OF_PROGRAM = (
    ("Default", "PG", "", "program", "Marketing Program"),
    ("Event", "ME", "", "event", "Marketing Event"),
    ("Event with Webinar", "ME", "", "webinar", "Marketing Event"),
    ("Engagement", "NP", "off", "nurture", "Nurture Program"),
    ("Email", "EBP", "unlocked", "email_batch", "Email Batch Program"),
)


def test_each_type_of_program(store: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """§9.7: address, status, channel and folder name the type as the original's samples do."""
    statuses = [{"name": "In", "step": 1}]
    channels = [{"name": kind, "type": kind, "statuses": statuses} for kind, *_ in KINDS_OF_PROGRAM]
    programs = [
        {"id": 2001 + number, "name": f"P {kind}", "channel": kind}
        for number, (kind, *_) in enumerate(KINDS_OF_PROGRAM)
    ]
    document = whole_subscription(channels=channels, programs=programs)
    for server in running(tmp_path_factory.mktemp("kinds") / "data", document, workers=0):
        for row, channel, wanted in zip(
            ask(server, "GET", "programs.json")["result"],
            ask(server, "GET", "channels.json")["result"],
            KINDS_OF_PROGRAM,
            strict=True,
        ):
            path = f"folder/byName.json?type=Program&name={row['name']}"
            (folder,) = ask(server, "GET", path)["result"]
            letters = row["url"].removeprefix("#").removesuffix(f"{row['id']}A1")
            assert folder["url"] == row["url"]
            assert (
                row["type"],
                letters,
                row["status"],
                channel["applicableProgramType"],
                folder["folderType"],
            ) == wanted
        off = ask(server, "GET", "programs.json?status=OFF")["result"]
        assert [row["type"] for row in off] == ["Engagement"]


def test_a_file_with_tags_and_costs(store: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """§9.7: the subscription file sets them; what it does not name stays, an empty list takes them away."""
    folder = tmp_path_factory.mktemp("file")
    tags = [{"tagType": "Presenter", "tagValue": "Dennis"}]
    program: dict[str, Any] = {"id": 1001, "name": "Spring Webinar", "channel": "Webinar"}
    cost = {"startDate": date(2015, 1, 1), "cost": 7}
    shown = [{"startDate": "2015-01-01", "cost": 7}]
    for more, wanted in (
        ({"tags": tags, "costs": [cost]}, (tags, shown)),
        ({}, (tags, shown)),
        ({"tags": [], "costs": []}, (None, None)),
    ):
        document = whole_subscription(programs=[program | more])
        for server in running(folder / "data", document, workers=0):
            (row,) = ask(server, "GET", "program/1001.json")["result"]
            assert (row["tags"], row["costs"]) == wanted
