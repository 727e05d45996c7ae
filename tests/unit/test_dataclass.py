"""The program's own `dataclass` makes what the standard library's makes, in a fraction of its time."""

import copy
import dataclasses
import pickle
import re
import time
from collections.abc import Callable
from itertools import chain
from typing import Any, ClassVar

import pytest

from leadline.model.dataclass import dataclass
from tests.unit.test_rooms import PACKAGE, arrows, rooms

FLAGS = [
    {"frozen": True, "slots": True},
    {"frozen": True},
    {"slots": True},
    {"slots": True, "eq": False},
]


class Point:
    """A place on a map."""

    kinds: ClassVar[int] = 2
    x: int
    y: int = 0
    tags: list[str] = dataclasses.field(default_factory=list, compare=False)
    secret: str = dataclasses.field(default="hidden", repr=False)


class Alone:
    """A class with one member."""

    only: float


class Empty:
    """A class without members."""


class OwnMethods:
    """A class that compares in its own way."""

    name: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OwnMethods)

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "own"


class Prepared:
    """A class that makes one of its members itself."""

    name: str
    shouted: str = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shouted", self.name.upper())


class Counting:
    """A class with a member that is no argument and begins with a default."""

    name: str
    count: int = dataclasses.field(init=False, default=7)


NAN = float("nan")
INPUTS: list[tuple[type, list[tuple[Any, ...]]]] = [
    (Point, [(), (1,), (1, 2), (1, 2, ["a"]), (1, 2, ["b"]), (1, 2, [], "other"), (1, 2, 3, 4, 5)]),
    (Alone, [(1.0,), (2.0,), (NAN,), ([],)]),
    (Empty, [(), (1,)]),
    (OwnMethods, [("a",), ("b",)]),
    (Prepared, [("a",), ("b",), ("a", "A"), (1,)]),
    (Counting, [("a",), ("a", 1)]),
]


def result(make: Callable[[], Any]) -> Any:
    """Return what a call gives, or the kind of its exception."""
    try:
        return make()
    except (TypeError, AttributeError) as error:
        return type(error)


def behaviour(cls: type, arguments: list[tuple[Any, ...]]) -> list[Any]:
    """Return all that can be seen of a class of values and of values made from arguments."""
    values = [result(lambda each=each: cls(*each)) for each in arguments]
    made = [each for each in values if isinstance(each, cls)]
    seen: list[Any] = [isinstance(each, cls) or each for each in values]
    seen += [repr(each) for each in made]
    seen += [[each == other for other in [*made, None]] for each in made]
    seen += [
        [result(lambda v=each: hash(v)) == result(lambda v=other: hash(v)) for other in made] for each in made
    ]
    seen += [result(lambda v=each: isinstance(hash(v), int)) for each in made]
    seen += [repr(dataclasses.replace(each)) for each in made]
    seen += [repr(copy.deepcopy(each)) for each in made]
    seen += [[(each.name, each.compare, each.repr) for each in dataclasses.fields(cls)]]
    seen += [cls.__doc__, cls.__match_args__, hasattr(cls, "__slots__")]
    return seen


def body(given: type) -> dict[str, Any]:
    """Return what the body of a class holds, to make it again."""
    return {name: each for name, each in vars(given).items() if name not in ("__dict__", "__weakref__")}


def twice(given: type, flags: dict[str, bool]) -> tuple[type, type]:
    """Return a class made by the standard library, and the same class made by the program."""
    theirs, ours = type(given.__name__, (), body(given)), type(given.__name__, (), body(given))
    return dataclasses.dataclass(**flags)(theirs), dataclass(**flags)(ours)


@pytest.mark.parametrize("flags", FLAGS, ids=str)
@pytest.mark.parametrize(("given", "arguments"), INPUTS, ids=lambda each: getattr(each, "__name__", ""))
def test_is_the_standard_librarys(
    given: type, arguments: list[tuple[Any, ...]], flags: dict[str, bool]
) -> None:
    theirs, ours = twice(given, flags)
    assert behaviour(ours, arguments) == behaviour(theirs, arguments)


@dataclass(frozen=True, slots=True)
class Parent:
    """A class of which another is made."""

    level: ClassVar[str] = "info"
    name: str


@dataclass(frozen=True, slots=True)
class Child(Parent):
    """A class with more members."""

    level = "warning"
    count: int = 0


def test_a_subclass_has_the_members_of_both() -> None:
    child = Child("a", 1)
    assert repr(child) == "Child(name='a', count=1)"
    assert child == Child("a", 1)
    assert child != Child("a", 2)
    assert child != Parent("a")
    assert (Parent.level, child.level) == ("info", "warning")
    assert pickle.loads(pickle.dumps(child)) == child
    assert {child: 1}[Child("a", 1)] == 1


def test_is_made_in_a_fraction_of_the_time() -> None:
    """What a start saves is the reason for it; each class is the first of its kind, as at a start."""

    def seconds(decorate: Callable[[type], type]) -> float:
        classes = [type("Point", (), body(Point)) for _ in range(100)]
        began = time.process_time()
        for each in classes:
            decorate(each)
        return time.process_time() - began

    theirs = min(seconds(dataclasses.dataclass(frozen=True, slots=True)) for _ in range(3))
    ours = min(seconds(dataclass(frozen=True, slots=True)) for _ in range(3))
    assert ours < theirs / 7, (ours, theirs)


def test_rooms_that_know_the_model_take_it() -> None:
    """Whoever takes the standard library's makes each start longer without a word."""
    knowing = [files for room, files in rooms().items() if "model" in {room, *arrows()[room]}]
    others = [
        str(file.relative_to(PACKAGE))
        for file in chain.from_iterable(knowing)
        if re.search(r"^from dataclasses import .*\bdataclass\b", file.read_text("utf-8"), re.MULTILINE)
    ]
    assert not others, "import dataclass from leadline.model.dataclass"
