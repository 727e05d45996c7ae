"""§3.5, §3.6, §8: when two keys are one, the same in files, calls and filters of every kind of record."""

from collections.abc import Iterator

import pytest

from tests.contract.api.calls import only, outcomes
from tests.contract.api.world import codes, import_members, import_objects, post, sync, whole_subscription
from tests.forms import repeats
from tests.harness import Server, running

pytestmark = repeats("postgres", "given")

LEADS = "/rest/v1/leads.json"
CARS, TRIPS, CALLS = (f"/rest/v1/customobjects/{name}" for name in ("car_c", "trip_c", "call_c"))
ACCOUNTS = [("/rest/v1/companies", "externalCompanyId"), ("/rest/v1/salespersons", "externalSalesPersonId")]
BLANKS = ["  ", "\u00a0\u3000", "\u200b", "\u200d\u200c", "\u200e \u00ad\ufe0f"]
AROUND = ["\u00a0", "\u3000", "\ufeff", "\u202a", "\u200e\u2007", "\v\u0085", "\u2029"]
CALL = {
    "apiName": "call_c",
    "displayName": "Call",
    "dedupeFields": ["person"],
    "fields": [
        {
            "name": "person",
            "displayName": "Person",
            "dataType": "link",
            "relatedTo": {"name": "Lead", "field": "sfdcLeadId"},
        },
        {"name": "minutes", "displayName": "Minutes", "dataType": "integer"},
    ],
}


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    document = whole_subscription()
    document["custom_objects"].append(CALL)
    yield from running(tmp_path_factory.mktemp("alike") / "data", document)


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("lookup", ["email", "twitterId", "sfdcContactId", "customerNumber"])
def test_a_lead_file_needs_a_key_that_is_seen(world: Server, lookup: str, blank: str) -> None:
    missing = ("failed", f"Value for lookup field '{lookup}' not found")
    file = f"{lookup},firstName\n{blank},Ann\n{blank},Bob\n"
    assert outcomes(world, file, lookupField=lookup) == [missing, missing]
    (told, _) = sync(world, LEADS, {lookup: blank, "firstName": "A"}, {lookup: blank}, lookupField=lookup)
    reason = {"code": "1003", "message": f"Value for lookup field '{lookup}' not found"}
    assert told == {"status": "skipped", "reasons": [reason]}


@pytest.mark.parametrize("blank", BLANKS)
def test_other_records_need_a_key_that_is_seen(world: Server, blank: str) -> None:
    """Whole keys and parts of compound ones; members by e-mail; companies and sales persons in calls."""
    sync(world, f"{CARS}.json", {"vin": "v"})
    for name, row in (("car_c", f"{blank},red"), ("trip_c", f"{blank},2024-01-02"), ("trip_c", f"v,{blank}")):
        header = "vin,color" if name == "car_c" else "car,day"
        status = import_objects(world, name, f"{header}\n{row}\n")
        assert (status["numOfObjectsProcessed"], status["numOfRowsFailed"]) == (0, 1)
        file = f"/bulk/v1/customobjects/{name}/import/{status['batchId']}/failures.json"
        assert world.call("GET", file).text.splitlines()[1].endswith(",missing.dedupe.fields")
    day = "2024-01-02"
    for path, item in [
        (CARS, {"vin": blank}),
        (TRIPS, {"car": blank, "day": day}),
        (TRIPS, {"car": "v", "day": blank}),
        *((path, {key: blank}) for path, key in ACCOUNTS),
    ]:
        for end in ("", "/delete"):
            (told,) = sync(world, f"{path}{end}.json", item)
            assert (told["status"], told["reasons"][0]["code"]) == ("skipped", "1003")
    batch_id = import_members(world, f"email,firstName\n{blank},Ann\n", "Invited")
    lines = world.call("GET", f"/bulk/v1/program/members/import/{batch_id}/failures.json").text.splitlines()
    assert lines[1].endswith(",Value for lookup field 'email' not found")


def test_a_blank_link_is_no_link(world: Server) -> None:
    """A blank text is kept where it is no key, and no filter finds a record by it."""
    file = "email,externalCompanyId,lastName,twitterId\nlink@x.com,\u3000,\u3000, \u200d\n"
    assert outcomes(world, file) == [("created", "")]
    found = only(world, "link@x.com", "externalCompanyId", "lastName", "twitterId")
    assert found == {"externalCompanyId": None, "lastName": "\u3000", "twitterId": " \u200d"}


@pytest.mark.parametrize("space", AROUND)
def test_addresses_and_typed_cells_lose_what_surrounds_them(world: Server, space: str) -> None:
    """In a file, a call and a filter; a text keeps its own."""
    number = AROUND.index(space)
    address = f"around{number}@x.com"
    sync(world, LEADS, {"email": f"{space}{address}", "firstName": space + "A"})
    header = "email,leadScore,annualRevenue,unsubscribed,dateOfBirth,mktoAcquisitionDate,lastName\n"
    cells = [address.upper(), "7", "1.5", "yes", "1/2/2000", "2024-01-02T03:04:05Z", "B"]
    assert outcomes(world, header + ",".join(f"{space}{cell}{space}" for cell in cells)) == [("updated", "")]
    assert only(world, address, *header.strip().split(","), "firstName") == {
        "email": address.upper(),
        "leadScore": 7,
        "annualRevenue": 1.5,
        "unsubscribed": True,
        "dateOfBirth": "2000-01-02",
        "mktoAcquisitionDate": "2024-01-02T03:04:05Z",
        "lastName": f"{space}B{space}",
        "firstName": f"{space}A",
    }
    cleared = f"email,leadScore,lastName\n{address},{space}NULL{space},{space}NULL\n"
    assert outcomes(world, cleared) == [("updated", "")]
    assert only(world, address, "leadScore", "lastName") == {"leadScore": None, "lastName": f"{space}NULL"}
    sync(world, LEADS, {"email": address, "customerNumber": f"{space}{900 + number}{space}"})
    assert [each["email"] for each in world.lead("customerNumber", f"+{900 + number}{space}", "email")]
    assert [each["email"] for each in world.lead("email", f"{space}{address}{space}", "email")]


def test_ids_of_another_system_are_compared_as_they_are(world: Server) -> None:
    """Salesforce's ids of 15 characters differ in nothing but their case; other keys do not."""
    one, other = "00Q5e000001AbcD", "00Q5e000001AbCD"
    file = f"sfdcLeadId,email\n{one},one@sf.com\n{other},other@sf.com\n{one},one@sf.com\n"
    assert [each for each, _ in outcomes(world, file, lookupField="sfdcLeadId")] == [
        "created",
        "created",
        "unchanged",
    ]
    told = sync(world, LEADS, {"sfdcLeadId": other, "lastName": "Other"}, lookupField="sfdcLeadId")
    assert codes(told) == ["updated"]
    for value, address, last in ((one, "one@sf.com", None), (other, "other@sf.com", "Other")):
        (found,) = world.lead("sfdcLeadId", value, "email,lastName")
        assert (found["email"], found["lastName"]) == (address, last)
    assert world.lead("sfdcLeadId", one.lower(), "email") == []
    calls = import_objects(world, "call_c", f"person,minutes\n{one},1\n{other},2\n{one.lower()},3\n")
    assert (calls["numOfObjectsProcessed"], calls["numOfRowsFailed"]) == (2, 1)
    query = {"filterType": "dedupeFields", "input": [{"person": other}]}
    (row,) = post(world, f"{CALLS}.json?_method=GET", query | {"fields": ["minutes"]})["result"]
    assert row["minutes"] == 2
    assert codes(sync(world, f"{CALLS}/delete.json", {"person": one}, {"person": one.upper()})) == [
        "deleted",
        "1013",
    ]
    sync(world, LEADS, {"twitterId": "tw"}, {"twitterId": "TW"}, lookupField="twitterId")
    assert len(world.lead("twitterId", "Tw", "id")) == 1
