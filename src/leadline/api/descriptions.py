"""How object types are described, the same for leads, members and all others (contract §9.4, §9.8-9.10)."""

from leadline.api.record_answers import AccountDescription, Attribute, CrmAttribute, Described, Length
from leadline.schema.catalog import Field, ObjectType

BEGAN = "2008-04-01T00:00:00Z"
"""When the objects that everybody has were made."""


def length_of(field: Field) -> Length:
    """Return the length of a field, as far as its type has one."""
    return {} if field.length is None else {"length": field.length}


def described_fields(object_type: ObjectType) -> list[CrmAttribute]:
    """Return the fields of an object type."""
    return [{**_described(field), "crmManaged": False} for field in object_type.fields]


def _described(field: Field) -> Attribute:
    return {
        "name": field.name,
        "displayName": field.display_name,
        "dataType": field.type.name,
        **length_of(field),
        "updateable": not (field.read_only or field.fixed),
    }


def described_account(
    object_type: ObjectType, description: str | None, searchable: tuple[str, ...]
) -> AccountDescription:
    """Describe companies or sales persons as their pages do: no display name, and no word of a CRM."""
    described: Described = {} if description is None else {"description": description}
    return {
        "name": object_type.display_name,
        **described,
        "createdAt": BEGAN,
        "updatedAt": BEGAN,
        "idField": object_type.id_name,
        "dedupeFields": list(object_type.dedupe),
        "searchableFields": [[name] for name in searchable],
        "fields": [_described(field) for field in object_type.fields],
    }
