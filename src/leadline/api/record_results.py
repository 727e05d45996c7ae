"""What records and assets look like in answers and in bodies, as JSON schemas."""

from leadline.api.schema_parts import (
    BOOLEAN,
    INSTANT,
    INTEGER,
    OPEN_STRING,
    STRING,
    Schema,
    list_of,
    object_of,
    records_in,
    told,
)

_JOB = {
    "batchId": INTEGER,
    "status": {"enum": ["Queued", "Importing", "Complete", "Failed"]},
    "objectApiName": STRING,
}
_ASSET_INSTANT: Schema = {"type": "string", "pattern": r"Z\+0000$"}
_ASSET_TIMES = {"createdAt": _ASSET_INSTANT, "updatedAt": _ASSET_INSTANT}
_FOLDER = object_of({"id": INTEGER, "type": {"enum": ["Folder", "Program"]}})
_PROGRAM = (
    dict.fromkeys(("name", "description", "url", "type", "channel", "status", "workspace"), STRING)
    | {
        "id": INTEGER,
        "folder": object_of({"type": {"const": "Folder"}, "value": INTEGER, "folderName": STRING}),
        "headStart": BOOLEAN,
    }
    | _ASSET_TIMES
)
_FIELD = object_of(
    {
        "name": STRING,
        "displayName": STRING,
        "dataType": STRING,
        "length": INTEGER,
        "updateable": BOOLEAN,
        "crmManaged": BOOLEAN,
    },
    optional=("length",),
)
_ACCOUNT_FIELD = object_of(
    {"name": STRING, "displayName": STRING, "dataType": STRING, "length": INTEGER, "updateable": BOOLEAN},
    optional=("length",),
)
_ANY: Schema = {"type": "object"}
_LEAD_ID = object_of({"leadId": INTEGER})
_MEMBERSHIP = {
    "id": INTEGER,
    "progressionStatus": STRING,
    "isExhausted": BOOLEAN,
    "acquiredBy": BOOLEAN,
    "reachedSuccess": BOOLEAN,
    "membershipDate": INSTANT,
    "updatedAt": INSTANT,
}
_NEW_FIELD = object_of({"name": STRING, "displayName": STRING, "dataType": STRING})


def _open_list(item: Schema) -> Schema:
    return list_of(item) | {"type": ["array", "null"]}


RECORD_RESULTS: dict[str, Schema] = {
    "CreatedObjectJob": object_of(_JOB),
    "ObjectJobStatus": object_of(
        _JOB
        | {"operation": {"const": "import"}}
        | dict.fromkeys(("numOfObjectsProcessed", "numOfRowsFailed", "numOfRowsWithWarning"), INTEGER)
        | {"importTime": STRING, "message": STRING},
        optional=(
            *("numOfObjectsProcessed", "numOfRowsFailed", "numOfRowsWithWarning"),
            *("importTime", "message"),
        ),
    ),
    "Description": object_of(
        {
            "name": STRING,
            "description": STRING,
            "createdAt": INSTANT,
            "updatedAt": INSTANT,
            "dedupeFields": list_of(STRING),
            "searchableFields": list_of(list_of(STRING)),
            "fields": list_of(_FIELD),
        },
        optional=("description", "createdAt", "updatedAt", "dedupeFields"),
    ),
    "SyncedLead": told(("created", "updated"), id=INTEGER),
    "IdStatus": told(
        ("created", "updated", "deleted", "added", "removed", "memberof", "notmemberof"), id=INTEGER
    ),
    "SyncedMember": told(("created", "updated", "deleted"), seq=INTEGER, leadId=INTEGER),
    "SyncedObject": told(("created", "updated", "deleted"), seq=INTEGER, marketoGUID=STRING),
    "SyncedAccount": told(("created", "updated", "deleted"), seq=INTEGER, id=INTEGER),
    "NameStatus": told(("created", "updated"), name=STRING),
    "ListOfLead": object_of({"listId": INTEGER, "createdAt": INSTANT, "updatedAt": INSTANT}),
    "Membership": object_of(_MEMBERSHIP),
    "Member": object_of({"seq": INTEGER, "leadId": INTEGER}),
    "AccountDescription": object_of(
        {
            "name": STRING,
            "description": STRING,
            "createdAt": INSTANT,
            "updatedAt": INSTANT,
            "idField": STRING,
            "dedupeFields": list_of(STRING),
            "searchableFields": list_of(list_of(STRING)),
            "fields": list_of(_ACCOUNT_FIELD),
        },
        optional=("description",),
    ),
    "ObjectRecord": object_of({"seq": INTEGER, "marketoGUID": STRING}, optional=("marketoGUID",)),
    "AccountRecord": object_of({"seq": INTEGER, "id": INTEGER}, optional=("id",)),
    "Text": STRING,
    "NoItem": {"type": "null"},
    "SchemaField": object_of(
        dict.fromkeys(("displayName", "name", "dataType"), STRING)
        | {"description": OPEN_STRING, "length": INTEGER}
        | dict.fromkeys(
            ("isHidden", "isHtmlEncodingInEmail", "isSensitive", "isCustom", "isApiCreated"), BOOLEAN
        ),
        optional=("length",),
    ),
    "Id": object_of({"id": INTEGER}),
    "ListAsset": object_of(
        {"id": INTEGER, "name": STRING, "description": STRING, "folder": _FOLDER, "computedUrl": STRING}
        | _ASSET_TIMES,
        optional=("description",),
    ),
    "Folder": object_of(
        dict.fromkeys(("name", "folderType", "path", "workspace"), STRING)
        | dict.fromkeys(("description", "url"), OPEN_STRING)
        | dict.fromkeys(("id", "accessZoneId"), INTEGER)
        | dict.fromkeys(("isArchive", "isSystem"), BOOLEAN)
        | {"folderId": _FOLDER, "parent": {"oneOf": [_FOLDER, {"type": "null"}]}}
        | _ASSET_TIMES
    ),
    "Program": object_of(
        _PROGRAM
        | {
            "tags": _open_list(object_of({"tagType": STRING, "tagValue": STRING})),
            "costs": _open_list(
                object_of({"startDate": STRING, "cost": INTEGER, "note": STRING}, optional=("note",))
            ),
        }
    ),
    "BrowsedProgram": object_of(_PROGRAM),
    "Channel": object_of(
        {
            "id": INTEGER,
            "name": STRING,
            "applicableProgramType": STRING,
            "progressionStatuses": list_of(
                object_of(
                    {
                        "name": STRING,
                        "step": INTEGER,
                        "description": OPEN_STRING,
                        "hidden": BOOLEAN,
                        "success": BOOLEAN,
                    }
                )
            ),
        }
        | _ASSET_TIMES
    ),
}
BODIES: dict[str, Schema] = {
    "Ids": records_in(object_of({"id": INTEGER})),
    "LeadIds": records_in(_LEAD_ID),
    "LeadSync": records_in(_ANY, action=STRING, lookupField=STRING, partitionName=STRING),
    "PartitionMoves": records_in(object_of({"id": INTEGER, "partitionName": STRING})),
    "MemberStatus": records_in(_LEAD_ID, statusName=STRING),
    "LeadStatus": records_in(object_of({"id": INTEGER}), status=STRING),
    "ObjectSync": records_in(_ANY, action=STRING, dedupeBy=STRING),
    "ObjectDelete": records_in(_ANY, deleteBy=STRING),
    "NewFields": records_in(_NEW_FIELD),
    "FieldChange": records_in(_ANY),
    "NewObjectFields": records_in(_NEW_FIELD),
    "Names": records_in(object_of({"name": STRING})),
}
