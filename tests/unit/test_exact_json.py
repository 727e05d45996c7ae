"""Numbers of JSON: exact where that is of use, and of bounded cost where it is not (§8)."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.schema.exact_json import read_json, shown_json, write_json
from leadline.schema.types import FIELD_TYPES

NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15),
    st.text(st.sampled_from('"\\é\n'), max_size=3),
    st.booleans(),
    st.none(),
)


@given(st.dictionaries(st.text(max_size=3), st.lists(NUMBERS, max_size=3), max_size=3))
def test_what_is_written_is_read_again(value: object) -> None:
    text = write_json(value)
    assert read_json(text) == value
    assert json.loads(text, parse_float=Decimal) == value


@pytest.mark.parametrize(
    "text", ["0.1", "123456789012345.6789", "-0.5", "1e3", "1E-7", "9007199254740993.0", "1.50"]
)
def test_a_fraction_is_read_exactly(text: str) -> None:
    assert Fraction(read_json(text)) == Fraction(text)
    assert Fraction(json.loads(write_json(read_json(text)), parse_float=Decimal)) == Fraction(text)


@pytest.mark.parametrize(
    "text", ["1e999999999", "-1e999999999", "1e-999999999", "0e999999999", "-0.0", "0.0"]
)
def test_what_could_cost_any_time_is_a_double(text: str) -> None:
    """`as_integer_ratio` of such a decimal, which others may ask for, makes a number of a thousand million digits."""
    assert isinstance(read_json(text), float)
    assert isinstance(read_json(f"[0.{'1' * 100_000}]")[0], float)
    assert len(shown_json(read_json(text))) < 20


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1.", ".5", "0x1", ""])
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(ValueError, match=r"NaN|Infinity|Expecting|Extra data"):
        read_json(text)


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_amount_is_shown_to_its_last_decimal(count: int) -> None:
    shown = write_json(FIELD_TYPES["currency"].render(count))
    assert Fraction(shown) == Fraction(count, 10_000)
    assert "e" not in shown.lower()
    assert len(shown.partition(".")[2]) in range(1, 5)
