"""How an operation of the reference is described: what is asked, and what must be answered."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from tests.contract.reference.shapes import REQUEST_ID, Shape, differences
from tests.harness import Server

JSON_TYPE = "application/json;charset=UTF-8"
CSV_TYPE = "text/csv;charset=UTF-8"


@dataclass(frozen=True)
class Case:
    """One call and its answer, as `source` has it: a page with its heading, or an operation of a swagger file.

    `path` fills the names in the operation's path. `given` makes what the call needs and returns
    what it learned: other values for members of this case.
    """

    source: str
    answer: Shape
    path: Mapping[str, object] = field(default_factory=dict)
    params: Mapping[str, object] | None = None
    form: Mapping[str, object] | None = None
    json: Any = None
    files: Any = None
    http_status: int = 200
    content_type: str = JSON_TYPE
    given: Callable[[Server], Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Operation:
    """An operation with the cases it is held to; `also` names other spellings of its path."""

    call: str
    cases: tuple[Case, ...]
    also: tuple[str, ...] = ()

    def __init__(self, call: str, *cases: Case, also: tuple[str, ...] = ()) -> None:
        object.__setattr__(self, "call", call)
        object.__setattr__(self, "cases", cases)
        object.__setattr__(self, "also", (*also, *_without_rest(call)))

    @property
    def calls(self) -> tuple[str, ...]:
        """All spellings under which the operation is served."""
        return self.call, *self.also


def _without_rest(call: str) -> tuple[str, ...]:
    """Return the other spelling of an asset's path, which the original's index prints."""
    return (call.replace("/rest/asset/", "/asset/"),) if "/rest/asset/" in call else ()


def ask(server: Server, call: str, case: Case, token: str | None = None) -> httpx.Response:
    """Make the call of a case; identity takes no token."""
    method, path = call.split()
    path = re.sub(r"\{(\w+)\}", lambda name: str(case.path[name.group(1)]), path)
    if path.startswith("/identity/"):
        token = ""
    options = {"params": case.params, "data": case.form, "json": case.json, "files": case.files}
    given = {name: value for name, value in options.items() if value is not None}
    return server.call(method, path, token, **given)


def faults(server: Server, call: str, case: Case) -> list[str]:
    """Make the call of a case; return how its answer differs from what the case says."""
    if case.given is not None:
        case = replace(case, **case.given(server))
    answer = ask(server, call, case)
    told = answer.headers["content-type"]
    body = answer.json() if told == JSON_TYPE else answer.text
    return [
        *differences(case.http_status, answer.status_code, "HTTP status"),
        *differences(case.content_type, told, "content type"),
        *differences(case.answer, body),
    ]


def mapi(result: Shape, **more: Shape) -> Shape:
    """Return the envelope of the lead database and of imports; `more` stands beside the result."""
    return {"requestId": REQUEST_ID, "result": result, "success": True, **more}


def asset(result: Shape) -> Shape:
    """Return the envelope of assets."""
    return {"success": True, "warnings": [], "errors": [], "requestId": REQUEST_ID, "result": result}


NOTHING_FOUND: Shape = {
    "success": True,
    "warnings": ["No assets found for the given search criteria."],
    "errors": [],
    "requestId": REQUEST_ID,
}
"""The envelope of assets when a browse finds none."""


def refused(call: str, code: str, message: Shape, *warnings: str) -> Shape:
    """Return how the family of a call says that it is refused."""
    errors = [{"code": code, "message": message}]
    if "/asset/" in call:
        return {"success": False, "warnings": list(warnings), "errors": errors, "requestId": REQUEST_ID}
    return {"requestId": REQUEST_ID, "success": False, "errors": errors}


def reasons(code: str, message: Shape) -> list[Shape]:
    """Return why a record was skipped."""
    return [{"code": code, "message": message}]
