"""Numbers that addresses of pages name."""

from leadline.errors import OBJECT_NOT_FOUND, ServiceError

_DIGITS_END = 19


def number_of(text: str | None) -> int | None:
    """Return the number that a query names, None for what is none that a store can hold."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < _DIGITS_END else None


def number_in(text: str) -> int:
    """Return the number that a path names; raises `ServiceError` 1013 for what is none."""
    if (number := number_of(text)) is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    return number
