"""A small language that says what an answer looks like, and the comparison with a true answer.

A shape is plain data:

- a text, number, flag or None stands for itself;
- a dict stands for an object with exactly these members, in this order; `Maybe("name")` may be absent;
- `AnyOrder({...})` is such an object whose order no sample shows;
- a list stands for an array with exactly these items, `Many(shape)` for one of any length;
- `Nullable(shape)` may be null as well, `OneOf(...)` is one of several shapes;
- a `Kind`, such as `TEXT` or `INSTANT`, stands for every value of that kind.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Shape = Any


@dataclass(frozen=True)
class Kind:
    """Every value that fits."""

    name: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True)
class Nullable:
    """A value of the shape, or null."""

    shape: Shape


@dataclass(frozen=True)
class OneOf:
    """A value of one of the shapes."""

    shapes: tuple[Shape, ...]

    def __init__(self, *shapes: Shape) -> None:
        object.__setattr__(self, "shapes", shapes)


@dataclass(frozen=True)
class Many:
    """An array of items that all have one shape; it has an item at least, since an empty one shows nothing."""

    shape: Shape
    least: int = 1


@dataclass(frozen=True)
class AnyOrder:
    """An object whose members may come in any order."""

    members: dict[str, Shape]


class Maybe(str):
    """The name of a member that may be absent."""


def written(name: str, pattern: str) -> Kind:
    """Return the kind of texts that a pattern describes whole."""
    return Kind(name, lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None)


TEXT = Kind("a text", lambda value: isinstance(value, str))
INTEGER = Kind("an integer", lambda value: type(value) is int)
NUMBER = Kind("a number", lambda value: type(value) in (int, float))
FLAG = Kind("true or false", lambda value: type(value) is bool)
DIGITS = written("digits in a text", r"\d+")
DAY = written("a day", r"\d{4}-\d\d-\d\d")
INSTANT = written("an instant as 2015-05-17T22:11:45Z", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ASSET_INSTANT = written("an instant as 2015-05-21T22:45:13Z+0000", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\+0000")
GUID = written("a marketoGUID", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REQUEST_ID = written("a requestId", r"[0-9a-f]{1,5}#[0-9a-f]{11}")
PAGE_TOKEN = written("a nextPageToken", r"[A-Z2-7]+=*")


def differences(shape: Shape, value: Any, where: str = "answer") -> list[str]:
    """Return in sentences how a value differs from a shape; nothing when it fits."""
    return list(_differences(shape, value, where))


def _differences(shape: Shape, value: Any, where: str) -> Iterator[str]:
    match shape:
        case Kind():
            if not shape.fits(value):
                yield f"{where} is {value!r}, not {shape.name}"
        case Nullable():
            if value is not None:
                yield from _differences(shape.shape, value, where)
        case OneOf():
            if all(differences(each, value) for each in shape.shapes):
                yield f"{where} is {value!r}, which has none of {len(shape.shapes)} shapes"
        case AnyOrder():
            yield from _members(shape.members, value, where, ordered=False)
        case dict():
            yield from _members(shape, value, where, ordered=True)
        case Many() | list():
            yield from _items(shape, value, where)
        case _:
            if type(value) is not type(shape) or value != shape:
                yield f"{where} is {value!r} instead of {shape!r}"


def _items(shape: Many | list[Shape], values: Any, where: str) -> Iterator[str]:
    length = len(values) if isinstance(values, list) else -1
    shapes = [shape.shape] * max(length, shape.least) if isinstance(shape, Many) else shape
    if length != len(shapes):
        yield f"{where} is {values!r}, not an array of {len(shapes)} items"
        return
    for number, (each, value) in enumerate(zip(shapes, values, strict=True)):
        yield from _differences(each, value, f"{where}[{number}]")


def _members(members: dict[str, Shape], value: Any, where: str, *, ordered: bool) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is {value!r}, not an object"
        return
    for name in members:
        if name not in value and not isinstance(name, Maybe):
            yield f"{where} has no {name}"
    for name in value:
        if name not in members:
            yield f"{where} has {name}, which the reference does not know"
    known = [name for name in value if name in members]
    if ordered and known != (wanted := [str(name) for name in members if name in value]):
        yield f"{where} has its members in the order {known} instead of {wanted}"
    for name, shape in members.items():
        if name in value:
            yield from _differences(shape, value[name], f"{where}.{name}")
