"""Companies and sales persons (companies.md, sales-persons.md, lead-database.md; swagger-mapi.json)."""

from typing import Any

from tests.contract.reference.operations import Case, Operation, mapi, reasons, refused
from tests.contract.reference.shapes import INSTANT, INTEGER, AnyOrder, Shape
from tests.harness import Server

COMPANIES, PERSONS = "/rest/v1/companies", "/rest/v1/salespersons"


def _field(name: str, shown: str, kind: str, length: int | None = None, *, updateable: bool = False) -> Shape:
    return {
        "name": name,
        "displayName": shown,
        "dataType": kind,
        **({} if length is None else {"length": length}),
        "updateable": updateable,
    }


def _attribute(name: str, shown: str, kind: str = "string", length: int | None = 255) -> Shape:
    return _field(name, shown, kind, length, updateable=True)


CREATED, UPDATED = (
    _field("createdAt", "Created At", "datetime"),
    _field("updatedAt", "Updated At", "datetime"),
)
COMPANY = {
    "name": "Company",
    "description": "Company object",
    "createdAt": INSTANT,
    "updatedAt": INSTANT,
    "idField": "id",
    "dedupeFields": ["externalCompanyId"],
    "searchableFields": [["externalCompanyId"], ["id"], ["company"]],
    "fields": [
        CREATED,
        _field("externalCompanyId", "External Company Id", "string", 100),
        _field("id", "Id", "integer"),
        UPDATED,
        _attribute("annualRevenue", "Annual Revenue", "currency", None),
        _attribute("billingCity", "Billing City"),
        _attribute("billingCountry", "Billing Country"),
        _attribute("billingPostalCode", "Billing Postal Code"),
        _attribute("billingState", "Billing State"),
        _attribute("billingStreet", "Billing Address", "text", 2000),
        _attribute("company", "Company Name"),
        _attribute("externalSalesPersonId", "External Sales Person Id"),
        _attribute("industry", "Industry"),
        _attribute("mainPhone", "Main Phone"),
        _attribute("mktoCompanyNotes", "Company Notes", "text", None),
        _attribute("numberOfEmployees", "Num Employees", "integer", None),
        _attribute("sicCode", "SIC Code", "string", 40),
        _attribute("site", "Site"),
        _attribute("website", "Website", "url"),
    ],
}
PERSON = {
    "name": "SalesPerson",
    "createdAt": INSTANT,
    "updatedAt": INSTANT,
    "idField": "id",
    "dedupeFields": ["externalSalesPersonId"],
    "searchableFields": [["email"], ["id"], ["externalSalesPersonId"]],
    "fields": [
        _field("id", "Marketo Id", "integer"),
        CREATED,
        UPDATED,
        _field("email", "Email", "string", 255),
        _field("externalSalesPersonId", "External Sales Person Id", "string", 255),
        _attribute("firstName", "First Name"),
        _attribute("lastName", "Last Name"),
        _attribute("phone", "Phone Number", "phone"),
        _attribute("mobilePhone", "Mobile Phone Number", "phone"),
        _attribute("fax", "Fax Number", "phone"),
        _attribute("title", "Job Title"),
    ],
}


def _stored(server: Server, path: str, *items: dict[str, Any]) -> list[int]:
    """Make sure that records are there; return their ids."""
    told = server.call("POST", f"{path}.json", json={"input": list(items)}).json()["result"]
    return [each["id"] for each in told]


def _two_companies(server: Server) -> dict[str, Any]:
    google = {"externalCompanyId": "19UYA31581L000000", "company": "Google"}
    yahoo = {"externalCompanyId": "29UYA31581L000000", "company": "Yahoo"}
    ids = _stored(server, COMPANIES, google, yahoo)
    asked = {"filterType": "id", "filterValues": ",".join(map(str, ids))}
    times = {"updatedAt": INSTANT, "createdAt": INSTANT}
    items = [
        {"seq": seq, "id": own_id, "externalCompanyId": each["externalCompanyId"]} | times
        for seq, (own_id, each) in enumerate(zip(ids, (google, yahoo), strict=True))
    ]
    return {"params": asked, "answer": mapi(items, moreResult=False)}


def _one_company(server: Server) -> dict[str, Any]:
    server.call("POST", f"{COMPANIES}/delete.json", json={"input": [{"externalCompanyId": "new"}]})
    _stored(server, COMPANIES, {"externalCompanyId": "old"})
    return {}


def _to_delete(server: Server, path: str, key: str) -> dict[str, Any]:
    ids = _stored(server, path, {key: "first"}, {key: "second"})
    items = [{"seq": seq, "id": own_id, "status": "deleted"} for seq, own_id in enumerate(ids)]
    missed = {"seq": 2, "status": "skipped", "reasons": reasons("1013", "Record not found")}
    return {
        "json": {"deleteBy": "dedupeFields", "input": [{key: each} for each in ("first", "second", "third")]},
        "answer": mapi([*items, missed]),
    }


def _two_persons(server: Server) -> dict[str, Any]:
    keys = ("sam@test.com", "david@test.com")
    ids = _stored(server, PERSONS, *({"externalSalesPersonId": key, "email": key} for key in keys))
    items = [
        {"seq": seq, "id": own_id, "externalSalesPersonId": key, "createdAt": INSTANT, "updatedAt": INSTANT}
        for seq, (own_id, key) in enumerate(zip(ids, keys, strict=True))
    ]
    return {"answer": mapi([AnyOrder(each) for each in items], moreResult=False)}


def _one_person(server: Server) -> dict[str, Any]:
    gone = {"input": [{"externalSalesPersonId": "new@test.com"}]}
    server.call("POST", f"{PERSONS}/delete.json", json=gone)
    _stored(server, PERSONS, {"externalSalesPersonId": "old@test.com"})
    return {}


def _busy_person(server: Server) -> dict[str, Any]:
    _stored(server, PERSONS, {"externalSalesPersonId": "busy"})
    _stored(server, COMPANIES, {"externalCompanyId": "keeps", "externalSalesPersonId": "busy"})
    return {}


SYNCED = mapi(
    [{"seq": 0, "status": "updated", "id": INTEGER}, {"seq": 1, "status": "created", "id": INTEGER}]
)
BY_KEY = {"action": "createOrUpdate", "dedupeBy": "dedupeFields"}
OPERATIONS = (
    Operation(f"GET {COMPANIES}/describe.json", Case("companies.md: Describe", mapi([COMPANY]))),
    Operation(f"GET {COMPANIES}.json", Case("companies.md: Query", None, given=_two_companies)),
    Operation(
        f"POST {COMPANIES}.json",
        Case(
            "companies.md: Create and Update",
            SYNCED,
            json=BY_KEY
            | {"input": [{"externalCompanyId": each, "company": each} for each in ("old", "new")]},
            given=_one_company,
        ),
        Case(
            "sales-persons.md: related to companies",
            mapi([{"seq": 0, "status": "created", "id": INTEGER}]),
            json={"input": [{"externalCompanyId": "owned", "externalSalesPersonId": "sp1"}]},
        ),
        Case(
            "error-codes.md: 718",
            refused(COMPANIES, "718", "ExternalSalesPersonID not found"),
            json={"input": [{"externalCompanyId": "lost", "externalSalesPersonId": "nobody"}]},
        ),
    ),
    Operation(
        f"POST {COMPANIES}/delete.json",
        Case(
            "companies.md: Delete",
            None,
            given=lambda server: _to_delete(server, COMPANIES, "externalCompanyId"),
        ),
    ),
    Operation(f"GET {PERSONS}/describe.json", Case("sales-persons.md: Describe", mapi([PERSON]))),
    Operation(
        f"GET {PERSONS}.json",
        Case(
            "sales-persons.md: Query",
            None,
            params={"filterType": "dedupeFields", "filterValues": "david@test.com,sam@test.com"},
            given=_two_persons,
        ),
    ),
    Operation(
        f"POST {PERSONS}.json",
        Case(
            "sales-persons.md: Create and Update",
            SYNCED,
            json=BY_KEY
            | {
                "input": [
                    {"externalSalesPersonId": each, "email": each, "firstName": "Sam", "lastName": "Sanosin"}
                    for each in ("old@test.com", "new@test.com")
                ]
            },
            given=_one_person,
        ),
    ),
    Operation(
        f"POST {PERSONS}/delete.json",
        Case(
            "sales-persons.md: Delete",
            None,
            given=lambda server: _to_delete(server, PERSONS, "externalSalesPersonId"),
        ),
        Case(
            "sales-persons.md: Delete, in use",
            mapi(
                [{"seq": 0, "id": INTEGER, "status": "skipped", "reasons": reasons("1022", "Object in use")}]
            ),
            json={"input": [{"externalSalesPersonId": "busy"}]},
            given=_busy_person,
        ),
    ),
)
