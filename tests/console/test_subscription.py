"""The subscription screen: what there is, what is used, what went wrong, what is set; and who may see what."""

import re
from collections.abc import Iterator

import pytest

from leadline.model.rules import Limits, Rules
from tests.console.reading import Table, shown, tables
from tests.console.world import Console, LogIn
from tests.contract.api.world import credential, whole_subscription
from tests.harness import Server, running

HOSTILE = "a\u202e<script>alert(1)</script>'\"&lt;"
CREDENTIALS = [
    credential("reader", "Read-Only Lead"),
    credential("assets", "Read-Only Assets", partitions=["Europe"]),
    credential("schema", "Read-Write Schema Custom Field"),
    credential("types", "Read-Only Custom Object Type"),
    credential("companies", "Read-Only Company"),
]


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    document = whole_subscription(
        credentials=CREDENTIALS,
        limits={"daily_calls_max": 40_000},
        rules={"overlong": "truncate"},
    )
    document["lead_fields"].append({"name": "evil", "displayName": HOSTILE, "dataType": "string"})
    document["lists"].append({"id": 1003, "name": HOSTILE, "description": HOSTILE})
    yield from running(tmp_path_factory.mktemp("seen") / "data", document)


def table(page: str, part: str) -> Table:
    return next(each for each in tables(page) if part in each.caption)


def test_fields_are_those_of_the_schema_and_found_by_name_and_type(world: Server, console: Console) -> None:
    for kind, path in (
        ("lead", "leads/schema"),
        ("program_member", "programs/members/schema"),
        ("company", "companies/schema"),
    ):
        told = world.get(f"/rest/v1/{path}/fields.json?batchSize=300")["result"]
        found = table(console.get("/subscription/fields", params={"of": kind}).text, "fields of").rows
        assert [(row[0], row[2]) for row in found] == [(each["name"], each["dataType"]) for each in told]
    some = table(console.get("/subscription/fields", params={"search": "CUSTOMER n"}).text, "fields of")
    assert [row[0] for row in some.rows] == ["customerNumber"]
    assert some.caption.startswith("1 of ")
    ints = table(
        console.get("/subscription/fields", params={"search": "e", "type": "integer"}).text, "fields of"
    ).rows
    assert {row[2] for row in ints} == {"integer"}
    nothing = console.get(
        "/subscription/fields", params={"search": "there is no such field", "of": "nonsense"}
    ).text
    assert "No field has such a name and type." in nothing


def test_lists_programs_and_objects_are_told(world: Server, console: Console) -> None:
    page = console.get("/subscription/lists").text
    told = world.get("/rest/v1/lists.json")["result"]
    assert [row[0] for row in table(page, "static lists").rows] == [str(each["id"]) for each in told]
    assert [row[1] for row in table(page, "programs").rows] == ["Spring Webinar", "Autumn Webinar Later"]
    assert "Attended 30, success" in table(page, "Channels").rows[-1][2]
    some = tables(console.get("/subscription/lists", params={"search": "WEB"}).text)
    assert [[row[1].split()[0] for row in each.rows] for each in some[:2]] == [
        ["Webinar"],
        ["Spring", "Autumn"],
    ]
    page = console.get("/subscription/objects").text
    names = [each["name"] for each in world.get("/rest/v1/customobjects.json")["result"]]
    described = [
        world.get(f"/rest/v1/customobjects/{each}/describe.json")["result"][0]["fields"] for each in names
    ]
    assert [{(row[0], row[2]) for row in each.rows} for each in tables(page)] == [
        {(field["name"], field["dataType"]) for field in fields} for fields in described
    ]
    assert "A record is known by car and day." in shown(page)
    assert "link to Lead.email" in shown(page)


def test_usage_and_errors_equal_the_statistics(world: Server, console: Console) -> None:
    for _ in range(2):
        world.get("/rest/v1/lead/999999.json")
    world.call("GET", "/rest/v1/lead/x.json")
    usage = world.get("/rest/v1/stats/usage.json")["result"][0]
    (week,) = world.get("/rest/v1/stats/errors/last7days.json")["result"]
    page = console.get("/subscription").text
    calls = usage["total"] + 2  # the two calls that asked for the statistics
    assert f"{calls} of 40000" in shown(page)
    by_user = {each["userId"]: each["count"] for each in usage["users"]}
    shown_users = {row[0]: int(row[1]) for row in table(page, "by user").rows}
    assert shown_users == by_user | {"tests@example.com": by_user["tests@example.com"] + 2}
    errors = {row[0]: int(row[2]) for row in table(page, "Errors of the last").rows}
    assert errors == {each["errorCode"]: each["count"] for each in week["errors"]}
    assert "0 of 10 seats" in shown(page)
    again = console.get("/subscription").text
    assert f"{calls} of 40000" in shown(again), "pages of the console are no calls"


def test_credentials_show_what_they_may_and_never_a_secret(
    world: Server, console: Console, log_in: LogIn
) -> None:
    page = console.get("/subscription/credentials").text
    rows = {row[0].split()[0]: row for row in table(page, "Credentials").rows}
    assert set(rows) == {"tests", *(each["name"] for each in CREDENTIALS)}
    assert rows["assets"][2:4] == ["Read-Only Assets", "Europe"]
    assert rows["tests"][2:4] == ["all", "all"]
    assert rows["types"][5] == "not in 7 days"
    assert all(re.fullmatch(r"made (just now|\d+ \w+ ago)", row[6]) for row in rows.values())
    assert not any(f"{name}-secret" in page for name in rows)
    own = log_in("reader").get("/subscription/credentials").text
    assert [row[0].split()[0] for row in table(own, "Your credential").rows] == ["reader"]


def test_settings_say_what_holds_and_who_has_set_it(console: Console) -> None:
    page = console.get("/subscription/settings").text
    rows = {row[0]: row for each in tables(page) for row in each.rows}
    assert list(rows) == [*Limits.model_fields, *Rules.model_fields]
    assert rows["daily_calls_max"][1:3] == ["40000", "the subscription"]
    assert rows["overlong"][1:3] == ["truncate", "the subscription"]
    assert rows["shared_queue"][1:3] == ["yes", "the server"]


PARTS = ("", "/fields", "/lists", "/objects", "/credentials", "/settings")


@pytest.mark.parametrize(
    ("who", "fields", "lists", "objects"),
    [
        ("tests", ["lead", "program_member", "company"], True, True),
        ("reader", ["lead", "program_member"], False, False),
        ("assets", [], True, False),
        ("schema", ["lead", "program_member", "company"], False, False),
        ("types", [], False, True),
        ("companies", ["company"], False, False),
    ],
)
def test_each_part_shows_what_the_permissions_open(
    world: Server, who: str, fields: list[str], lists: bool, objects: bool, log_in: LogIn
) -> None:
    console = log_in(who)
    pages = {part: console.get(f"/subscription{part}") for part in PARTS}
    assert {each.status_code for each in pages.values()} == {200}
    assert re.findall(r'<option value="(\w+)"', pages["/fields"].text) == fields
    assert ("Spring Webinar" in pages["/lists"].text) == lists
    assert ("VIN" in pages["/objects"].text) == objects


def test_hostile_names_are_shown_and_do_nothing(console: Console) -> None:
    for path in ("fields", "lists"):
        page = console.get(f"/subscription/{path}", params={"search": "script"}).text
        assert "a<U+202E><script>alert(1)</script>'\"&lt;" in shown(page)
        for each in (page, console.get(f"/subscription/{path}", params={"search": f'">{HOSTILE}'}).text):
            assert "<script>alert" not in each
