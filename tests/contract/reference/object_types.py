"""Types of custom objects (custom-objects.md, from "Custom Object Types" on; swagger-mapi.json)."""

from typing import Any

from tests.contract.reference.operations import Case, Operation, mapi, refused
from tests.contract.reference.shapes import INSTANT, INTEGER, TEXT, Many, Shape
from tests.harness import Server

SCHEMA = "/rest/v1/customobjects/schema"
DONE = mapi([])
"""What every change of a type answers."""

CREATED_AT: Shape = {"name": "createdAt", "displayName": "Created At", "dataType": "datetime"}
UPDATED_AT: Shape = {"name": "updatedAt", "displayName": "Updated At", "dataType": "datetime"}
MARKETO_GUID: Shape = {
    "name": "marketoGUID",
    "displayName": "Marketo GUID",
    "dataType": "string",
    "length": 36,
}
FIXED: Shape = {"updateable": False, "crmManaged": False}
FREE: Shape = {"updateable": True, "crmManaged": False}


def new_field(name: str, display_name: str, data_type: str = "string", **more: Any) -> dict[str, Any]:
    """Return a field as a call names it."""
    return {"displayName": display_name, "name": name, "dataType": data_type, **more}


def link(name: str, display_name: str, target: str, field: str) -> dict[str, Any]:
    """Return a link field as a call names it."""
    return new_field(name, display_name, "link", relatedTo={"field": field, "name": target})


def text_field(name: str, display_name: str, length: int = 255) -> Shape:
    """Return a field of text as a type shows it."""
    return {"name": name, "displayName": display_name, "dataType": "string", "length": length, **FREE}


RIDE_FIELDS = [
    link("leadID", "Lead ID", "lead", "id") | {"description": "Link field to Lead object"},
    new_field("vin", "VIN", description="Vehicle ID number", isDedupeField=True),
    new_field("make", "Make", description="Vehicle make"),
    new_field("model", "Model"),
    new_field("year", "Year", "integer"),
]
COURSE_FIELDS = [
    new_field("courseID", "Course ID", isDedupeField=True),
    new_field("courseInstructor", "Course Instructor"),
]
RIDE: dict[str, Any] = {
    "apiName": "ride",
    "displayName": "Ride",
    "pluralName": "Rides",
    "description": "Automobile owned",
    "showInLeadDetail": True,
}


def change(server: Server, path: str, body: Any = None) -> None:
    """Change types by a call that must succeed."""
    answer = server.call("POST", f"{SCHEMA}{path}.json", json=body or {}).json()
    assert answer["success"], answer


def gone(name: str) -> Any:
    """Return a step before a case: no type has that name."""

    def prepare(server: Server) -> dict[str, Any]:
        server.call("POST", f"{SCHEMA}/{name}/delete.json", json={})
        return {}

    return prepare


def drafted(name: str, *fields: dict[str, Any], **more: Any) -> Any:
    """Return a step before a case: a type with these fields, as a draft and nothing else."""

    def prepare(server: Server) -> dict[str, Any]:
        gone(name)(server)
        change(server, "", {"action": "createOnly", "apiName": name, "displayName": name.title(), **more})
        if fields:
            change(server, f"/{name}/addField", {"input": [dict(each) for each in fields]})
        return {}

    return prepare


def approved(name: str, *fields: dict[str, Any], **more: Any) -> Any:
    """Return a step before a case: an approved type with these fields."""

    def prepare(server: Server) -> dict[str, Any]:
        if not server.get(f"{SCHEMA}/{name}/describe.json?state=approved")["success"]:
            drafted(name, *fields, **more)(server)
            change(server, f"/{name}/approve")
        return {}

    return prepare


DRAFT: Shape = {
    "state": "draft",
    "displayName": "Transaction",
    "description": "Commerce happens",
    "apiName": "transaction",
    "idField": None,
    "createdAt": None,
    "updatedAt": None,
    "dedupeFields": [],
    "searchableFields": [[]],
    "relationships": [],
    "fields": [MARKETO_GUID | FIXED, CREATED_AT | FIXED, UPDATED_AT | FIXED],
}
APPROVED: Shape = {
    "state": "approved",
    "version": "approved",
    "displayName": "Ride",
    "description": "Automobile owned",
    "apiName": "ride",
    "idField": "marketoGUID",
    "createdAt": INSTANT,
    "updatedAt": INSTANT,
    "dedupeFields": ["vin"],
    "searchableFields": [["vin"], ["marketoGUID"], ["leadID"]],
    "relationships": [
        {"field": "leadID", "type": "child", "relatedTo": {"name": "Lead", "field": "id"}},
    ],
    "fields": [
        CREATED_AT | FIXED,
        MARKETO_GUID | FIXED,
        UPDATED_AT | FIXED,
        {"name": "leadID", "displayName": "Lead ID", "dataType": "integer", **FREE},
        text_field("make", "Make"),
        text_field("model", "Model"),
        text_field("vin", "VIN"),
        {"name": "year", "displayName": "Year", "dataType": "integer", **FREE},
    ],
}
WITHOUT_LINKS: Shape = {
    "state": "approved",
    "version": "approved",
    "displayName": "Car",
    "description": None,
    "apiName": "car_c",
    "idField": "marketoGUID",
    "createdAt": INSTANT,
    "updatedAt": INSTANT,
    "dedupeFields": ["vin"],
    "searchableFields": [["vin"], ["marketoGUID"]],
    "relationships": [],
    "fields": [
        CREATED_AT | FIXED,
        MARKETO_GUID | FIXED,
        UPDATED_AT | FIXED,
        text_field("color", "Color"),
        text_field("make", "Make"),
        text_field("model", "Model"),
        text_field("vin", "VIN"),
    ],
}


def key(name: str, data_type: str) -> Shape:
    """Return a key of leads or companies that link fields may point to: its display name stands for its name."""
    return {"name": name, "displayName": name, "dataType": data_type}


LEAD_KEYS = Many({"name": TEXT, "displayName": TEXT, "dataType": TEXT}, 12)
"""Those of leads, custom ones among them; `test_object_types` has them one by one."""


def offered(server: Server) -> dict[str, Any]:
    """Return the answer to what may be linked to while there is no custom object but those of the file."""
    for each in server.get(f"{SCHEMA}.json")["result"]:
        if each["apiName"] not in ("car_c", "trip_c"):
            gone(each["apiName"])(server)
    return {}


def of(name: str) -> dict[str, str]:
    """Return the path values of a type."""
    return {"apiName": name}


OPERATIONS = (
    Operation(
        f"POST {SCHEMA}.json",
        Case(
            "custom-objects.md: Create Type",
            DONE,
            json={
                "action": "createOnly",
                "displayName": "Transaction",
                "apiName": "transaction",
                "description": "Commerce happens",
            },
            given=gone("transaction"),
        ),
        Case(
            "custom-objects.md: Update Type",
            DONE,
            json={
                "action": "updateOnly",
                "apiName": "transaction",
                "description": "No really, commerce happens!",
            },
            given=drafted("transaction"),
        ),
        Case("custom-objects.md: One-To-Many Relationship", DONE, json=RIDE, given=gone("ride")),
    ),
    Operation(
        f"GET {SCHEMA}/{{apiName}}/describe.json",
        Case(
            "custom-objects.md: Describe Type",
            mapi([APPROVED]),
            of("ride"),
            {"state": "approved"},
            given=approved("ride", *RIDE_FIELDS, **RIDE),
        ),
        Case(
            "custom-objects.md: Describe Type, under its other name",
            mapi([APPROVED]),
            of("ride_c"),
            given=approved("ride", *RIDE_FIELDS, **RIDE),
        ),
        Case(
            "custom-objects.md: Create Type, described",
            mapi([DRAFT]),
            of("transaction"),
            given=drafted("transaction", description="Commerce happens"),
        ),
    ),
    Operation(
        f"GET {SCHEMA}.json",
        Case("custom-objects.md: List Types", mapi([WITHOUT_LINKS]), params={"names": "car"}),
        Case(
            "custom-objects.md: List Types, drafts",
            mapi([DRAFT]),
            params={"names": "transaction,car_c", "state": "draft"},
            given=drafted("transaction", description="Commerce happens"),
        ),
    ),
    Operation(
        f"POST {SCHEMA}/{{apiName}}/addField.json",
        Case(
            "custom-objects.md: One-To-Many Relationship",
            DONE,
            of("ride"),
            json={"input": RIDE_FIELDS},
            given=drafted("ride"),
        ),
    ),
    Operation(
        f"POST {SCHEMA}/{{apiName}}/{{fieldApiName}}/updateField.json",
        Case(
            "custom-objects.md: Update Field",
            DONE,
            {"apiName": "book", "fieldApiName": "title"},
            json={"displayName": "Very Long Title", "dataType": "text"},
            given=drafted("book", new_field("title", "Title")),
        ),
    ),
    Operation(
        f"POST {SCHEMA}/{{apiName}}/updateField.json",
        Case(
            "endpoint-reference.md: Update Custom Object Type Field",
            DONE,
            of("book"),
            json={"input": [{"name": "title", "displayName": "Very Long Title", "dataType": "text"}]},
            given=drafted("book", new_field("title", "Title")),
        ),
    ),
    Operation(
        f"POST {SCHEMA}/{{apiName}}/deleteField.json",
        Case(
            "custom-objects.md: Delete Fields",
            DONE,
            of("book"),
            json={"input": [{"name": "title"}, {"name": "author"}]},
            given=drafted("book", new_field("title", "Title"), new_field("author", "Author")),
        ),
    ),
    Operation(
        f"POST {SCHEMA}/{{apiName}}/approve.json",
        Case(
            "custom-objects.md: Approve Type",
            DONE,
            of("course"),
            given=drafted("course", *COURSE_FIELDS),
        ),
    ),
    Operation(
        f"POST {SCHEMA}/{{apiName}}/discardDraft.json",
        Case("custom-objects.md: Discard Type", DONE, of("book"), given=drafted("book")),
        Case(
            "custom-objects.md: Discard Type, without a draft; error-codes.md: 1048",
            refused(SCHEMA, "1048", "Custom Object Discard Draft Failed"),
            of("car_c"),
        ),
    ),
    Operation(
        f"POST {SCHEMA}/{{apiName}}/delete.json",
        Case(
            "custom-objects.md: Delete Type",
            DONE,
            of("book"),
            given=approved("book", new_field("isbn", "ISBN", isDedupeField=True)),
        ),
    ),
    Operation(
        f"GET {SCHEMA}/fieldDataTypes.json",
        Case(
            "custom-objects.md: List Field Data Types",
            mapi(
                [
                    *("string", "boolean", "integer", "float", "link", "email"),
                    *("currency", "date", "datetime", "phone", "text"),
                ]
            ),
        ),
    ),
    Operation(
        f"GET {SCHEMA}/linkableObjects.json",
        Case(
            "custom-objects.md: List Linkable Custom Objects",
            mapi(
                [
                    {"name": "lead", "displayName": "Lead", "fields": LEAD_KEYS},
                    {"name": "company", "displayName": "Company", "fields": [key("Id", "integer")]},
                    {
                        "name": "car_c",
                        "displayName": "Car",
                        "fields": [
                            {"name": "marketoGUID", "displayName": "Marketo GUID", "dataType": "string"},
                            {"name": "vin", "displayName": "VIN", "dataType": "string"},
                        ],
                    },
                ]
            ),
            given=offered,
        ),
    ),
    Operation(
        f"GET {SCHEMA}/{{apiName}}/dependentAssets.json",
        Case(
            "custom-objects.md: Get Custom Object Dependent Assets",
            mapi(
                Many(
                    {"assetType": TEXT, "assetId": INTEGER, "assetName": TEXT, "usedFields": ["vin"]},
                )
            ),
            of("car_c"),
        ),
    ),
)
