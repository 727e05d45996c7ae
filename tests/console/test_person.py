"""The person screen: found by id or key, values with their sources, history; what links to it; who may see it."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from tests.console.reading import Table, shown, tables
from tests.console.world import Console, LogIn
from tests.contract.api.world import (
    credential,
    import_members,
    import_objects,
    post,
    sync,
    whole_subscription,
)
from tests.forms import repeats
from tests.harness import Server, running, start_server

pytestmark = repeats("postgres", "given")  # pages have no statements of their own

LEADS = "/rest/v1/leads.json"
HOSTILE = "\u202e<script>alert(1)</script>\x07'\"&lt;"
CREDENTIALS = [
    credential("reader", "Read-Only Lead"),
    credential("writer", "Read-Write Lead"),
    credential("assets", "Read-Only Assets"),
    credential("cars", "Read-Only Custom Object"),
    credential("companies", "Read-Only Company"),
    credential("activities", "Read-Only Lead", "Read-Only Activity"),
    credential("european", "Read-Only Lead", "Read-Only Assets", partitions=["Europe"]),
]


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    document = whole_subscription(credentials=CREDENTIALS)
    yield from running(tmp_path_factory.mktemp("person") / "data", document)


def lead(server: Server, email: str, **values: Any) -> int:
    return int(sync(server, LEADS, {"email": email, **values})[0]["id"])


def imported(server: Server, content: str, **params: Any) -> int:
    batch_id = server.submit(content, **params)
    server.finish(batch_id)
    return batch_id


def table(page: str, part: str) -> Table:
    return next(each for each in tables(page) if part in each.caption)


def as_shown(instant: str) -> str:
    """Return an instant of the API as pages show it."""
    return instant.replace("T", " ").replace("Z", " UTC")


def guid_of(server: Server, name: str, by: str, value: str) -> str:
    found = server.get(f"/rest/v1/customobjects/{name}.json?filterType={by}&filterValues={value}")
    return str(found["result"][0]["marketoGUID"])


def test_a_person_is_found_by_id_or_key_and_none_of_it_is_in_the_address(
    world: Server, console: Console
) -> None:
    lead_id = lead(world, "Found@x.co")
    for by, value in (("lead.email", " found@X.co "), ("lead.id", str(lead_id))):
        answer = console.post("/person", by=by, value=value)
        assert answer.status_code == 303
        assert answer.headers["location"].endswith(f"/person/{lead_id}")
    for by, value, said in (
        ("lead.email", "nobody@x.co", "There is no person with this value"),
        ("lead.id", "nonsense", "nonsense"),
        ("lead.title", "Boss", "field by which records are found"),
        ("", "", "603"),
    ):
        answer = console.post("/person", by=by, value=value)
        assert answer.status_code in (403, 404, 409)
        if said != "603":
            assert said in shown(answer.text)
    asked_again = console.post("/person", by="lead.sfdcLeadId", value="nobody").text
    assert 'value="lead.sfdcLeadId" selected' in asked_again


def test_people_who_share_a_key_are_all_shown(world: Server, console: Console) -> None:
    body = post(
        world,
        LEADS,
        {
            "action": "createDuplicate",
            "input": [{"email": "same@x.co", "firstName": each} for each in "AB"],
        },
    )
    ids = [str(each["id"]) for each in body["result"]]
    page = console.post("/person", by="lead.email", value="same@x.co")
    assert page.status_code == 200
    (found,) = tables(page.text)
    assert [row["id"] for row in found.by_title()] == ids
    assert all(f'/person/{each}"' in page.text for each in ids)


def test_each_value_stands_beside_the_source_that_the_api_tells(
    world: Server, console: Console, log_in: LogIn
) -> None:
    batch_id = imported(world, "email,firstName,leadScore\nv@x.co,Vera,7\n")
    lead_id = lead(world, "v@x.co", title="Boss")
    page = console.get(f"/person/{lead_id}").text
    rows = [row for each in tables(page) for row in each.rows]
    found = {row[0].split()[-1]: row for row in rows}
    told = world.get(f"/leadline/v1/leads/{lead_id}/provenance.json")["result"]
    told = [each for each in told if each["field"] != "leadPartitionId"]
    assert set(found) == {each["field"] for each in told}
    for each in told:
        value = each["value"]
        assert found[each["field"]][1] == (str(value).lower() if isinstance(value, bool) else str(value))
        source = found[each["field"]][2]
        if each["source"]["kind"] == "import":
            assert source.startswith(f"Import {each['source']['batchId']}, row {each['source']['row']}")
            assert each["source"]["fileName"] in source
        else:
            assert source.startswith("Call ")
            assert each["source"]["requestId"] in source
        assert each["source"]["user"] in source
    assert f'/jobs/{batch_id}"' in page
    assert f'/jobs/{batch_id}"' not in log_in("reader").get(f"/person/{lead_id}").text
    assert "Default" in shown(page)


def test_the_history_goes_page_by_page_and_equals_the_api_s(
    world: Server, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_id = lead(world, "pages@x.co", title="0")
    for number in range(1, 60):
        lead(world, "pages@x.co", title=str(number))
    told, token = [], ""
    while token is not None:
        found = world.get(f"/leadline/v1/leads/{lead_id}/history.json?nextPageToken={token}")
        told += found["result"]
        token = found.get("nextPageToken")
    page, read, pages = console.get(f"/person/{lead_id}/history").text, list[list[str]](), 0
    while True:
        pages += 1
        read += table(page, "Changes").rows
        older = re.search(r'href="([^"]*)" rel="next"', page)
        if older is None:
            break
        page = console.get(unescape(older.group(1))).text
    assert pages == 2
    assert [row[1:4] for row in read] == [
        [each["field"], *("" if each[side] is None else str(each[side]) for side in ("old", "new"))]
        for each in told
    ]
    assert "Newest" in page


def test_lists_programs_and_linked_records_are_those_of_the_api(world: Server, console: Console) -> None:
    lead_id = lead(world, "m@x.co")
    imported(world, "email\nm@x.co\n", listId=1001)
    import_members(world, "email\nm@x.co\n", "Attended")
    import_objects(world, "car_c", "vin,color\nM1,red\n")
    import_objects(world, "trip_c", "car,day,driver\nM1,2026-03-04,m@x.co\n")
    page = console.get(f"/person/{lead_id}/memberships").text
    (on_list,) = table(page, "Static lists").by_title()
    (told,) = world.get(f"/rest/v1/leads/{lead_id}/listMembership.json")["result"]
    assert (on_list["Id"], on_list["List"], on_list["On it since"]) == (
        "1001",
        "Newsletter",
        as_shown(told["createdAt"]),
    )
    (member,) = table(page, "Programs").by_title()
    (told,) = world.get(f"/rest/v1/leads/{lead_id}/programMembership.json")["result"]
    assert (member["Id"], member["Program"], member["Status"], member["Success"], member["Member since"]) == (
        "1001",
        "Spring Webinar",
        told["progressionStatus"],
        "yes",
        as_shown(told["membershipDate"]),
    )
    page = console.get(f"/person/{lead_id}/links").text
    (trip,) = table(page, "Trip").by_title()
    assert (trip["Car"], trip["Day"]) == ("M1", "2026-03-04")
    assert f'/record/trip_c/{trip["Marketo GUID"]}"' in page
    lonely = console.get(f"/person/{lead(world, 'lonely@x.co')}/memberships").text
    assert "On no static list." in lonely
    assert "In no program." in lonely


def test_records_have_pages_of_their_own(world: Server, console: Console) -> None:
    import_objects(world, "car_c", "vin,color\nR1,red\n")
    import_objects(world, "car_c", "vin,color\nR1,blue\n")
    guid = guid_of(world, "car_c", "vin", "R1")
    answer = console.post("/person", by="car_c.vin", value="r1")
    assert answer.headers["location"].endswith(f"/record/car_c/{guid}")
    assert {
        row[0].split()[-1]: row[1] for row in table(console.get(f"/record/car_c/{guid}").text, "Values").rows
    } == {
        "vin": "R1",
        "color": "blue",
    }
    history = table(console.get(f"/record/car_c/{guid.upper()}/history").text, "Changes").rows
    told = world.get(f"/leadline/v1/customobjects/car_c/{guid}/history.json")["result"]
    assert [row[1:4] for row in history] == [
        [each["field"], each["old"] or "", each["new"] or ""] for each in told
    ]
    company = world.get("/rest/v1/companies.json?filterType=externalCompanyId&filterValues=acme")["result"][0]
    lead(world, "employee@x.co", externalCompanyId="acme")
    page = console.get(f"/record/company/{company['id']}")
    assert "Acme Inc" in shown(page.text)
    assert "1 by" in table(console.get(f"/record/company/{company['id']}/links").text, "Lead").caption
    for path in (
        "car_c/00000000-0000-0000-0000-000000000000",
        "nothing_c/1",
        "company/x",
        "lead/1",
        "company/99999",
    ):
        assert console.get(f"/record/{path}").status_code == 404


def test_who_does_not_exist_or_is_not_open_is_not_told_apart(
    world: Server, console: Console, log_in: LogIn
) -> None:
    lead_id, european = lead(world, "closed@x.co"), log_in("european")
    imported(world, "email\nopen@x.co\n", partitionName="Europe")
    there, nowhere = (shown(european.get(f"/person/{each}").text) for each in (lead_id, 987_654))
    assert there.replace(str(lead_id), "N") == nowhere.replace("987654", "N")
    assert european.get(f"/person/{lead_id}").status_code == 404
    assert european.get(f"/person/{lead_id}/memberships").status_code == 404
    assert european.post("/person", by="lead.email", value="closed@x.co").status_code == 404
    assert european.post("/person", by="lead.email", value="open@x.co").status_code == 303
    assert console.get("/person/nonsense").status_code == 404


def test_when_a_person_was_deleted_is_told_to_who_may_see_activities(
    world: Server, console: Console, log_in: LogIn
) -> None:
    lead_id = lead(world, "dead@x.co")
    post(world, "/rest/v1/leads/delete.json", {"input": [{"id": lead_id}]})
    for each in (console, log_in("activities")):
        answer = each.get(f"/person/{lead_id}")
        assert (answer.status_code, f"Person {lead_id} was deleted on 2" in shown(answer.text)) == (404, True)
    assert "was deleted on" not in log_in("reader").get(f"/person/{lead_id}").text


ALL = ("", "/history", "/memberships", "/links")


@pytest.mark.parametrize(
    ("who", "opens", "cells", "lists", "links"),
    [
        ("tests", True, True, True, True),
        ("reader", True, True, False, False),
        ("writer", True, True, False, False),
        ("assets", True, False, True, False),
        ("cars", False, False, False, False),
        ("companies", False, False, False, False),
    ],
)
def test_each_part_of_a_person_needs_its_own_permission(
    world: Server, who: str, opens: bool, cells: bool, lists: bool, links: bool, log_in: LogIn
) -> None:
    lead_id = lead(world, "rights@x.co", title="Secretary", firstName="Rita")
    imported(world, "email\nrights@x.co\n", listId=1002)
    import_objects(world, "car_c", "vin\nRIGHTS\n")
    import_objects(world, "trip_c", "car,day,driver\nRIGHTS,2026-03-05,rights@x.co\n")
    console = log_in(who)
    answers = {each: console.get(f"/person/{lead_id}{each}") for each in ALL}
    assert {each.status_code for each in answers.values()} == {200 if opens else 403}
    assert ("Secretary" in answers[""].text) == cells
    assert ("Rita" in answers["/memberships"].text) == cells, "the name in the title"
    assert ("Secretary" in answers["/history"].text) == cells
    assert ("•••" in answers[""].text) == (opens and not cells)
    assert ("Webinar" in answers["/memberships"].text) == lists
    assert ("RIGHTS" in answers["/links"].text) == links
    found = console.post("/person", by="lead.email", value="rights@x.co")
    assert found.status_code == (303 if cells else 403)


def test_a_key_of_a_person_in_a_record_is_dots_for_who_may_not_read_people(
    world: Server, console: Console, log_in: LogIn
) -> None:
    lead(world, "hidden@x.co")
    import_objects(world, "car_c", "vin\nDOTS\n")
    import_objects(world, "trip_c", "car,day,driver\nDOTS,2026-03-06,hidden@x.co\n")
    guid = guid_of(world, "trip_c", "car", "DOTS")
    cars = log_in("cars")
    for part in ("", "/history"):
        assert "hidden@x.co" in console.get(f"/record/trip_c/{guid}{part}").text
        page = cars.get(f"/record/trip_c/{guid}{part}").text
        assert "hidden@x.co" not in page
        assert "•••" in page
        assert "2026-03-06" in page
    assert cars.get("/record/company/1").status_code == 403
    assert log_in("companies").get(f"/record/trip_c/{guid}").status_code == 403
    assert cars.post("/person", by="trip_c.driver", value="hidden@x.co").status_code == 409


def test_hostile_values_are_shown_and_do_nothing(world: Server, console: Console) -> None:
    lead_id = lead(world, "hostile@x.co", title=HOSTILE, firstName="\u2066" + "long" * 60)
    lead(world, "hostile@x.co", title="harmless")
    for part in ALL:
        page = console.get(f"/person/{lead_id}{part}").text
        assert "<script>alert" not in page
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x07]", page)
    history = table(console.get(f"/person/{lead_id}/history").text, "Changes").rows
    assert history[0][2] == "<U+202E><script>alert(1)</script><U+0007>'\"&lt;"
    again = console.post("/person", by="lead.email", value='"><script>alert(2)</script>\u202e').text
    assert "<script>alert" not in again


def test_without_a_log_values_are_there_and_a_sentence_says_why_sources_are_not(
    store: str, tmp_path: Any
) -> None:
    server = start_server(tmp_path / "data", whole_subscription(), env={"LEADLINE_LIMITS__HISTORY_DAYS": "0"})
    try:
        lead_id, console = lead(server, "nolog@x.co", title="Boss"), Console(server).login()
        page = console.get(f"/person/{lead_id}").text
        assert "Boss" in page
        assert "keeps no log of changes" in page
        assert "there is no history" in console.get(f"/person/{lead_id}/history").text
        assert console.get("/person/99999").status_code == 404
        console.close()
    finally:
        server.stop()
