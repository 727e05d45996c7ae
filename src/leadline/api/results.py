"""What a result item of each endpoint looks like, as JSON schemas: jobs, identity, statistics."""

from leadline.api.schema_parts import (
    BOOLEAN,
    DATE,
    INSTANT,
    INTEGER,
    OPEN_INSTANT,
    OPEN_NUMBER,
    REASONS,
    STATUS,
    STRING,
    Schema,
    list_of,
    object_of,
)

_NAME_PART = object_of({"name": STRING, "readOnly": BOOLEAN})
_ERROR = {"requestId": STRING, "success": {"const": False}, "errors": REASONS}
_JOB_BASE = {"batchId": INTEGER, "importId": STRING, "status": STATUS}
RESULTS: dict[str, Schema] = {
    "Token": object_of(
        {
            "access_token": STRING,
            "token_type": {"const": "bearer"},
            "expires_in": {"type": "integer", "minimum": 1},
            "scope": STRING,
        }
    ),
    "IdentityError": object_of({"error": STRING, "error_description": STRING}),
    "Error": object_of(_ERROR),
    "AssetError": object_of(_ERROR | {"warnings": list_of(STRING)}),
    "CreatedJob": object_of(_JOB_BASE),
    "JobStatus": object_of(
        _JOB_BASE
        | {
            "numOfLeadsProcessed": INTEGER,
            "numOfRowsFailed": INTEGER,
            "numOfRowsWithWarning": INTEGER,
            "message": STRING,
        },
        optional=("numOfLeadsProcessed", "numOfRowsFailed", "numOfRowsWithWarning", "message"),
    ),
    "Lead": {"type": "object", "properties": {"id": INTEGER}, "required": ["id"]},
    "DescribedField": object_of(
        {
            "id": INTEGER,
            "displayName": STRING,
            "dataType": STRING,
            "length": INTEGER,
            "rest": _NAME_PART,
            "soap": _NAME_PART,
        },
        optional=("length",),
    ),
    "Partition": object_of({"id": INTEGER, "name": STRING, "description": STRING}),
    "StaticList": object_of(
        {
            "id": INTEGER,
            "name": STRING,
            "description": STRING,
            "programName": STRING,
            "workspaceName": STRING,
            "createdAt": INSTANT,
            "updatedAt": INSTANT,
        },
        optional=("description", "programName"),
    ),
    "UsageDay": object_of(
        {
            "date": DATE,
            "total": INTEGER,
            "users": list_of(object_of({"userId": STRING, "count": INTEGER})),
        }
    ),
    "ErrorDay": object_of(
        {
            "date": DATE,
            "total": INTEGER,
            "errors": list_of(object_of({"errorCode": STRING, "count": INTEGER})),
        }
    ),
    "Job": object_of(
        {
            "batchId": INTEGER,
            "kind": STRING,
            "status": STATUS,
            "format": {"enum": ["csv", "tsv", "ssv"]},
            "lookupField": STRING,
            "listId": {"type": ["integer", "null"]},
            "programId": {"type": ["integer", "null"]},
            "fileBytes": INTEGER,
            **dict.fromkeys(("processed", "failed", "warnings", "created", "updated", "unchanged"), INTEGER),
            "createdAt": INSTANT,
            "startedAt": OPEN_INSTANT,
            "finishedAt": OPEN_INSTANT,
            "rate": OPEN_NUMBER,
            "remaining": OPEN_NUMBER,
            "message": {"type": ["string", "null"]},
        }
    ),
}
