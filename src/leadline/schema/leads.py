"""The lead object type: 127 standard fields (contract §12) and the subscription's own."""

import json
from dataclasses import replace
from functools import cache
from importlib import resources

from leadline.schema.catalog import Field, Link, ObjectType
from leadline.schema.record_errors import COMPANY_NOT_FOUND, SALES_PERSON_NOT_FOUND
from leadline.schema.types import FIELD_TYPES, Cell, Storage

LEAD = "lead"
OFTEN, SELDOM, CUSTOM = "lead_often", "lead_seldom", "lead_custom"
"""The tables of leads: what many files bring, the other standard fields, and the subscription's own."""

CUSTOM_FIELDS_MAX = 500

_SYSTEM_COLUMNS = {
    "id": "id",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "leadPartitionId": "partition_id",
    "leadPerson": "id",
    "personPrimaryLeadInterest": "id",
}
_COMPUTED = frozenset({"mktoName", "contactCompany"})
_DEFAULTS: dict[str, object] = {"isLead": True, "personType": "contact"}
COMPANY, SALES_PERSON = "company", "sales_person"
_LINKS = {
    name: Link(
        target, name, target, f"f_{name.lower()}", f"k_{name.lower()}", Storage.TEXT, missing, removable=False
    )
    for name, target, missing in (
        ("externalCompanyId", COMPANY, COMPANY_NOT_FOUND),
        ("externalSalesPersonId", SALES_PERSON, SALES_PERSON_NOT_FOUND),
    )
}
COMPANY_FIELDS = (
    "company",
    "site",
    "website",
    "mainPhone",
    "annualRevenue",
    "numberOfEmployees",
    "industry",
    "sicCode",
    "billingStreet",
    "billingCity",
    "billingState",
    "billingCountry",
    "billingPostalCode",
    "mktoCompanyNotes",
)
SALES_PERSON_FIELDS = ("email", "firstName", "lastName", "phone", "mobilePhone", "fax", "title")
DEFAULT_FIELDS = ("id", "updatedAt", "lastName", "email", "createdAt", "firstName")
"""What a read answers when the caller names no fields (contract §9.3)."""

DEFAULT_FIELDS_OF_LISTED = ("id", "firstName", "lastName", "email", "updatedAt", "createdAt")
"""The same of the leads on a list, in the order in which the original prints them."""

COOKIES = "cookies"


@cache
def standard_fields() -> tuple[Field, ...]:
    """Return the standard lead fields in the contract's order."""
    text = resources.files("leadline.schema").joinpath("standard_lead_fields.json").read_text("utf-8")
    return tuple(_standard_field(row) for row in json.loads(text))


def _standard_field(row: dict[str, object]) -> Field:
    name = str(row["name"])
    field_type = FIELD_TYPES[str(row["dataType"])]
    field_type = replace(field_type, opaque=bool(row.get("opaque")), past=bool(row.get("past")))
    length = row.get("length")
    is_apart = not row.get("often") and name not in _SYSTEM_COLUMNS and name not in _COMPUTED
    return Field(
        name=name,
        display_name=str(row["displayName"]),
        type=field_type,
        length=length if isinstance(length, int) else None,
        read_only=bool(row.get("readOnly")),
        searchable=bool(row.get("searchable")),
        system_column=_SYSTEM_COLUMNS.get(name),
        computed=name in _COMPUTED,
        default=_DEFAULTS.get(name, False if field_type.cell is Cell.BOOLEAN else None),
        company=name in COMPANY_FIELDS,
        link=_LINKS.get(name),
        side_table=SELDOM if is_apart else None,
    )


def lead_type(custom_fields: tuple[Field, ...] = ()) -> ObjectType:
    """Return the lead object type of a subscription with these custom fields."""
    return ObjectType(
        name=LEAD,
        table=LEAD,
        fields=standard_fields() + tuple(replace(each, side_table=CUSTOM) for each in custom_fields),
        display_name="Lead",
        partitioned=True,
        main_table=OFTEN,
        side_tables=(SELDOM, CUSTOM),
        aliases=(("cookie", "cookies"),),
        not_for_lookup=frozenset({"leadPartitionId"}),
    )


def new_lead(partition_id: int, source: str, detail: str | None) -> dict[str, int | str | None]:
    """Return the columns of a new lead that say where it is and where it came from (contract §4.4, Q28)."""
    return {
        "partition_id": partition_id,
        "f_originalsourcetype": source,
        "f_originalsourceinfo": detail,
        "f_registrationsourcetype": source,
        "f_registrationsourceinfo": detail,
    }
