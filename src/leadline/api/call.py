"""What a handler is given, and how an endpoint is declared."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from leadline.api.multipart import BodiesHeld
from leadline.config import Settings
from leadline.errors import (
    INVALID_CONTENT_TYPE,
    INVALID_DATA,
    INVALID_JSON,
    INVALID_VALUE,
    PARAMETER_MISSING,
    ServiceError,
)
from leadline.events import Emit
from leadline.imports.jobs import Imports
from leadline.lead_database.fields import Fields
from leadline.lead_database.leads import Leads
from leadline.lead_database.lists import Lists
from leadline.lead_database.members import Members
from leadline.lead_database.object_types import ObjectTypes
from leadline.lead_database.objects import Objects
from leadline.lead_database.programs import Programs
from leadline.model.callers import Caller
from leadline.model.subscription_time import SubscriptionTime
from leadline.schema.exact_json import read_json
from leadline.schema.outer_space import trimmed
from leadline.subscriptions.call_limits import CallLimits
from leadline.subscriptions.tokens import Tokens

_HALF_A_PAIR = re.compile("[\ud800-\udfff]")
_PART = re.compile(r'(?:\A|(?<=,))(?:"((?:[^"]|"")*)"(?=,|\Z)|([^,]*))')
FORM_TYPE = "application/x-www-form-urlencoded"
READ_LEAD = ("Read-Only Lead", "Read-Write Lead")
WRITE_LEAD = ("Read-Write Lead",)


def _read(group: str) -> tuple[str, ...]:
    return f"Read-Only {group}", f"Read-Write {group}"


READ_OBJECT, WRITE_OBJECT = _read("Custom Object"), ("Read-Write Custom Object",)
READ_OBJECT_TYPE, WRITE_OBJECT_TYPE = _read("Custom Object Type"), ("Read-Write Custom Object Type",)
READ_COMPANY, WRITE_COMPANY = _read("Company"), ("Read-Write Company",)
READ_SALES_PERSON, WRITE_SALES_PERSON = _read("Sales Person"), ("Read-Write Sales Person",)
ASSETS = _read("Assets")
SCHEMA_FIELD = ("Read-Write Schema Standard Field", "Read-Write Schema Custom Field")
READ_ACTIVITY = _read("Activity")


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases that handlers ask, and what the edge itself needs."""

    tokens: Tokens
    imports: Imports
    leads: Leads
    lists: Lists
    programs: Programs
    members: Members
    objects: Objects
    object_types: ObjectTypes
    fields: Fields
    settings: Settings
    emit: Emit
    metrics_text: Callable[[dict[str, int]], bytes]
    time: SubscriptionTime
    call_limits: CallLimits
    bodies: BodiesHeld


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


def _without_halves(value: Any) -> Any:
    """Put a NUL, which no field takes either, in place of each half of a pair of surrogates."""
    if isinstance(value, str):
        return _HALF_A_PAIR.sub("\0", value)
    if isinstance(value, list):
        return [_without_halves(each) for each in value]
    if isinstance(value, dict):
        return {_without_halves(name): _without_halves(each) for name, each in value.items()}
    return value


def media_type(content_type: str) -> str:
    """Return a content type without its parameters."""
    return content_type.split(";")[0].strip().lower()


def _grouped(text: str) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        grouped.setdefault(name, []).append(value)
    return grouped


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a known caller."""

    request_id: str
    caller: Caller
    path: Mapping[str, str]
    params: Params
    body: bytes = b""
    content_type: str = ""

    @property
    def is_json(self) -> bool:
        """Whether the caller says that the body is JSON."""
        return media_type(self.content_type) == "application/json"

    @property
    def is_form(self) -> bool:
        """Whether the caller says that the body is an urlencoded form."""
        return media_type(self.content_type) == FORM_TYPE

    @property
    def has_document(self) -> bool:
        """Whether the body is no form but a document, such as JSON whose type the caller forgot to name."""
        return bool(self.body) and (not self.is_form or self.body.lstrip()[:1] == b"{")

    def json(self) -> dict[str, Any]:
        """Return the JSON body as an object; raises `ServiceError` 609, 612 or 1003."""
        if not self.is_json:
            raise ServiceError(INVALID_CONTENT_TYPE)
        try:
            parsed = read_json(self.body)
            if b"\\u" in self.body:
                parsed = _without_halves(parsed)
        except (ValueError, RecursionError):
            raise ServiceError(INVALID_JSON) from None
        if not isinstance(parsed, dict):
            raise ServiceError(INVALID_DATA)
        return parsed


Handler = Callable[[Call, Services], Response]
StreamHandler = Callable[[Request, str, Services], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as OpenAPI tells it.

    `place` is path, query, form (multipart or query) or field (urlencoded or query).
    """

    name: str
    place: str
    description: str
    type: str = "string"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method on one path.

    `handler` answers a call that has passed all checks; `stream_handler` instead reads the
    body itself and runs the checks as it goes. `result` names the schema of a result item,
    or the content type of a file, `body` that of a JSON body. An `asset` answers in the
    envelope of assets; what is `open` asks for no token. `patience` is how many times the usual
    time it may take (contract §10).
    """

    method: str
    path: str
    summary: str
    permissions: tuple[str, ...]
    result: str
    handler: Handler | None = None
    stream_handler: StreamHandler | None = None
    parameters: tuple[Parameter, ...] = field(default=())
    body: str | None = None
    body_required: bool = True
    asset: bool = False
    open: bool = False
    patience: int = 1
