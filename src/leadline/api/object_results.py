"""What custom objects and their types look like in answers and in bodies, as JSON schemas."""

from leadline.api.schema_parts import (
    BOOLEAN,
    INSTANT,
    INTEGER,
    OPEN_INSTANT,
    OPEN_STRING,
    STRING,
    Schema,
    list_of,
    object_of,
)

_TARGET = object_of({"name": STRING, "field": STRING})
_LINK = object_of(
    {"field": STRING, "type": {"enum": ["parent", "child"]}, "object": _TARGET, "relatedTo": _TARGET},
    optional=("object", "relatedTo"),
)
_FIELD = object_of(
    {
        "name": STRING,
        "displayName": STRING,
        "description": STRING,
        "dataType": STRING,
        "length": INTEGER,
        "updateable": BOOLEAN,
        "crmManaged": BOOLEAN,
    },
    optional=("description", "length", "crmManaged"),
)
_KEYS = {
    "dedupeFields": list_of(STRING),
    "searchableFields": list_of(list_of(STRING)),
    "relationships": list_of(_LINK),
    "fields": list_of(_FIELD),
}
_KEY = object_of({"name": STRING, "displayName": STRING, "dataType": STRING})
OBJECT_RESULTS: dict[str, Schema] = {
    "ObjectDescription": object_of(
        {
            "name": STRING,
            "displayName": STRING,
            "description": OPEN_STRING,
            "createdAt": INSTANT,
            "updatedAt": INSTANT,
            "idField": STRING,
        }
        | _KEYS,
        optional=("relationships", "fields"),
    ),
    "CustomObjectType": object_of(
        {
            "state": {"enum": ["draft", "approved", "approvedWithDraft"]},
            "version": {"enum": ["draft", "approved"]},
            "displayName": STRING,
            "description": OPEN_STRING,
            "apiName": STRING,
            "idField": OPEN_STRING,
            "createdAt": OPEN_INSTANT,
            "updatedAt": OPEN_INSTANT,
        }
        | _KEYS,
        optional=("version",),
    ),
    "LinkableObject": object_of({"name": STRING, "displayName": STRING, "fields": list_of(_KEY)}),
    "Dependent": object_of(
        {"assetType": STRING, "assetId": INTEGER, "assetName": STRING, "usedFields": list_of(STRING)}
    ),
}
_TYPE = {"action": STRING, "apiName": STRING, "displayName": STRING, "pluralName": STRING}
_CHANGE = {"displayName": STRING, "dataType": STRING, "description": STRING, "isDedupeField": BOOLEAN}
OBJECT_BODIES: dict[str, Schema] = {
    "ObjectTypeSync": object_of(
        _TYPE | {"description": STRING, "showInLeadDetail": BOOLEAN},
        optional=("action", "displayName", "pluralName", "description", "showInLeadDetail"),
    ),
    "ObjectField": object_of(_CHANGE | {"relatedTo": _TARGET}, optional=(*_CHANGE, "relatedTo")),
}
