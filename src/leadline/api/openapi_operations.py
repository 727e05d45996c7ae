"""One operation of the OpenAPI document, from the row that declares its endpoint."""

import json
from functools import cache
from importlib import resources
from typing import Any

from leadline.api.answers import AssetError, Error, IdentityError, Token
from leadline.api.endpoint import CSV_FILE, Endpoint, Parameter
from leadline.api.openapi_errors import codes_of
from leadline.api.schemas import Schema, Schemas

_STRING: Schema = {"type": "string"}
_TYPES: dict[str, Schema] = {
    "string": _STRING,
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "binary": {"type": "string", "contentMediaType": "text/csv"},
}
_FORMS = {"form": "multipart/form-data", "field": "application/x-www-form-urlencoded"}
_TOKEN_FIELD = Parameter("access_token", "form", "The token, where no header or query has it")
_TOO_LONG = {"414": {"description": "The address is too long", "content": {"text/plain": {}}}}


@cache
def examples() -> dict[str, dict[str, Any]]:
    """Return what a server answered and was sent: `answers` by operation, `bodies` by type."""
    text = resources.files("leadline.api").joinpath("openapi_examples.json").read_text("utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


class OperationWriter:
    """Writes operations; the types that they name are collected in `schemas`."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def operation(self, endpoint: Endpoint) -> dict[str, Any]:
        """Return what the document says of an endpoint."""
        form = [each for each in endpoint.parameters if each.place in _FORMS]
        operation: dict[str, Any] = {
            "operationId": endpoint.operation_id,
            "tags": [endpoint.subject],
            "summary": endpoint.summary,
            "description": _description(endpoint),
            "parameters": [_parameter(each) for each in endpoint.parameters if each.place not in _FORMS],
            "responses": self._responses(endpoint),
        }
        if form:
            operation["requestBody"] = _form_body(form)
            operation["parameters"] += [_in_query(each) for each in form if each.type != "binary"]
        if endpoint.body is not None:
            operation["requestBody"] = self._json_body(endpoint)
        if endpoint.open:
            operation["security"] = []
        else:
            operation["x-error-codes"] = codes_of(endpoint)
        return operation

    def _json_body(self, endpoint: Endpoint) -> dict[str, Any]:
        content = {"schema": self._schemas.of(endpoint.body)}
        if example := examples()["bodies"].get(endpoint.body.__name__):
            content["example"] = example
        return {"required": endpoint.body_required, "content": {"application/json": content}}

    def _responses(self, endpoint: Endpoint) -> dict[str, Any]:
        if endpoint.result is Token:
            refused = _json("Refused", self._schemas.of(IdentityError))
            token = _json("A token", self._schemas.of(Token), _example(endpoint))
            return {"200": token, "400": refused, "401": refused, "413": refused, **_TOO_LONG}
        error = self._schemas.of(AssetError if endpoint.asset else Error)
        refused = {
            "413": _json("The body or file is too large", error),
            "414": _json("The address is too long", error),
        }
        for entry in endpoint.refusals:
            if entry.http_status != 200:
                refused[str(entry.http_status)] = _json(entry.when, error)
        if endpoint.result == CSV_FILE:
            found = {"text/csv": {"schema": _STRING}, "application/json": {"schema": error}}
            missing = {"description": "There is no such file", "content": {"text/plain": {"schema": _STRING}}}
            return {
                "200": {"description": "The file, or an error", "content": found},
                "404": missing,
                **refused,
            }
        schema = {"oneOf": [self._envelope(endpoint), error]}
        return {"200": _json("The result, or an error", schema, _example(endpoint)), **refused}

    def _envelope(self, endpoint: Endpoint) -> Schema:
        """Return what a success looks like (contract §0.2)."""
        members: dict[str, Schema] = {"requestId": _STRING, "success": {"type": "boolean", "const": True}}
        required = [*members]
        result = {
            "type": "array",
            "items": {} if endpoint.result is None else self._schemas.of(endpoint.result),
        }
        if endpoint.asset:
            texts = {"type": "array", "items": _STRING}
            members |= {"errors": texts, "warnings": texts, "result": result}
            required += ["errors", "warnings"]
        else:
            members |= {"result": result, "nextPageToken": _STRING, "moreResult": {"type": "boolean"}}
            required += [] if endpoint.result is None else ["result"]
        return {"type": "object", "properties": members, "required": required}


def operator_operations() -> dict[str, Any]:
    """Return the operations of the operator's own routes, by path."""
    found: dict[str, Any] = {}
    for name, path, summary, content_type in (
        ("health.live", "/health/live", "Whether the process lives", "application/json"),
        (
            "health.ready",
            "/health/ready",
            "Whether calls are taken, and a file would be taken up at once",
            "application/json",
        ),
        ("metrics.read", "/metrics", "Metrics as Prometheus text", "text/plain"),
        ("openapi.read", "/openapi.json", "This document", "application/json"),
    ):
        answers: dict[str, Any] = {
            "200": {"description": summary, "content": {content_type: {}}},
            **_TOO_LONG,
        }
        if path == "/health/ready":
            answers["503"] = {"description": "Not now; `status` says why", "content": {content_type: {}}}
        operation = {"operationId": name, "tags": ["operator"], "summary": summary}
        found[path] = {"get": operation | {"security": [], "responses": answers}}
    return found


def _description(endpoint: Endpoint) -> str:
    sentences = []
    if endpoint.permissions:
        sentences.append(f"Needs the permission {' or '.join(endpoint.permissions)}.")
    if not endpoint.open:
        sentences.append(f"May be refused with {', '.join(codes_of(endpoint))}.")
    return " ".join(sentences) or "Asks for no token."


def _form_body(form: list[Parameter]) -> dict[str, Any]:
    place = form[0].place
    schema: Schema = {
        "type": "object",
        "properties": {each.name: _described(each) for each in (*form, _TOKEN_FIELD)},
    }
    if required := [each.name for each in form if each.required]:
        schema["required"] = required
    return {"required": place == "form", "content": {_FORMS[place]: {"schema": schema}}}


def _in_query(parameter: Parameter) -> dict[str, Any]:
    """Return a form's parameter as it may stand in the query instead."""
    return _parameter(parameter) | {"in": "query", "required": False}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.description,
        "schema": _schema(parameter),
    }


def _described(parameter: Parameter) -> Schema:
    return _schema(parameter) | {"description": parameter.description}


def _schema(parameter: Parameter) -> Schema:
    choices = {"enum": [str(each) for each in parameter.choices]} if parameter.choices else {}
    return _TYPES[parameter.type] | choices


def _example(endpoint: Endpoint) -> dict[str, Any]:
    example = examples()["answers"].get(endpoint.name)
    return {"success": {"value": example}} if example else {}


def _json(description: str, schema: Schema, named: dict[str, Any] | None = None) -> dict[str, Any]:
    content = {"schema": schema} | ({"examples": named} if named else {})
    return {"description": description, "content": {"application/json": content}}
