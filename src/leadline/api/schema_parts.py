"""Small JSON schemas that the larger ones are made of."""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
DATE: Schema = {"type": "string", "format": "date"}
OPEN_STRING: Schema = {"type": ["string", "null"]}
OPEN_INSTANT: Schema = {"type": ["string", "null"], "format": "date-time"}
OPEN_NUMBER: Schema = {"type": ["number", "null"]}
STATUS: Schema = {"enum": ["Queued", "Importing", "Complete", "Failed"]}


def object_of(properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object; members that are not optional are required."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required}


def list_of(item: Schema) -> Schema:
    """Return the schema of an array."""
    return {"type": "array", "items": item}


REASONS = list_of(object_of({"code": {"type": "string", "pattern": "^[0-9]+$"}, "message": STRING}))


def told(words: tuple[str, ...], **members: Schema) -> Schema:
    """Return what an item says that was done, in one of the words, or skipped with reasons."""
    status: Schema = {"enum": [*words, "skipped"]}
    return object_of(members | {"status": status, "reasons": REASONS}, optional=("reasons", *members))


def records_in(item: Schema, **members: Schema) -> Schema:
    """Return a body with up to 300 records, and what stands beside them."""
    records: Schema = {"type": "array", "items": item, "minItems": 1, "maxItems": 300}
    body = object_of({"input": records} | members)
    return body | {"required": ["input"]}
