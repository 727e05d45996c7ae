"""How object types are described, the same for leads, members and all others (contract §9.4, §9.8-9.10)."""

from typing import Any

BEGAN = "2008-04-01T00:00:00Z"
"""When the objects that everybody has were made."""


def described_fields(object_type: Any) -> list[dict[str, object]]:
    """Return the fields of an object type; `length` is left out for types without one."""
    return [
        {"name": field.name, "displayName": field.display_name, "dataType": field.type.name}
        | ({} if field.length is None else {"length": field.length})
        | {"updateable": not (field.read_only or field.fixed), "crmManaged": False}
        for field in object_type.fields
    ]


def described_account(
    object_type: Any, description: str | None, searchable: tuple[str, ...]
) -> dict[str, object]:
    """Describe companies or sales persons as their pages do: no display name, and no word of a CRM."""
    fields = described_fields(object_type)
    return (
        {"name": object_type.display_name}
        | ({} if description is None else {"description": description})
        | {
            "createdAt": BEGAN,
            "updatedAt": BEGAN,
            "idField": object_type.id_name,
            "dedupeFields": list(object_type.dedupe),
            "searchableFields": [[name] for name in searchable],
            "fields": [{name: field[name] for name in field if name != "crmManaged"} for field in fields],
        }
    )
