"""Parameters of a call, from its query and its form (contract §3.2)."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from leadline.errors import INVALID_VALUE, PARAMETER_MISSING, ServiceError
from leadline.schema.outer_space import trimmed

FORM_TYPE = "application/x-www-form-urlencoded"
_PART = re.compile(r'(?:\A|(?<=,))(?:"((?:[^"]|"")*)"(?=,|\Z)|([^,]*))')


class Params:
    """Parameters of query and form; where both name one, the query counts (contract §3.2).

    A blank value is no value, wherever it stands: `?listId=` hides nothing that the form says
    (contract §0.7). No handler sees one; `is_named` tells that there was one.
    """

    def __init__(self, query: str, form: Mapping[str, list[str]] | None = None) -> None:
        self._query = _grouped(query)
        self._form = form or {}

    @classmethod
    def of_urlencoded(cls, query: str, body: bytes) -> "Params":
        """Build from a query and an urlencoded body."""
        return cls(query, _grouped(body.decode("utf-8", "replace")))

    def one(self, name: str) -> str | None:
        """Return the first value of an option without outer white space, or None."""
        value = self.text(name)
        return None if value is None else trimmed(value)

    def text(self, name: str) -> str | None:
        """Return the first value as it was sent, or None."""
        filled = self._filled(name)
        return filled[0] if filled else None

    def is_named(self, name: str) -> bool:
        """Tell whether a parameter is there at all, be it blank."""
        return name in self._query or name in self._form

    def required(self, name: str) -> str:
        """Return an option; raises `ServiceError` 1002 when it is absent."""
        value = self.one(name)
        if value is None:
            raise ServiceError(PARAMETER_MISSING, name=name)
        return value

    def many(self, name: str) -> list[str]:
        """Return names or numbers without outer white space, repeated or comma-separated (contract §0.8)."""
        return [trimmed(value) for value in self.values(name) if trimmed(value)]

    def values(self, name: str) -> list[str]:
        """Return values, each as a cell of a file would have it: in quotes whole, else up to a comma."""
        return [part for value in self._filled(name) for part in split_values(value)]

    def integer(self, name: str, default: int) -> int:
        """Return an integer parameter; raises `ServiceError` 1001."""
        value = self.one(name)
        return default if value is None else parse_integer(value)

    def _filled(self, name: str) -> list[str]:
        """Return the values that are not blank: those of the query, or if it has none those of the form."""
        for source in (self._query, self._form):
            filled = [value for value in source.get(name, ()) if trimmed(value)]
            if filled:
                return filled
        return []


def split_values(text: str) -> list[str]:
    """Split a list at its commas, blank parts left out.

    A part in double quotes is taken whole, a doubled quote inside for one, as in CSV. Quotes that
    do not close before a comma or the end are text.
    """
    parts = []
    for match in _PART.finditer(text):
        quoted, plain = match.groups()
        parts.append(plain if quoted is None else quoted.replace('""', '"'))
    return [part for part in parts if trimmed(part)]


def parse_integer(text: str) -> int:
    """Return an integer of at most 18 digits; raises `ServiceError` 1001."""
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", trimmed(text)):
        raise ServiceError(INVALID_VALUE, value=text, type="Integer")
    return int(trimmed(text))


def media_type(content_type: str) -> str:
    """Return a content type without its parameters."""
    return content_type.split(";")[0].strip().lower()


def _grouped(text: str) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        grouped.setdefault(name, []).append(value)
    return grouped


def query_of(request: Request) -> str:
    """Return the query as it was sent; the library's own reading lets a strange Host change it."""
    query: bytes = request.scope["query_string"]
    return query.decode("utf-8", "replace")
