"""The OpenAPI 3.1 document, made from the same table that routes calls."""

from collections.abc import Mapping
from typing import Any

from leadline import __version__
from leadline.api.call import Endpoint, Parameter

Schema = dict[str, Any]

_STRING: Schema = {"type": "string"}
_INTEGER: Schema = {"type": "integer"}
_BOOLEAN: Schema = {"type": "boolean"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_DATE: Schema = {"type": "string", "format": "date"}
_OPEN_INSTANT: Schema = {"type": ["string", "null"], "format": "date-time"}
_OPEN_NUMBER: Schema = {"type": ["number", "null"]}
_STATUS: Schema = {"enum": ["Queued", "Importing", "Complete", "Failed"]}


def _object(properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required}


def _list_of(item: Schema) -> Schema:
    return {"type": "array", "items": item}


_ERROR = _object({"code": {"type": "string", "pattern": "^[0-9]+$"}, "message": _STRING})
_NAME_PART = _object({"name": _STRING, "readOnly": _BOOLEAN})
_JOB_BASE = {"batchId": _INTEGER, "importId": _STRING, "status": _STATUS}
_SCHEMAS: dict[str, Schema] = {
    "Token": _object(
        {
            "access_token": _STRING,
            "token_type": {"const": "bearer"},
            "expires_in": {"type": "integer", "minimum": 1},
            "scope": _STRING,
        }
    ),
    "IdentityError": _object({"error": _STRING, "error_description": _STRING}),
    "Error": _object(
        {"requestId": _STRING, "success": {"const": False}, "errors": _list_of(_ERROR)},
    ),
    "CreatedJob": _object(_JOB_BASE),
    "JobStatus": _object(
        _JOB_BASE
        | {
            "numOfLeadsProcessed": _INTEGER,
            "numOfRowsFailed": _INTEGER,
            "numOfRowsWithWarning": _INTEGER,
            "message": _STRING,
        },
        optional=("numOfLeadsProcessed", "numOfRowsFailed", "numOfRowsWithWarning", "message"),
    ),
    "Lead": {"type": "object", "properties": {"id": _INTEGER}, "required": ["id"]},
    "DescribedField": _object(
        {
            "id": _INTEGER,
            "displayName": _STRING,
            "dataType": _STRING,
            "length": _INTEGER,
            "rest": _NAME_PART,
            "soap": _NAME_PART,
        },
        optional=("length",),
    ),
    "Description": _object(
        {
            "name": _STRING,
            "searchableFields": _list_of(_list_of(_STRING)),
            "fields": _list_of(
                _object(
                    {
                        "name": _STRING,
                        "displayName": _STRING,
                        "dataType": _STRING,
                        "length": _INTEGER,
                        "updateable": _BOOLEAN,
                        "crmManaged": _BOOLEAN,
                    },
                    optional=("length",),
                )
            ),
        }
    ),
    "Partition": _object({"id": _INTEGER, "name": _STRING, "description": _STRING}),
    "StaticList": _object(
        {
            "id": _INTEGER,
            "name": _STRING,
            "description": _STRING,
            "workspaceName": _STRING,
            "createdAt": _INSTANT,
            "updatedAt": _INSTANT,
        },
        optional=("description",),
    ),
    "Membership": _object(
        {
            "id": _INTEGER,
            "status": {"enum": ["memberof", "notmemberof", "skipped"]},
            "reasons": _list_of(_ERROR),
        },
        optional=("reasons",),
    ),
    "UsageDay": _object(
        {
            "date": _DATE,
            "total": _INTEGER,
            "users": _list_of(_object({"userId": _STRING, "count": _INTEGER})),
        }
    ),
    "ErrorDay": _object(
        {
            "date": _DATE,
            "total": _INTEGER,
            "errors": _list_of(_object({"errorCode": _STRING, "count": _INTEGER})),
        }
    ),
    "Job": _object(
        {
            "batchId": _INTEGER,
            "kind": _STRING,
            "status": _STATUS,
            "format": {"enum": ["csv", "tsv", "ssv"]},
            "lookupField": _STRING,
            "listId": {"type": ["integer", "null"]},
            "fileBytes": _INTEGER,
            **dict.fromkeys(("processed", "failed", "warnings", "created", "updated", "unchanged"), _INTEGER),
            "createdAt": _INSTANT,
            "startedAt": _OPEN_INSTANT,
            "finishedAt": _OPEN_INSTANT,
            "rate": _OPEN_NUMBER,
            "remaining": _OPEN_NUMBER,
            "message": {"type": ["string", "null"]},
        }
    ),
}
_TYPES: dict[str, Schema] = {
    "string": _STRING,
    "integer": _INTEGER,
    "binary": {"type": "string", "contentMediaType": "text/csv"},
}


def build_document(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    """Return the document of all endpoints and of the operator's own routes."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    for path, summary, content_type in (
        ("/health/live", "Whether the process lives", "application/json"),
        ("/health/ready", "Whether calls are taken", "application/json"),
        ("/metrics", "Prometheus text", "text/plain"),
        ("/openapi.json", "This document", "application/json"),
    ):
        answer = {"200": {"description": summary, "content": {content_type: {}}}}
        if path == "/health/ready":
            answer["503"] = {"description": "The store does not answer", "content": {content_type: {}}}
        paths[path] = {"get": {"summary": summary, "security": [], "responses": answer}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Leadline", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    form = [each for each in endpoint.parameters if each.place == "form"]
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "parameters": [_parameter(each) for each in endpoint.parameters if each.place != "form"],
        "responses": _responses(endpoint),
    }
    if endpoint.permissions:
        operation["description"] = f"Needs the permission {' or '.join(endpoint.permissions)}."
    if form:
        body = _object({each.name: _described(each) for each in form})
        body["required"] = [each.name for each in form if each.required]
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": body}}}
        operation["parameters"] += [
            _parameter(Parameter(each.name, "query", each.description, each.type))
            for each in form
            if each.type != "binary"
        ]
    if endpoint.path.startswith("/identity/"):
        operation["security"] = []
    return operation


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.description,
        "schema": _TYPES[parameter.type],
    }


def _described(parameter: Parameter) -> Schema:
    return _TYPES[parameter.type] | {"description": parameter.description}


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    error = {"$ref": "#/components/schemas/Error"}
    if endpoint.result == "Token":
        refused = _json("Refused", {"$ref": "#/components/schemas/IdentityError"})
        token = _json("A token", {"$ref": "#/components/schemas/Token"})
        return {"200": token, "400": refused, "401": refused, "413": refused}
    too_large = {"413": _json("Body too large", error), "414": _json("Address too long", error)}
    if endpoint.result == "text/csv":
        found = {"text/csv": {"schema": _STRING}, "application/json": {"schema": error}}
        missing = {"description": "No such file", "content": {"text/plain": {"schema": _STRING}}}
        return {
            "200": {"description": "The file, or an error", "content": found},
            "404": missing,
            **too_large,
        }
    item = {"$ref": f"#/components/schemas/{endpoint.result}"}
    found = _object(
        {
            "requestId": _STRING,
            "success": {"const": True},
            "result": _list_of(item),
            "nextPageToken": _STRING,
            "moreResult": _BOOLEAN,
        },
        optional=("nextPageToken", "moreResult"),
    )
    return {"200": _json("The result, or an error", {"oneOf": [found, error]}), **too_large}


def _json(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
