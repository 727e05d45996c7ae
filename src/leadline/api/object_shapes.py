"""How custom objects are shown: to who reads records, and to who edits their types (contract §9.9).

The two show the same thing in different words, as the original's samples do: a lead that a field
links to is the parent of a record, and the type is the lead's child.
"""

from typing import Literal

from leadline.api.descriptions import length_of
from leadline.api.object_type_answers import (
    CustomObjectType,
    FieldWords,
    LinkableObject,
    LinkTarget,
    ObjectDescription,
    ObjectField,
    Relationship,
    Version,
)
from leadline.model.instants import render_instant
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.object_links import Offer
from leadline.schema.objects import ObjectDefinition, StoredObject


def listed_item(stored: StoredObject, object_type: ObjectType) -> ObjectDescription:
    """Return what the list of approved custom objects says of one."""
    return {**_head(stored, object_type), "relationships": _relationships(object_type, "parent", "relatedTo")}


def described_item(stored: StoredObject, object_type: ObjectType) -> ObjectDescription:
    """Return what describe says of a custom object; without links it has no word of relationships."""
    item = _head(stored, object_type)
    if links := _relationships(object_type, "parent", "object"):
        item["relationships"] = links
    item["fields"] = [_field(each) for each in _in_order(object_type)]
    return item


def _head(stored: StoredObject, object_type: ObjectType) -> ObjectDescription:
    assert stored.approved is not None, "records belong to approved objects"
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


def type_item(
    stored: StoredObject, definition: ObjectDefinition, object_type: ObjectType
) -> CustomObjectType:
    """Return one of the two versions of a type; one that was never approved has no id and no dates yet."""
    approved = stored.approved is not None
    is_draft = definition is not stored.approved
    version: Version = {"version": "draft" if is_draft else "approved"} if approved else {}
    return {
        "state": stored.state,
        **version,
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
                "dataType": each.type.name,
                **length_of(each),
                "updateable": not each.read_only,
                "crmManaged": False,
            }
            for each in (object_type.fields if is_draft else _in_order(object_type))
        ],
    }


def offer_item(offer: Offer) -> LinkableObject:
    """Return an object that link fields may point to; leads' and companies' keys go by display name."""
    return {
        "name": offer.name,
        "displayName": offer.display_name,
        "fields": [
            {
                "name": each.name if offer.custom else each.display_name,
                "displayName": each.display_name,
                "dataType": each.type.name,
            }
            for each in offer.fields
        ],
    }


def _searchable(object_type: ObjectType, *, approved: bool = True) -> list[list[str]]:
    """Return what records are found by: the dedupe fields, the id once there are records, each link."""
    dedupe = list(object_type.dedupe)
    single = [[each.name] for each in object_type.searchable if approved or not each.system]
    return [dedupe, *(each for each in single if each != dedupe)]


def _relationships(
    object_type: ObjectType, kind: Literal["parent", "child"], member: Literal["object", "relatedTo"]
) -> list[Relationship]:
    found: list[Relationship] = []
    for each in object_type.fields:
        if each.link:
            target: LinkTarget = {"name": each.link.object_name, "field": each.link.field_name}
            found.append({"field": each.name, "type": kind})
            found[-1][member] = target
    return found


def _in_order(object_type: ObjectType) -> list[Field]:
    """Return the fields as approved types show them: their own behind those of every type, each by name."""
    return sorted(object_type.fields, key=lambda each: (not each.system, each.name.lower()))


def _field(each: Field) -> ObjectField:
    words: FieldWords = {} if each.description is None else {"description": each.description}
    return {
        "name": each.name,
        "displayName": each.display_name,
        **words,
        "dataType": each.type.name,
        **length_of(each),
        "updateable": not each.read_only,
    }
