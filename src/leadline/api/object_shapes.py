"""How custom objects are shown: to who reads records, and to who edits their types (contract §9.9).

The two show the same thing in different words, as the original's samples do: a lead that a field
links to is the parent of a record, and the type is the lead's child.
"""

from typing import Any

from leadline.model.instants import render_instant


def listed_item(stored: Any, object_type: Any) -> dict[str, object]:
    """Return what the list of approved custom objects says of one."""
    return _head(stored, object_type) | {"relationships": _relationships(object_type, "parent", "relatedTo")}


def described_item(stored: Any, object_type: Any) -> dict[str, object]:
    """Return what describe says of a custom object; without links it has no word of relationships."""
    links = _relationships(object_type, "parent", "object")
    return (
        _head(stored, object_type)
        | ({"relationships": links} if links else {})
        | {"fields": [_field(each) for each in _in_order(object_type)]}
    )


def _head(stored: Any, object_type: Any) -> dict[str, object]:
    return {
        "name": object_type.name,
        "displayName": object_type.display_name,
        "description": stored.approved.description,
        "createdAt": render_instant(stored.created_at),
        "updatedAt": render_instant(stored.updated_at),
        "idField": object_type.id_name,
        "dedupeFields": list(object_type.dedupe),
        "searchableFields": _searchable(object_type),
    }


def type_item(stored: Any, definition: Any, object_type: Any) -> dict[str, object]:
    """Return one of the two versions of a type; one that was never approved has no id and no dates yet."""
    approved = stored.approved is not None
    version = "approved" if definition is stored.approved else "draft"
    return {
        "state": stored.state,
        **({"version": version} if approved else {}),
        "displayName": definition.display_name,
        "description": definition.description,
        "apiName": definition.api_name,
        "idField": object_type.id_name if approved else None,
        "createdAt": render_instant(stored.created_at) if approved else None,
        "updatedAt": render_instant(stored.updated_at) if approved else None,
        "dedupeFields": list(object_type.dedupe),
        "searchableFields": _searchable(object_type, approved=approved),
        "relationships": _relationships(object_type, "child", "relatedTo"),
        "fields": [
            {
                "name": each.name,
                "displayName": each.display_name,
                **_kind(each),
                "updateable": not each.read_only,
                "crmManaged": False,
            }
            for each in (_in_order(object_type) if version == "approved" else object_type.fields)
        ],
    }


def offer_item(offer: Any) -> dict[str, object]:
    """Return an object that link fields may point to; leads' and companies' keys go by display name."""
    keys = [
        {
            "name": each.name if offer.custom else each.display_name,
            "displayName": each.display_name,
            "dataType": each.type.name,
        }
        for each in offer.fields
    ]
    return {"name": offer.name, "displayName": offer.display_name, "fields": keys}


def _searchable(object_type: Any, *, approved: bool = True) -> list[list[str]]:
    """Return what records are found by: the dedupe fields, the id once there are records, each link."""
    dedupe = list(object_type.dedupe)
    single = [[each.name] for each in object_type.searchable if approved or not each.system]
    return [dedupe, *(each for each in single if each != dedupe)]


def _relationships(object_type: Any, kind: str, member: str) -> list[dict[str, object]]:
    return [
        {
            "field": each.name,
            "type": kind,
            member: {"name": each.link.object_name, "field": each.link.field_name},
        }
        for each in object_type.fields
        if each.link
    ]


def _in_order(object_type: Any) -> list[Any]:
    """Return the fields as approved types show them: their own behind those of every type, each by name."""
    return sorted(object_type.fields, key=lambda each: (not each.system, each.name.lower()))


def _field(each: Any) -> dict[str, object]:
    return {
        "name": each.name,
        "displayName": each.display_name,
        **({} if each.description is None else {"description": each.description}),
        **_kind(each),
        "updateable": not each.read_only,
    }


def _kind(each: Any) -> dict[str, object]:
    return {"dataType": each.type.name} | ({} if each.length is None else {"length": each.length})
