"""The language of shapes finds what differs, and nothing else."""

import pytest

from tests.contract.reference.shapes import (
    FLAG,
    INSTANT,
    INTEGER,
    NUMBER,
    TEXT,
    AnyOrder,
    Many,
    Maybe,
    Nullable,
    OneOf,
    Shape,
    differences,
)

FITS: list[tuple[Shape, object]] = [
    (1, 1),
    (None, None),
    ({"a": TEXT, Maybe("b"): INTEGER, "c": FLAG}, {"a": "", "c": True}),
    ({"a": TEXT, Maybe("b"): INTEGER}, {"a": "", "b": 1}),
    (AnyOrder({"a": 1, "b": 2}), {"b": 2, "a": 1}),
    ([1, "x"], [1, "x"]),
    (Many(NUMBER), [1, 2.5]),
    (Many(INTEGER, 0), []),
    (Nullable(INSTANT), None),
    (OneOf(INTEGER, [TEXT]), ["x"]),
]
DIFFERS: list[tuple[Shape, object, str]] = [
    (1, True, "answer is True instead of 1"),
    (1, 1.0, "answer is 1.0 instead of 1"),
    (None, "", "answer is '' instead of None"),
    (INTEGER, True, "answer is True, not an integer"),
    (TEXT, None, "answer is None, not a text"),
    (INSTANT, "2015-05-17", "answer is '2015-05-17', not an instant as 2015-05-17T22:11:45Z"),
    ({"a": 1, "b": 2}, {"a": 1}, "answer has no b"),
    ({"a": 1}, {"a": 1, "b": 2}, "answer has b, which the reference does not know"),
    (
        {"a": 1, "b": 2},
        {"b": 2, "a": 1},
        "answer has its members in the order ['b', 'a'] instead of ['a', 'b']",
    ),
    ({"a": {"b": 1}}, {"a": {"b": 2}}, "answer.a.b is 2 instead of 1"),
    ({"a": 1}, [], "answer is [], not an object"),
    ([1, 2], [1], "answer is [1], not an array of 2 items"),
    ([1], [2], "answer[0] is 2 instead of 1"),
    (Many(INTEGER), [], "answer is [], not an array of 1 items"),
    (Many(INTEGER), None, "answer is None, not an array of 1 items"),
    (Many(INTEGER), [1, "x"], "answer[1] is 'x', not an integer"),
    (Nullable(INTEGER), "x", "answer is 'x', not an integer"),
    (OneOf(INTEGER, TEXT), 1.5, "answer is 1.5, which has none of 2 shapes"),
]


@pytest.fixture(autouse=True)
def store() -> None:
    """No database takes part."""


@pytest.mark.parametrize(("shape", "value"), FITS)
def test_what_fits(shape: Shape, value: object) -> None:
    assert differences(shape, value) == []


@pytest.mark.parametrize(("shape", "value", "sentence"), DIFFERS)
def test_what_differs(shape: Shape, value: object, sentence: str) -> None:
    assert differences(shape, value) == [sentence]
