"""§6: bulk custom-object import; §2.2: one queue for the three kinds."""

import pytest

from tests.contract.api.calls import FILE, error_of
from tests.contract.api.world import bulk, codes, import_objects, sync, whole_subscription
from tests.harness import Server, running

CARS = "/bulk/v1/customobjects/car_c/import"
FOUR = "color,make,model,vin\n"


def outcomes(server: Server, name: str, content: str) -> list[tuple[str, str]]:
    batch_id = import_objects(server, name, content)["batchId"]
    lines = [line.split(",", 3) for line in server.ledger(batch_id)]
    return [(line[1], line[3]) for line in lines]


def records(server: Server, name: str, field: str, value: str, fields: str) -> list[dict[str, object]]:
    params = {"filterType": field, "filterValues": value, "fields": fields}
    found = server.get(f"/rest/v1/customobjects/{name}.json", params=params)["result"]
    return [{key: row[key] for key in fields.split(",")} for row in found]


def test_the_documented_samples(world: Server) -> None:
    """§6.1-6.3: creation and status of the three cars; no failure file answers 404."""
    rows = (
        "red,bmw,2002,WBA4R7C30HK896061\nyellow,bmw,320i,WBA4R7C30HK896062\nblue,bmw,325i,WBA4R7C30HK896063\n"
    )
    (job,) = bulk(world, f"{CARS}.json", FOUR + rows, format="csv")["result"]
    assert job == {"batchId": job["batchId"], "status": "Queued", "objectApiName": "car_c"}
    status = import_objects(world, "car_c", FOUR + rows)
    assert status["importTime"].endswith(" second(s)")
    assert status == {
        "batchId": status["batchId"],
        "operation": "import",
        "status": "Complete",
        "objectApiName": "car_c",
        "numOfObjectsProcessed": 3,
        "numOfRowsFailed": 0,
        "numOfRowsWithWarning": 0,
        "importTime": status["importTime"],
        "message": "Import succeeded, 3 records imported (3 members)",
    }
    for path in (f"{CARS}/{status['batchId']}", f"/bulk/v1/customobjects/import/{status['batchId']}"):
        assert world.get(f"{path}/status.json")["result"] == [status]
        for name in ("failures", "warnings"):
            assert world.call("GET", f"{path}/{name}.json").status_code == 404


def test_the_header_with_a_space(world: Server) -> None:
    """§3.4, §7.2: ` vin` is not `vin`; the header comes back verbatim."""
    content = "color,make,model, vin\nred,bmw,2002,WBA4R7C30HK896061\n"
    batch_id = import_objects(world, "car_c", content)["batchId"]
    assert world.call("GET", f"{CARS}/{batch_id}/failures.json").text == (
        "color,make,model, vin,Import Failure Reason\nred,bmw,2002,WBA4R7C30HK896061,missing.dedupe.fields\n"
    )


def test_insert_update_unchanged(world: Server) -> None:
    """§6.4: found by the folded key; the GUID stays; unknown columns and marketoGUID are ignored."""
    first = import_objects(world, "car_c", f"{FOUR}red,bmw,1,U1\n")["batchId"]
    (created,) = world.ledger(first)
    guid = created.split(",")[2]
    assert len(guid) == 36
    content = "color,vin,marketoGUID,seats\nblue,u1,00000000-0000-4000-8000-000000000000,4\nblue,u1,,\n"
    second = import_objects(world, "car_c", content)["batchId"]
    assert world.ledger(second) == [f"1,updated,{guid},", f"2,unchanged,{guid},"]
    assert records(world, "car_c", "marketoGUID", guid.upper(), "color,make,vin") == [
        {"color": "blue", "make": "bmw", "vin": "u1"}
    ]


def test_compound_keys_and_links(world: Server) -> None:
    """§6.4: every dedupe field makes the key; a link must lead somewhere, a blank one need not."""
    world.run_import("email\ndriver@x.com\n")
    import_objects(world, "car_c", f"{FOUR}red,bmw,1,T1\n,,,T2\n")
    rows = [
        "t1,2020-01-01,5,driver@x.com,yes",
        "T1,1/1/2020,6,,",
        "T2,2020-01-01,7,nobody@x.com,",
        "T3,2020-01-01,7,,",
        "T1,,7,,",
        "T2,2020-13-01,7,,",
        "T2,2020-01-02,x,,",
        "T2,2020-01-02,8,DRIVER@x.com,",
    ]
    told = outcomes(world, "trip_c", "car,day,km,driver,private\n" + "\n".join(rows) + "\n")
    assert told == [
        ("created", ""),
        ("updated", ""),
        ("failed", "Value for lookup field 'driver' not found"),
        ("failed", "Value for lookup field 'car' not found"),
        ("failed", "missing.dedupe.fields"),
        ("failed", "Invalid data type in field Day"),
        ("failed", "Invalid data type in field Kilometres"),
        ("created", ""),
    ]
    assert records(world, "trip_c", "driver", "driver@x.com", "car,day,km,private") == [
        {"car": "T1", "day": "2020-01-01", "km": 6, "private": True},
        {"car": "T2", "day": "2020-01-02", "km": 8, "private": False},
    ]
    cleared = outcomes(world, "trip_c", "car,day,driver,km\nT1,2020-01-01,NULL,NULL\n")
    assert cleared == [("updated", "")]
    assert len(records(world, "trip_c", "driver", "driver@x.com", "car")) == 1


def test_keys_too_long_for_an_index(world: Server) -> None:
    """§3.6: long keys are told apart and found again."""
    long = ["é" * 254 + end for end in "ab"]
    content = FOUR + "".join(f",,,{vin}\n" for vin in long)
    assert [outcome for outcome, _ in outcomes(world, "car_c", content)] == ["created", "created"]
    assert [outcome for outcome, _ in outcomes(world, "car_c", content)] == ["unchanged", "unchanged"]
    trips = "car,day\n" + "".join(f"{vin},2020-01-01\n" for vin in long)
    assert [outcome for outcome, _ in outcomes(world, "trip_c", trips)] == ["created", "created"]
    assert [outcome for outcome, _ in outcomes(world, "trip_c", trips)] == ["unchanged", "unchanged"]


def test_creation_errors(world: Server) -> None:
    """§6.1, §3.4."""
    files = {"file": ("f.csv", b"vin\n1\n")}
    answer = world.call("POST", "/bulk/v1/customobjects/boat_c/import.json", files=files)
    assert error_of(answer) == ("1013", "Object not found")
    twice = {"file": ("f.csv", b"vin,VIN\n1,2\n")}
    assert error_of(world.call("POST", f"{CARS}.json", files=twice)) == (
        "1003",
        "Duplicate column 'VIN' in header",
    )
    empty = {"file": ("f.csv", b" \n")}
    assert error_of(world.call("POST", f"{CARS}.json", files=empty)) == ("1003", "Empty file")


def test_another_object_does_not_know_the_job(world: Server) -> None:
    """§2.3."""
    batch_id = import_objects(world, "car_c", "vin\nK1\n")["batchId"]
    other = f"/bulk/v1/customobjects/trip_c/import/{batch_id}"
    assert world.get(f"{other}/status.json")["errors"][0]["code"] == "1013"
    assert world.call("GET", f"{other}/failures.json").status_code == 404
    assert world.get(f"/bulk/v1/leads/batch/{batch_id}.json")["errors"][0]["code"] == "1013"


@pytest.mark.parametrize("shared", ["true", "false"])
def test_one_queue_or_three(store: str, tmp_path_factory: pytest.TempPathFactory, shared: str) -> None:
    """§2.2, §14-Q22: the kinds share ten places unless each is to have its own; batch ids are one sequence."""
    environment = {"LEADLINE_LIMITS__SHARED_QUEUE": shared, "LEADLINE_LIMITS__JOBS_QUEUED_MAX": "2"}
    data = tmp_path_factory.mktemp("queue") / "data"
    member = "/bulk/v1/program/1001/members/import.json"
    for server in running(data, whole_subscription(), workers=0, env=environment):
        bodies = [bulk(server, "/bulk/v1/leads.json", FILE) for _ in range(2)]
        bodies += [bulk(server, member, FILE, programMemberStatus="Invited") for _ in range(2)]
        bodies += [bulk(server, f"{CARS}.json", "vin\n1\n") for _ in range(3)]
        told = [body["success"] or body["errors"][0]["code"] for body in bodies]
        full = "1016"
        assert told == (
            [True, True, full, full, full, full, full] if shared == "true" else [True] * 6 + [full]
        )
        ids = [body["result"][0]["batchId"] for body in bodies if body["success"]]
        assert ids == list(range(1001, 1001 + len(ids)))


def test_a_link_that_is_no_text(world: Server) -> None:
    """§4.5, §6.4: NUL in a link fails its row, in imports of objects and of leads, and in calls; the others go on."""
    import_objects(world, "car_c", f"{FOUR},,,N1\n")
    status = import_objects(
        world, "trip_c", "car,day,driver\nN1,2021-01-01,\nN\x001,2021-01-02,\nN1,2021-01-03,a\x00b\n"
    )
    assert (status["status"], status["numOfObjectsProcessed"], status["numOfRowsFailed"]) == (
        "Complete",
        1,
        2,
    )
    lead_rows = "nul1@x.com,a\x00c,\nnul2@x.com,acme,\nnul3@x.com,,s\x00p\n"
    leads = world.run_import("email,externalCompanyId,externalSalesPersonId\n" + lead_rows)
    assert (leads["status"], leads["numOfLeadsProcessed"], leads["numOfRowsFailed"]) == ("Complete", 1, 2)
    told = sync(world, "/rest/v1/customobjects/trip_c.json", {"car": "N\x001", "day": "2021-01-04"})
    assert codes(told) == ["1001"]
    told = sync(world, "/rest/v1/leads.json", {"email": "nul4@x.com", "externalCompanyId": "a\x00c"})
    assert codes(told) == ["1001"]
