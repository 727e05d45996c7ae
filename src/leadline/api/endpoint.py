"""How an endpoint is declared: one row says what routes, checks and the OpenAPI document need."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from leadline.api.call import Call, Services
from leadline.errors import Entry
from leadline.model.dataclass import dataclass

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

CSV_FILE = "text/csv"
"""The `result` of an endpoint whose answer is a file."""

Handler = Callable[[Call, Services], Response]
StreamHandler = Callable[[Request, str, Services], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as the OpenAPI document shows it.

    `place` is path, query, form (multipart or query) or field (urlencoded or query); `type` is
    string, integer, boolean or binary. `choices` are the words that it may be.
    """

    name: str
    place: str
    description: str
    type: str = "string"
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method on one path.

    `name` is what the operation is called, as `subject.verb`; where another method or path does
    the same, its `variant` tells the two apart. `result` is the type of a result item, `CSV_FILE`,
    or None for an answer without items; `body` is the type of a JSON body. `refusals` are the
    errors that this call may be answered with beside those that its shape implies
    (`openapi_errors.py`). `handler` answers a call that has passed all checks; `stream_handler`
    instead reads the body itself and runs the checks as it goes. An `asset` answers in the
    envelope of assets; what is `open` asks for no token. `patience` is how many times the usual
    time it may take (contract §10). What `polls` reads one job, which is asked for with the token.
    """

    name: str
    method: str
    path: str
    summary: str
    permissions: tuple[str, ...]
    result: Any
    handler: Handler | None = None
    stream_handler: StreamHandler | None = None
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    body_required: bool = True
    refusals: tuple[Entry, ...] = ()
    asset: bool = False
    open: bool = False
    patience: int = 1
    variant: str = ""
    polls: bool = False

    @property
    def operation_id(self) -> str:
        """The name of the operation in the OpenAPI document, unique there."""
        return f"{self.name}.{self.variant}" if self.variant else self.name

    @property
    def subject(self) -> str:
        """What the operation is about: its name without the verb."""
        return self.name.rpartition(".")[0]
