"""How object types are described, the same for leads, members and all others (contract §9.4, §9.8-9.10)."""

from typing import Any

BEGAN = "2008-04-01T00:00:00Z"
"""When the objects that everybody has were made."""


def described_fields(object_type: Any) -> list[dict[str, object]]:
    """Return the fields of an object type; `length` is left out for types without one."""
    return [
        {"name": field.name, "displayName": field.display_name, "dataType": field.type.name}
        | ({} if field.length is None else {"length": field.length})
        | {"updateable": not field.read_only, "crmManaged": False}
        for field in object_type.fields
    ]
