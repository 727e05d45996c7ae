"""Companies and sales persons: what leads may be linked to (contract §9.10).

Fields stand in the order in which the original describes them.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from leadline.schema.catalog import Field, ObjectType
from leadline.schema.leads import COMPANY, COMPANY_FIELDS, SALES_PERSON, SALES_PERSON_FIELDS, standard_fields
from leadline.schema.types import FIELD_TYPES

_EMAIL = replace(FIELD_TYPES["email"], name="string")
"""How a sales person's address is described; it is still read and compared as an address."""


def _system(name: str, display_name: str, data_type: str, column: str, *, searchable: bool = False) -> Field:
    return Field(
        name,
        display_name,
        FIELD_TYPES[data_type],
        read_only=True,
        searchable=searchable,
        system_column=column,
    )


def _id(display_name: str) -> Field:
    return _system("id", display_name, "integer", "id", searchable=True)


_CREATED = _system("createdAt", "Created At", "datetime", "created_at")
_UPDATED = _system("updatedAt", "Updated At", "datetime", "updated_at")


def _of_leads(name: str) -> Field:
    """Return an attribute as leads have it; there it may be a link, hidden by a company, or stored apart."""
    of_leads = next(each for each in standard_fields() if each.name == name)
    return replace(of_leads, company=False, side_table=None)


def _own_key(name: str) -> Field:
    return replace(_of_leads(name), link=None, searchable=True, fixed=True)


@cache
def company_type() -> ObjectType:
    """Return the object type of companies; they may be linked to a sales person."""
    attributes = (*COMPANY_FIELDS, "externalSalesPersonId")
    return ObjectType(
        name=COMPANY,
        table=COMPANY,
        fields=(
            _CREATED,
            _own_key("externalCompanyId"),
            _id("Id"),
            _UPDATED,
            *(replace(_of_leads(each), searchable=each == "company") for each in sorted(attributes)),
        ),
        display_name="Company",
        dedupe=("externalCompanyId",),
        keeps_key=True,
    )


def company_fields() -> tuple[Field, ...]:
    """Return the fields of companies in the order of their schema: what leads show of them stands first."""
    by_name = {each.name: each for each in company_type().fields}
    return tuple(by_name[name] for name in dict.fromkeys((*COMPANY_FIELDS, *by_name)))


@cache
def sales_person_type() -> ObjectType:
    """Return the object type of sales persons; an address is given once."""
    email = replace(_of_leads("email"), display_name="Email", type=_EMAIL, searchable=True, fixed=True)
    return ObjectType(
        name=SALES_PERSON,
        table=SALES_PERSON,
        fields=(
            _id("Marketo Id"),
            _CREATED,
            _UPDATED,
            email,
            _own_key("externalSalesPersonId"),
            *(replace(_of_leads(each), searchable=False) for each in SALES_PERSON_FIELDS if each != "email"),
        ),
        display_name="SalesPerson",
        dedupe=("externalSalesPersonId",),
        keeps_key=True,
    )


ACCOUNTS: Mapping[str, Callable[[], ObjectType]] = {COMPANY: company_type, SALES_PERSON: sales_person_type}
"""The object types of accounts by name: what syncs, reads and reserves their names looks here."""
