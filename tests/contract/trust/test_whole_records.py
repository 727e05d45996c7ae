"""A person or record as a whole: its values equal the API's, with their sources, and what links to it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from leadline.errors import LEAD_NOT_FOUND, OBJECT_NOT_FOUND, ServiceError
from leadline.lead_database.whole_records import KnownValue, WholeRecords
from leadline.model.callers import Caller
from leadline.model.instants import render_instant
from leadline.model.rules import Limits, Rules
from tests.contract.api.world import credential, import_objects, post, sync, whole_subscription
from tests.harness import Server, running
from tests.stores import open_stores

LEADS, COMPANIES = "/rest/v1/leads.json", "/rest/v1/companies.json"
EVERYBODY = Caller("123-ABC-456", "tests", "tests@example.com", None, None, Limits(), Rules())
EUROPEAN = replace(EVERYBODY, partitions=frozenset({"Europe"}))


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    document = whole_subscription(credentials=[credential("reader", "Read-Only Lead")])
    yield from running(tmp_path_factory.mktemp("whole") / "data", document)


@pytest.fixture
def whole(world: Server) -> Iterator[WholeRecords]:
    stores = open_stores(world.data)
    yield WholeRecords(stores)
    stores.close()


def lead(server: Server, email: str, **values: Any) -> int:
    (item,) = sync(server, LEADS, {"email": email, **values})
    assert "id" in item, item
    return int(item["id"])


def named(values: list[KnownValue]) -> dict[str, KnownValue]:
    return {each.field.name: each for each in values}


def test_values_and_sources_equal_what_the_api_tells(world: Server, whole: WholeRecords) -> None:
    world.run_import("email,firstName,leadScore,customerNumber\nw@x.co,Wilma,7,12\n")
    lead_id = lead(world, "w@x.co", title="Boss", firstName="Wilhelmina")
    lead(world, "w@x.co", title=None)
    found = whole.lead(EVERYBODY, lead_id)
    told = world.get(f"/leadline/v1/leads/{lead_id}/provenance.json")["result"]
    by_name = named(found.values)
    assert {each["field"]: each["value"] for each in told if each["field"] != "leadPartitionId"} == {
        name: each.value for name, each in by_name.items()
    }
    for each in told:
        if each["field"] != "leadPartitionId":
            write = by_name[each["field"]].provenance.write
            assert (each["at"], each["source"]["kind"]) == (
                render_instant(write.change_set.at),
                write.change_set.origin.kind,
            )
    assert by_name["title"].value is None, "somebody took it away, and is named"
    assert found.kept["id"] == found.known_by == lead_id
    assert found.kept["mktoName"] == "Wilhelmina"
    assert found.partition == "Default"
    assert by_name["isLead"].is_default
    assert not by_name["firstName"].is_default


def test_a_value_of_a_linked_company_hides_the_person_s_own(world: Server, whole: WholeRecords) -> None:
    world.run_import("email,company,industry\nc@x.co,Own Inc,Own\n")
    lead_id = lead(world, "c@x.co", externalCompanyId="acme")
    values = named(whole.lead(EVERYBODY, lead_id).values)
    assert (values["company"].value, values["company"].hides, values["company"].from_company) == (
        "Acme Inc",
        "Own Inc",
        True,
    )
    assert (values["industry"].value, values["industry"].hides) == (None, "Own")
    assert not values["email"].from_company


def test_people_in_closed_partitions_do_not_exist(world: Server, whole: WholeRecords) -> None:
    lead_id = lead(world, "closed@x.co")
    for ask in (whole.lead, lambda *asked: whole.lead(asked[0], 999_999)):
        with pytest.raises(ServiceError) as refused:
            ask(EUROPEAN, lead_id)
        assert refused.value.entry is LEAD_NOT_FOUND
    import_objects(world, "car_c", "vin\nC1\n")
    import_objects(world, "trip_c", "car,day,driver\nC1,2026-01-05,closed@x.co\n")
    assert len(whole.linked_to_lead(EVERYBODY, lead_id, 10)) == 1
    assert whole.linked_to_lead(EUROPEAN, lead_id, 10) == []


def test_without_a_log_values_are_shown_without_their_sources(world: Server, whole: WholeRecords) -> None:
    lead_id = lead(world, "n@x.co", firstName="Nora")
    found = named(whole.lead(replace(EVERYBODY, limits=Limits(history_days=0)), lead_id).values)
    assert (found["firstName"].value, found["firstName"].provenance) == ("Nora", None)


def test_records_that_link_to_a_person_are_found_by_key_so_many_for_each_link(
    world: Server, whole: WholeRecords
) -> None:
    lead_id = lead(world, "driver@x.co")
    lead(world, "other@x.co")
    import_objects(world, "car_c", "vin,color\nL1,red\n")
    lines = [f"L1,2026-02-0{day},DRIVER@x.co" for day in (1, 2, 3)]
    import_objects(world, "trip_c", "\n".join(["car,day,driver", *lines, "L1,2026-02-04,other@x.co"]))
    (trips,) = whole.linked_to_lead(EVERYBODY, lead_id, 2)
    assert (trips.object_type.name, trips.field.name, trips.has_more) == ("trip_c", "driver", True)
    assert [each["day"] for each in trips.records] == ["2026-02-01", "2026-02-02"]
    (all_trips,) = whole.linked_to_lead(EVERYBODY, lead_id, 3)
    assert (len(all_trips.records), all_trips.has_more) == (3, False)
    guid = world.get("/rest/v1/customobjects/car_c.json?filterType=vin&filterValues=L1")["result"][0]
    (of_car,) = whole.linked_to_record(EVERYBODY, "car_c", guid["marketoGUID"], 9)
    assert (of_car.field.name, len(of_car.records)) == ("car", 4)


def test_people_of_a_company_are_linked_to_it_within_open_partitions(
    world: Server, whole: WholeRecords
) -> None:
    (company,) = sync(world, COMPANIES, {"externalCompanyId": "Linked", "company": "Linked Inc"})
    lead(world, "p1@x.co", externalCompanyId="linked")
    lead(world, "p2@x.co", externalCompanyId="linked")
    (people,) = whole.linked_to_record(EVERYBODY, "company", company["id"], 9)
    assert len(people.records) == 2
    assert whole.linked_to_record(EUROPEAN, "company", company["id"], 9) == []


def test_a_record_of_any_object_type_is_told_as_its_provenance_tells_it(
    world: Server, whole: WholeRecords
) -> None:
    import_objects(world, "car_c", "vin,color,make\nV1,red,Fiat\n")
    record = world.get("/rest/v1/customobjects/car_c.json?filterType=vin&filterValues=V1")["result"][0]
    path = f"/leadline/v1/customobjects/car_c/{record['marketoGUID']}/provenance.json"
    found = whole.record(EVERYBODY, "car_c", record["marketoGUID"])
    assert {each.field.name: each.value for each in found.values} == {
        each["field"]: each["value"] for each in world.get(path)["result"]
    }
    with pytest.raises(ServiceError) as refused:
        whole.record(EVERYBODY, "car_c", "00000000-0000-0000-0000-000000000000")
    assert refused.value.entry is OBJECT_NOT_FOUND


def test_when_a_person_was_deleted_is_known_while_the_log_has_it(world: Server, whole: WholeRecords) -> None:
    lead_id, stays = lead(world, "gone@x.co"), lead(world, "stays@x.co")
    assert whole.lead_deleted_at(EVERYBODY, lead_id) is None
    post(world, "/rest/v1/leads/delete.json", {"input": [{"id": lead_id}]})
    at = whole.lead_deleted_at(EVERYBODY, lead_id)
    since = world.get("/rest/v1/activities/pagingtoken.json?sinceDatetime=2020-01-01T00:00:00Z")
    deleted = world.get(f"/rest/v1/activities/deletedleads.json?nextPageToken={since['nextPageToken']}")
    assert [each["activityDate"] for each in deleted["result"] if each["leadId"] == lead_id] == [
        render_instant(at or 0)
    ]
    assert whole.lead_deleted_at(EVERYBODY, stays) is None
