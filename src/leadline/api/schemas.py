"""JSON schemas, derived from the types that answers are made of, so that the two cannot drift.

A type is a `TypedDict`, a list, a `Literal`, an enumeration, a plain type, or a union of these.
`Annotated` adds what a type does not say: a text describes a member, `Keywords` narrow its value.
"""

import types
from enum import StrEnum
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from leadline.schema.types import FIELD_TYPES

Schema = dict[str, Any]
T = TypeVar("T")


class Keywords:
    """Keywords of JSON schema that say more of a value than its type."""

    def __init__(self, **keywords: object) -> None:
        self.keywords = keywords


_OPEN: set[Any] = set()


def with_other_members(kind: type[T]) -> type[T]:
    """Mark a `TypedDict` whose values have more members than it names, such as fields of records."""
    _OPEN.add(kind)
    return kind


Instant = Annotated[str, Keywords(format="date-time")]
Day = Annotated[str, Keywords(format="date")]
AssetInstant = Annotated[str, Keywords(pattern=r"Z\+0000$")]
"""An instant as assets show it: `2015-05-21T22:45:13Z+0000`."""
DataType = Annotated[str, Keywords(enum=sorted(FIELD_TYPES))]

_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    types.NoneType: {"type": "null"},
    object: {},
}


class Schemas:
    """Derives schemas; each `TypedDict` stands once in `components`, under its own name."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:
        """Return the schema of a type, as a reference where it has a name."""
        if is_typeddict(kind):
            if kind.__name__ not in self.components:
                self.components[kind.__name__] = {}  # known from here on, should it refer to itself
                self.components[kind.__name__] = self._object(kind)
            return {"$ref": f"#/components/schemas/{kind.__name__}"}
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return _annotated(self.of(arguments[0]), arguments[1:])
        if origin in (Required, NotRequired):
            return self.of(arguments[0])
        if origin is Literal:
            return {"type": "string", "enum": [str(each) for each in arguments]}
        if origin is list:
            return {"type": "array", "items": self.of(arguments[0])}
        if origin in (Union, types.UnionType):
            return _any_of([self.of(each) for each in arguments])
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return {"type": "string", "enum": [each.value for each in kind]}
        return dict(_PLAIN[kind])

    def _object(self, kind: Any) -> Schema:
        hints = get_type_hints(kind, include_extras=True)
        found: Schema = {"type": "object"}
        if said := vars(kind).get("__doc__"):
            found["description"] = " ".join(said.split())
        found["properties"] = {name: self.of(each) for name, each in hints.items()}
        if required := [name for name in hints if name in kind.__required_keys__]:
            found["required"] = required
        if kind in _OPEN:
            found["additionalProperties"] = True
        return found


def _annotated(schema: Schema, notes: tuple[Any, ...]) -> Schema:
    for note in notes:
        added = {"description": note} if isinstance(note, str) else note.keywords
        schema = {"allOf": [schema], **added} if "$ref" in schema else schema | added
    return schema


def _any_of(parts: list[Schema]) -> Schema:
    """Return a union; a plain type that may be null is one schema with two types."""
    null = _PLAIN[types.NoneType]
    others = [each for each in parts if each != null]
    if len(others) == 1 and len(parts) == 2 and "type" in others[0] and "enum" not in others[0]:
        return others[0] | {"type": [others[0]["type"], "null"]}
    return {"anyOf": parts}
