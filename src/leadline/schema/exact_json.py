"""JSON whose numbers stay what they are: a float holds 15 digits, an amount may have 19 (contract §8)."""

import json
import math
import secrets
from decimal import Decimal
from typing import Any

_NUMBER_LENGTH_MAX = 1_000
_SHOWN_MAX = 100
_MARK = secrets.token_hex(16)
"""The marks on both sides of a decimal until the text is whole: the writer of JSON knows no exact numbers."""


def read_json(text: str | bytes) -> Any:
    """Return a document, its fractions as decimals; raises ValueError, and RecursionError for a deep one."""
    return json.loads(text, parse_float=exact_number, parse_constant=_no_constant)


def exact_number(text: str) -> Decimal | float:
    """Return a number with a fraction or an exponent as it is written.

    What no double can hold, or what has very many digits, stays a double: to reckon with it
    exactly could take any time and space.
    """
    double = float(text)
    if not double or math.isinf(double) or len(text) > _NUMBER_LENGTH_MAX:
        return double
    return Decimal(text)


def _no_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads though they are no JSON."""
    raise ValueError(name)


def write_json(value: object) -> str:
    """Return a document without a blank too many, each decimal digit by digit."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_marked)
    return text.replace(f'"{_MARK}', "").replace(f'{_MARK}"', "")


def _marked(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is nothing that JSON can say")
    return f"{_MARK}{value}{_MARK}"


def shown_json(value: object) -> str:
    """Return the beginning of a value, for an error that names it."""
    return write_json(value)[:_SHOWN_MAX]
