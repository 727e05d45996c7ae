"""The OpenAPI 3.1 document, made from the same table that routes calls."""

from typing import Any

from leadline import __version__
from leadline.api.call import Endpoint, Parameter
from leadline.api.object_results import OBJECT_BODIES, OBJECT_RESULTS
from leadline.api.record_results import BODIES, RECORD_RESULTS
from leadline.api.results import RESULTS
from leadline.api.schema_parts import BOOLEAN, INTEGER, STRING, Schema, list_of, object_of

_TYPES: dict[str, Schema] = {
    "string": STRING,
    "integer": INTEGER,
    "boolean": BOOLEAN,
    "binary": {"type": "string", "contentMediaType": "text/csv"},
}
_FORMS = {"form": "multipart/form-data", "field": "application/x-www-form-urlencoded"}


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
            "schemas": RESULTS | RECORD_RESULTS | OBJECT_RESULTS | BODIES | OBJECT_BODIES,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    form = [each for each in endpoint.parameters if each.place in _FORMS]
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "parameters": [_parameter(each) for each in endpoint.parameters if each.place not in _FORMS],
        "responses": _responses(endpoint),
    }
    if endpoint.permissions:
        operation["description"] = f"Needs the permission {' or '.join(endpoint.permissions)}."
    if form:
        content = object_of({each.name: _described(each) for each in form})
        content["required"] = [each.name for each in form if each.required]
        kind = _FORMS[form[0].place]
        operation["requestBody"] = {
            "required": kind == _FORMS["form"],
            "content": {kind: {"schema": content}},
        }
        operation["parameters"] += [
            _parameter(Parameter(each.name, "query", each.description, each.type))
            for each in form
            if each.type != "binary"
        ]
    if endpoint.body is not None:
        schema = {"$ref": f"#/components/schemas/{endpoint.body}"}
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {"required": endpoint.body_required, "content": content}
    if endpoint.open:
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
    error = {"$ref": f"#/components/schemas/{'AssetError' if endpoint.asset else 'Error'}"}
    if endpoint.result == "Token":
        refused = _json("Refused", {"$ref": "#/components/schemas/IdentityError"})
        token = _json("A token", {"$ref": "#/components/schemas/Token"})
        return {"200": token, "400": refused, "401": refused, "413": refused}
    too_large = {"413": _json("Body too large", error), "414": _json("Address too long", error)}
    if endpoint.result == "text/csv":
        found = {"text/csv": {"schema": STRING}, "application/json": {"schema": error}}
        missing = {"description": "No such file", "content": {"text/plain": {"schema": STRING}}}
        return {
            "200": {"description": "The file, or an error", "content": found},
            "404": missing,
            **too_large,
        }
    item = {"$ref": f"#/components/schemas/{endpoint.result}"}
    if endpoint.asset:
        return {"200": _json("The result, or an error", {"oneOf": [_asset(item), error]}), **too_large}
    found = object_of(
        {
            "requestId": STRING,
            "success": {"const": True},
            "result": list_of(item),
            "nextPageToken": STRING,
            "moreResult": BOOLEAN,
        },
        optional=("nextPageToken", "moreResult", *(("result",) if endpoint.result == "NoItem" else ())),
    )
    return {"200": _json("The result, or an error", {"oneOf": [found, error]}), **too_large}


def _asset(item: Schema) -> Schema:
    """Return the success envelope of assets."""
    return object_of(
        {
            "requestId": STRING,
            "success": {"const": True},
            "errors": list_of(STRING),
            "warnings": list_of(STRING),
            "result": list_of(item),
        },
        optional=("result",),
    )


def _json(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
