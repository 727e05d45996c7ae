"""Custom objects and their records (custom-objects.md, bulk-custom-object-import.md; swagger-mapi.json)."""

from typing import Any

from tests.contract.api.world import sync
from tests.contract.reference.object_types import (
    CREATED_AT,
    MARKETO_GUID,
    RIDE,
    RIDE_FIELDS,
    UPDATED_AT,
    approved,
    of,
)
from tests.contract.reference.operations import Case, Operation, mapi, reasons
from tests.contract.reference.shapes import GUID, INSTANT, Shape
from tests.harness import Server

RIDES = "/rest/v1/customobjects/ride"
TRIPS = "/rest/v1/customobjects/trip_c"
OF_RIDES = approved("ride", *RIDE_FIELDS, **RIDE)


def _field(name: str, display_name: str, data_type: str = "string", length: int | None = 255) -> Shape:
    kind: dict[str, object] = (
        {"dataType": data_type} if length is None else {"dataType": data_type, "length": length}
    )
    return {"name": name, "displayName": display_name, **kind, "updateable": True}


SYSTEM = [each | {"updateable": False} for each in (CREATED_AT, MARKETO_GUID, UPDATED_AT)]
CAR: Shape = {
    "name": "car_c",
    "displayName": "Car",
    "description": None,
    "createdAt": INSTANT,
    "updatedAt": INSTANT,
    "idField": "marketoGUID",
    "dedupeFields": ["vin"],
    "searchableFields": [["vin"], ["marketoGUID"]],
}
CAR_FIELDS = [
    _field("color", "Color"),
    _field("make", "Make"),
    _field("model", "Model"),
    _field("vin", "VIN"),
]
RIDE_SHOWN: Shape = {
    "name": "ride",
    "displayName": "Ride",
    "description": "Automobile owned",
    "createdAt": INSTANT,
    "updatedAt": INSTANT,
    "idField": "marketoGUID",
    "dedupeFields": ["vin"],
    "searchableFields": [["vin"], ["marketoGUID"], ["leadID"]],
}


def _said(field: Shape, description: str) -> Shape:
    """Return a described field with what it is for, which stands behind its display name."""
    head = {name: field[name] for name in ("name", "displayName")}
    return head | {"description": description} | {name: field[name] for name in field if name not in head}


RIDE_DESCRIBED = [
    _said(_field("leadID", "Lead ID", "integer", None), "Link field to Lead object"),
    _said(_field("make", "Make"), "Vehicle make"),
    _field("model", "Model"),
    _said(_field("vin", "VIN"), "Vehicle ID number"),
    _field("year", "Year", "integer", None),
]


def _parent(member: str) -> list[Shape]:
    return [{"field": "leadID", "type": "parent", member: {"name": "Lead", "field": "id"}}]


def _two_rides(server: Server) -> list[str]:
    OF_RIDES(server)
    told = sync(server, f"{RIDES}.json", {"vin": "19UYA31581L000000"}, {"vin": "29UYA31581L000000"})
    return [each["marketoGUID"] for each in told]


def by_id(server: Server) -> dict[str, Any]:
    """Return a query that names two records by their ids."""
    return {"params": {"filterType": "idField", "filterValues": ",".join(_two_rides(server))}}


def trips(server: Server) -> dict[str, Any]:
    """Make records with a compound key."""
    sync(server, "/rest/v1/customobjects/car_c.json", {"vin": "r1"}, {"vin": "r2"})
    for vin, km in (("r1", 3), ("r2", 4)):
        sync(server, f"{TRIPS}.json", {"car": vin, "day": "2020-01-01", "km": km})
    return {}


def one_ride(server: Server) -> dict[str, Any]:
    """Let there be one record, of those that are updated, created and refused."""
    _two_rides(server)
    vin = "39UYA31581L000000"
    sync(server, f"{RIDES}/delete.json", {"vin": "29UYA31581L000000"}, {"vin": vin}, deleteBy="dedupeFields")
    return {}


def deleted_rides(server: Server) -> dict[str, Any]:
    """Let there be two records of the three that are to be deleted."""
    one_ride(server)
    _two_rides(server)
    return {}


VINS = [{"vin": f"{number}9UYA31581L000000"} for number in (1, 2, 3)]
OPERATIONS = (
    Operation(
        "GET /rest/v1/customobjects.json",
        Case(
            "custom-objects.md: List",
            mapi([RIDE_SHOWN | {"relationships": _parent("relatedTo")}]),
            params={"names": "ride"},
            given=OF_RIDES,
        ),
        Case(
            "custom-objects.md: List, without links",
            mapi([CAR | {"relationships": []}]),
            params={"names": "car"},
        ),
    ),
    Operation(
        "GET /rest/v1/customobjects/{apiName}/describe.json",
        Case(
            "custom-objects.md: Describe",
            mapi([RIDE_SHOWN | {"relationships": _parent("object"), "fields": [*SYSTEM, *RIDE_DESCRIBED]}]),
            of("ride"),
            given=OF_RIDES,
        ),
        Case(
            "bulk-custom-object-import.md: API Names",
            mapi([CAR | {"fields": [*SYSTEM, *CAR_FIELDS]}]),
            of("car_c"),
        ),
    ),
    Operation(
        "GET /rest/v1/customobjects/{apiName}.json",
        Case(
            "custom-objects.md: Query",
            mapi(
                [
                    {
                        "seq": number,
                        "marketoGUID": GUID,
                        "vin": f"{number + 1}9UYA31581L000000",
                        "createdAt": INSTANT,
                        "updatedAt": INSTANT,
                    }
                    for number in (0, 1)
                ],
                moreResult=False,
            ),
            of("ride"),
            given=by_id,
        ),
    ),
    Operation(
        "POST /rest/v1/customobjects/{apiName}.json",
        Case(
            "custom-objects.md: Query, compound keys",
            mapi(
                [
                    {
                        "seq": number,
                        "marketoGUID": GUID,
                        "km": number + 3,
                        "private": False,
                        "createdAt": INSTANT,
                        "updatedAt": INSTANT,
                    }
                    for number in (0, 1)
                ],
                moreResult=False,
            ),
            of("trip_c"),
            {"_method": "GET"},
            json={
                "filterType": "dedupeFields",
                "fields": ["marketoGuid", "km", "private"],
                "input": [{"car": "r1", "day": "2020-01-01"}, {"car": "r2", "day": "2020-01-01"}],
            },
            given=trips,
        ),
        Case(
            "swagger-mapi.json: LookupCustomObjectRequest, filterType is dedupeFields when absent",
            mapi(
                [{"seq": 0, "marketoGUID": GUID, "km": 3, "createdAt": INSTANT, "updatedAt": INSTANT}],
                moreResult=False,
            ),
            of("trip_c"),
            {"_method": "GET"},
            json={"fields": ["km"], "input": [{"car": "r1", "day": "2020-01-01"}]},
            given=trips,
        ),
        Case(
            "custom-objects.md: Create and Update",
            mapi(
                [
                    {"seq": 0, "status": "updated", "marketoGUID": GUID},
                    {"seq": 1, "status": "created", "marketoGUID": GUID},
                    {"seq": 2, "status": "skipped", "reasons": reasons("1004", "Lead not found")},
                ]
            ),
            of("ride"),
            json={
                "action": "createOrUpdate",
                "dedupeBy": "dedupeFields",
                "input": [
                    each | {"leadID": lead, "make": "BMW", "model": "3-Series 330i", "year": 2003}
                    for each, lead in zip(VINS, (1, 1, 999), strict=True)
                ],
            },
            given=one_ride,
        ),
    ),
    Operation(
        "POST /rest/v1/customobjects/{apiName}/delete.json",
        Case(
            "custom-objects.md: Delete",
            mapi(
                [
                    {"seq": 0, "marketoGUID": GUID, "status": "deleted"},
                    {"seq": 1, "marketoGUID": GUID, "status": "deleted"},
                    {"seq": 2, "status": "skipped", "reasons": reasons("1013", "Object not found")},
                ]
            ),
            of("ride"),
            json={"deleteBy": "dedupeFields", "input": VINS},
            given=deleted_rides,
        ),
    ),
)
