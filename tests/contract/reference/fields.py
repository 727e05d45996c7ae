"""Fields of leads and companies (leads.md, companies.md; swagger-mapi.json)."""

from typing import Any

from tests.contract.reference.operations import Case, Operation, mapi, reasons
from tests.contract.reference.shapes import FLAG, INTEGER, PAGE_TOKEN, TEXT, Many, Maybe, Nullable, Shape
from tests.harness import Server

LEADS, COMPANIES = "/rest/v1/leads/schema/fields", "/rest/v1/companies/schema/fields"
ANY_FIELD = {
    "displayName": TEXT,
    "name": TEXT,
    "description": Nullable(TEXT),
    "dataType": TEXT,
    Maybe("length"): INTEGER,
    **dict.fromkeys(("isHidden", "isHtmlEncodingInEmail", "isSensitive", "isCustom", "isApiCreated"), FLAG),
}


def standard(name: str, shown: str, kind: str, *, html: bool, sensitive: bool = False) -> Shape:
    """Return a standard field that nobody has changed, as a page prints it."""
    length = {} if kind in ("date", "boolean", "currency") else {"length": 255}
    return {
        "displayName": shown,
        "name": name,
        "description": None,
        "dataType": kind,
        **length,
        "isHidden": False,
        "isHtmlEncodingInEmail": html,
        "isSensitive": sensitive,
        "isCustom": False,
        "isApiCreated": False,
    }


def _of_person(name: str, shown: str, kind: str = "string") -> Shape:
    return standard(name, shown, kind, html=kind not in ("date", "boolean"), sensitive=True)


EMAIL = _of_person("email", "Email Address", "email")
PERSON = [
    _of_person("salutation", "Salutation"),
    _of_person("firstName", "First Name"),
    _of_person("middleName", "Middle Name"),
    _of_person("lastName", "Last Name"),
    _of_person("dateOfBirth", "Date of Birth", "date"),
    EMAIL,
    _of_person("phone", "Phone Number", "phone"),
    _of_person("mobilePhone", "Mobile Phone Number", "phone"),
    _of_person("fax", "Fax Number", "phone"),
    _of_person("title", "Job Title"),
    _of_person("unsubscribed", "Unsubscribed", "boolean"),
]
COMPANY = [
    standard("company", "Company Name", "string", html=True),
    standard("site", "Site", "string", html=True),
    standard("website", "Website", "url", html=True),
    standard("mainPhone", "Main Phone", "string", html=True),
    standard("annualRevenue", "Annual Revenue", "currency", html=False),
]
ACCESS_CODE = {"displayName": "Acme Access Code", "name": "acmeAccessCode", "dataType": "string"}
MAIL_DATE = {"displayName": "Acme Mail Date", "name": "acmeMailDate", "dataType": "string"}
TOLD = {"description": "Acme Direct Mail Integration"}


def _made(server: Server) -> dict[str, Any]:
    """Make sure that the page's field is there."""
    server.call("POST", f"{LEADS}.json", json={"input": [ACCESS_CODE]})
    return {}


OPERATIONS = (
    Operation(
        f"GET {LEADS}/{{fieldApiName}}.json",
        Case("leads.md: By Name", mapi([EMAIL]), path={"fieldApiName": "email"}),
    ),
    Operation(
        f"GET {LEADS}.json",
        Case(
            "leads.md: Browse",
            mapi(PERSON, nextPageToken=PAGE_TOKEN, moreResult=True),
            params={"batchSize": len(PERSON)},
        ),
        Case("swagger-mapi.json: getLeadFieldsUsingGET", mapi(Many(ANY_FIELD, 100), moreResult=False)),
    ),
    Operation(
        f"POST {LEADS}.json",
        Case(
            "leads.md: Create Fields",
            mapi(
                [
                    {"name": "acmeAccessCode", "status": "created"},
                    {"name": "acmeMailDate", "status": "created"},
                ]
            ),
            json={"input": [ACCESS_CODE | TOLD, MAIL_DATE | TOLD]},
        ),
        Case(
            "leads.md: Create Fields, what is unique",
            mapi(
                [
                    {
                        "name": "acmeCode",
                        "status": "skipped",
                        "reasons": reasons(
                            "1003", "Invalid data, the field 'acmeAccessCode' has that displayName"
                        ),
                    }
                ]
            ),
            json={"input": [ACCESS_CODE | {"name": "acmeCode"}]},
            given=_made,
        ),
    ),
    Operation(
        f"POST {LEADS}/{{fieldApiName}}.json",
        Case(
            "leads.md: Update Field",
            mapi([{"name": "acmeAccessCode", "status": "updated"}]),
            path={"fieldApiName": "acmeAccessCode"},
            json={"input": [{"displayName": "Acme Access Code", "isHtmlEncodingInEmail": True} | TOLD]},
            given=_made,
        ),
        Case(
            "leads.md: Update Field, a standard field",
            mapi([{"name": "industry", "status": "updated"}]),
            path={"fieldApiName": "industry"},
            json={"input": [{"isHtmlEncodingInEmail": True, "isSensitive": False}]},
        ),
    ),
    Operation(
        f"GET {COMPANIES}/{{fieldApiName}}.json",
        Case(
            "companies.md: By Name",
            mapi([standard("industry", "Industry", "string", html=True)]),
            path={"fieldApiName": "industry"},
        ),
    ),
    Operation(
        f"GET {COMPANIES}.json",
        Case(
            "companies.md: Browse",
            mapi(COMPANY, nextPageToken=PAGE_TOKEN, moreResult=True),
            params={"batchSize": 5},
        ),
        Case("swagger-mapi.json: getCompanyFieldsUsingGET", mapi(Many(ANY_FIELD, 19), moreResult=False)),
    ),
)
