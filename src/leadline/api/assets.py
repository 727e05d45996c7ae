"""What assets have in common on the wire: names, folders, pages, times (contract §9.6)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from starlette.responses import Response

from leadline.api.asset_answers import AssetTimes
from leadline.api.call import Call, Services
from leadline.api.endpoint import ASSETS, Endpoint, Handler, Parameter
from leadline.api.envelope import asset_success
from leadline.api.request_values import optional_instant
from leadline.errors import (
    BLANK_PARAMETER,
    INVALID_CONTENT_TYPE,
    INVALID_VALUE,
    NO_DATA_FOUND,
    PARAMETER_MISSING,
    RULE_VIOLATED,
    Entry,
    ServiceError,
)
from leadline.imports.requests import parse_int32
from leadline.model.instants import render_asset_instant
from leadline.schema.lists import Folder, StaticList
from leadline.schema.outer_space import trimmed
from leadline.schema.programs import Channel, Program

_PAGE_DEFAULT, _PAGE_MAX = 20, 200
_NAME_LENGTH_MAX = 255
_FOLDER_MEMBER = re.compile(r"""["']?(\w+)["']?\s*:\s*["']?([\w ]+?)["']?\s*(?:,|$)""")
_FOLDER_TEXT = re.compile(r"(?P<number>[+-]?\d+)|\{(?P<members>[^{}]*)\}")
WORKSPACE = "Default"
_SHOWN_MAX = 200
_PYTHON_PART = re.compile(r"""'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|\bNone\b""", re.DOTALL)
_ESCAPED = re.compile(r'\\.|"', re.DOTALL)
_AS_JSON = {"\\'": "'", '"': '\\"'}
Asset = TypeVar("Asset", StaticList, Program, Channel)

NAME = Parameter("name", "query", "The whole name, in any case", required=True)
BROWSE = (
    Parameter("maxReturn", "query", "Assets per page, 20 when absent, 200 at most", "integer"),
    Parameter("offset", "query", "How many to skip", "integer"),
)
UPDATED = (
    Parameter("earliestUpdatedAt", "query", "Only assets changed since"),
    Parameter("latestUpdatedAt", "query", "Only assets changed until"),
)
NEW_FOLDER = Parameter("folder", "field", '{"id":1,"type":"Folder"}, or of type Program', required=True)
NEW_NAME = Parameter("name", "field", "The name", required=True)
DESCRIPTION = Parameter("description", "field", "What it is for")


def asset_endpoints(
    name: str,
    method: str,
    path: str,
    summary: str,
    result: Any,
    handler: Handler,
    parameters: tuple[Parameter, ...],
    *refusals: Entry,
) -> Iterator[Endpoint]:
    """Yield an endpoint of the asset family, with /rest and as the original's index names it, without.

    Either permission opens all of them (contract §11).
    """
    takes_form = any(each.place == "field" for each in parameters)
    for prefix, variant in (("/rest", ""), ("", "bare")):
        yield Endpoint(
            name,
            method,
            f"{prefix}/asset/v1/{path}.json",
            summary,
            ASSETS,
            result,
            partial(_with_form, handler=handler) if takes_form else handler,
            parameters=parameters,
            refusals=refusals,
            asset=True,
            variant=variant,
        )


def _with_form(call: Call, services: Services, *, handler: Handler) -> Response:
    """Answer a call whose parameters may stand in a form, in no other body; raises `ServiceError` 612."""
    if call.body and not call.is_form:
        raise ServiceError(INVALID_CONTENT_TYPE)
    return handler(call, services)


def required_name(call: Call, *spellings: str) -> str:
    """Return a text parameter that may be spelled in several ways.

    Raises `ServiceError` 1002 when it is absent, 701 when it is blank, 709 when it is too long.
    """
    value = next((each for name in spellings if (each := call.params.text(name)) is not None), None)
    name = spellings[0]
    if value is None:
        raise ServiceError(_missing(call, *spellings), name=name)
    if len(value) > _NAME_LENGTH_MAX:
        raise ServiceError(RULE_VIOLATED, why=f"{name} has more than {_NAME_LENGTH_MAX} characters")
    return _writable(name, trimmed(value))


def new_description(call: Call) -> str | None:
    """Return the description of an asset that is made or changed; raises `ServiceError` 709."""
    if not call.params.is_named("description"):
        return None
    return _writable("description", call.params.text("description") or "")


def _missing(call: Call, *spellings: str) -> Entry:
    """Return what is wrong with a parameter that says nothing: it is blank, or not there."""
    return BLANK_PARAMETER if any(map(call.params.is_named, spellings)) else PARAMETER_MISSING


def _writable(name: str, value: str) -> str:
    """Return a text that every store can keep; not all databases know the character NUL."""
    if "\0" in value:
        raise ServiceError(RULE_VIOLATED, why=f"{name} has a NUL character")
    return value


def one_asset(call: Call, item: Mapping[str, object] | None, missing: Entry = NO_DATA_FOUND) -> Response:
    """Return one asset; raises `ServiceError` 702 when there is none."""
    if item is None:
        raise ServiceError(missing)
    return asset_success(call.request_id, [item])


def page_of_assets(call: Call, assets: Iterable[Asset]) -> list[Asset]:
    """Return the assets within the instants and the page that a browse names."""
    since, until = optional_instant(call, "earliestUpdatedAt"), optional_instant(call, "latestUpdatedAt")
    size = min(max(call.params.integer("maxReturn", _PAGE_DEFAULT), 1), _PAGE_MAX)
    offset = max(call.params.integer("offset", 0), 0)
    wanted = [
        each
        for each in assets
        if (since is None or each.updated_at >= since) and (until is None or each.updated_at <= until)
    ]
    return wanted[offset : offset + size]


def times_of(asset: StaticList | Program | Folder) -> AssetTimes:
    """Return when an asset was made and changed, as assets show it."""
    return {
        "createdAt": render_asset_instant(asset.created_at),
        "updatedAt": render_asset_instant(asset.updated_at),
    }


def items_of(call: Call, name: str) -> object:
    """Return a parameter that holds a JSON array, None when it is absent; raises `ServiceError` 1001.

    A published client writes it as Python does, `[{'tagType': 'Presenter'}]`.
    """
    text = call.params.one(name)
    if not text:
        return None
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    with suppress(ValueError, RecursionError):
        return json.loads(_PYTHON_PART.sub(_json_part, text))
    raise ServiceError(INVALID_VALUE, value=text[:_SHOWN_MAX], type="Array")


def _json_part(part: re.Match[str]) -> str:
    """Return a quoted text of Python, or its None, as JSON writes it; JSON's own texts stay."""
    text = part[0]
    if text == "None":
        return "null"
    if text[0] == '"':
        return text
    inner = _ESCAPED.sub(lambda each: _AS_JSON.get(each[0], each[0]), text[1:].removesuffix("'"))
    return f'"{inner}"'


def flag_of(call: Call, name: str) -> bool:
    """Return whether a parameter is true, false when it is absent; raises `ServiceError` 1001."""
    text = (call.params.one(name) or "false").lower()
    if text not in ("true", "false"):
        raise ServiceError(INVALID_VALUE, value=text[:_SHOWN_MAX], type="Boolean")
    return text == "true"


def folder_of(call: Call, name: str = "folder", *, required: bool = False) -> tuple[str, int] | None:
    """Return the folder of a parameter: `{"id":1,"type":"Folder"}`, in whatever quotes, or a bare number.

    Raises `ServiceError` 1002 when a required one is absent, 701 when it is blank.
    """
    text = call.params.one(name)
    if text is None:
        if required:
            raise ServiceError(_missing(call, name), name=name)
        return None
    match = _FOLDER_TEXT.fullmatch(text)
    if match is None:
        raise ServiceError(INVALID_VALUE, value=text[:_SHOWN_MAX], type="Folder")
    parts = {each.lower(): value for each, value in _FOLDER_MEMBER.findall(match["members"] or "")}
    return parts.get("type", "Folder").title(), parse_int32(parts.get("id") or match["number"] or "")
