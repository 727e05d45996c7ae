"""The decorator of classes of values: the standard library's, made in a fifth of the time.

A process of this program has up to 250 such classes. For each of them `dataclasses` compiles six
methods from text, which was a tenth of a start; here only `__init__` is compiled, when the first value
is made, and the classes share the others. That nobody changes a value that is `frozen` is for mypy to
see, not for the program while it runs, which makes such values faster too.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_INIT = "__init__"

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool = False, eq: bool = True) -> Callable[[type], type]:
        """Make a class of values, as `dataclasses.dataclass` does."""

        def made(cls: type) -> type:
            cls = dataclasses.dataclass(slots=slots, init=False, repr=False, eq=False)(cls)
            fields = dataclasses.fields(cls)
            _add(cls, _INIT, _initialising_later(cls, slots=slots))
            _add(cls, "__repr__", _representing([each.name for each in fields if each.repr]))
            if eq:
                values = _values([each.name for each in fields if each.compare])
                _add(cls, "__eq__", _equating(values))
                _add(cls, "__hash__", _hashing(values) if frozen else None)
            return cls

        return made


def _add(cls: type, name: str, method: Callable[..., Any] | None) -> None:
    """Give a class a method that it does not define itself; Python adds `__hash__ = None` to `__eq__`."""
    if vars(cls).get(name) is None:
        setattr(cls, name, method)


def _initialising_later(cls: type, *, slots: bool) -> Callable[..., None]:
    """Return what puts the library's `__init__` in its own place when the first value is made.

    The library compiles it for a class that has the same members, and slots where this one has: only then
    does it set members that are no arguments to their defaults.
    """

    def initialise(self: Any, *given: Any, **named: Any) -> None:
        fields = dataclasses.fields(cls)
        body = {each.name: each for each in fields} | {
            "__annotations__": {each.name: each.type for each in fields}
        }
        if hasattr(cls, "__post_init__"):
            body["__post_init__"] = cls.__post_init__
        alike: type = dataclasses.dataclass(slots=slots, repr=False, eq=False)(
            type(cls.__qualname__, (), body)
        )
        compiled = vars(alike)[_INIT]
        setattr(cls, _INIT, compiled)
        compiled(self, *given, **named)

    return initialise


def _values(names: list[str]) -> Callable[[Any], Any]:
    """Return what reads a value's members, as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _representing(names: list[str]) -> Callable[[Any], str]:
    def represented(self: Any) -> str:
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({told})"

    return represented


def _equating(values: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if type(self) is type(other) else NotImplemented

    return equal


def _hashing(values: Callable[[Any], Any]) -> Callable[[Any], int]:
    def hashed(self: Any) -> int:
        return hash(values(self))

    return hashed
