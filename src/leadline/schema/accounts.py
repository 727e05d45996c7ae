"""Companies and sales persons: what leads may be linked to (contract §9.10)."""

from dataclasses import replace
from functools import cache

from leadline.schema.catalog import Field, ObjectType
from leadline.schema.leads import COMPANY, COMPANY_FIELDS, SALES_PERSON, SALES_PERSON_FIELDS, standard_fields
from leadline.schema.types import FIELD_TYPES


def _system(name: str, display_name: str, data_type: str, column: str, *, searchable: bool = False) -> Field:
    return Field(
        name,
        display_name,
        FIELD_TYPES[data_type],
        read_only=True,
        searchable=searchable,
        system_column=column,
    )


def _account(name: str, display_name: str, key: str, names: tuple[str, ...], search: str) -> ObjectType:
    """Return an object type whose attributes are those that leads show of it."""
    of_leads = {field.name: field for field in standard_fields()}
    attributes = (
        replace(of_leads[each], company=False, link=None, searchable=each in (key, search))
        for each in (key, *names)
    )
    return ObjectType(
        name=name,
        table=name,
        fields=(
            _system("id", "Id", "integer", "id", searchable=True),
            *attributes,
            _system("createdAt", "Created At", "datetime", "created_at"),
            _system("updatedAt", "Updated At", "datetime", "updated_at"),
        ),
        display_name=display_name,
        dedupe=(key,),
        keeps_key=True,
    )


@cache
def company_type() -> ObjectType:
    """Return the object type of companies."""
    return _account(COMPANY, "Company", "externalCompanyId", COMPANY_FIELDS, "company")


@cache
def sales_person_type() -> ObjectType:
    """Return the object type of sales persons."""
    return _account(SALES_PERSON, "Sales Person", "externalSalesPersonId", SALES_PERSON_FIELDS, "email")
