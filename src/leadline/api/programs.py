"""Programs on the wire (contract §9.7)."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from leadline.api.assets import (
    BROWSE,
    DESCRIPTION,
    NAME,
    NEW_FOLDER,
    NEW_NAME,
    UPDATED,
    WORKSPACE,
    Row,
    asset_endpoints,
    flag_of,
    folder_of,
    items_of,
    new_description,
    one_asset,
    page_of_assets,
    required_name,
    times_of,
)
from leadline.api.call import Call, Parameter, Services
from leadline.api.envelope import asset_success
from leadline.api.program_types import program_url, type_of
from leadline.api.request_values import optional_filter
from leadline.errors import INVALID_VALUE, ServiceError
from leadline.imports.requests import parse_int32
from leadline.lead_database.programs import ProgramChange
from leadline.schema.outer_space import trimmed

Item = dict[str, object]
_NO_HEAD_START = {"headStart": False}


def _browsed(row: Row, folders: Mapping[int, str]) -> dict[str, object]:
    """Return a program as a browse shows it, without tags and costs."""
    folder_id = row["folder_id"]
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"] or "",
        **times_of(row),
        "url": program_url(row),
        "type": row["program_type"],
        "channel": row["channel"],
        "folder": {"type": "Folder", "value": folder_id, "folderName": folders.get(folder_id, "")},
        "status": type_of(row).status,
        "workspace": WORKSPACE,
    }


def _found(row: Row, folders: Mapping[int, str], *, tags: bool = True, costs: bool = True) -> Item:
    """Return a program as a look-up shows it; what is not wanted, or not there, is null."""
    parts = {"tags": row["tags"] if tags else None, "costs": row["costs"] if costs else None}
    return _browsed(row, folders) | parts | _NO_HEAD_START


def _written(row: Row, folders: Mapping[int, str]) -> Item:
    """Return a program as the answer to a write shows it."""
    return _browsed(row, folders) | _NO_HEAD_START | {"tags": row["tags"], "costs": row["costs"]}


def _folder_names(call: Call, services: Services) -> dict[int, str]:
    return {row["id"]: row["name"] for row in services.lists.folders(call.caller)}


def program_by_id(call: Call, services: Services) -> Response:
    """Return one program."""
    row = services.programs.one(call.caller, parse_int32(call.path["programId"]))
    return one_asset(call, row and _found(row, _folder_names(call, services)))


def program_by_name(call: Call, services: Services) -> Response:
    """Return the program of a name, with tags and costs as far as they are wanted."""
    row = services.programs.named(call.caller, required_name(call, "name"))
    tags, costs = flag_of(call, "includeTags"), flag_of(call, "includeCosts")
    return one_asset(call, row and _found(row, _folder_names(call, services), tags=tags, costs=costs))


def browse_programs(call: Call, services: Services) -> Response:
    """Return the programs, all or those that a filter finds."""
    rows = services.programs.all(call.caller)
    given = optional_filter(call)
    if given:
        rows = _filtered(rows, *given)
    status = call.params.one("status")
    if status:
        rows = [row for row in rows if type_of(row).status == status.lower()]
    names = _folder_names(call, services)
    items = [_browsed(row, names) | _NO_HEAD_START for row in page_of_assets(call, rows)]
    return asset_success(call.request_id, items)


def _filtered(rows: list[dict[str, Any]], filter_type: str, values: list[str]) -> list[dict[str, Any]]:
    columns = {"id": "id", "programid": "id", "folderid": "folder_id"}
    folded = filter_type.lower()
    if folded == "workspace":
        return rows if WORKSPACE.lower() in (trimmed(value).lower() for value in values) else []
    if folded not in columns:
        raise ServiceError(INVALID_VALUE, value=filter_type, type="id, programId, folderId, workspace")
    ids = {parse_int32(value) for value in values}
    return [row for row in rows if row[columns[folded]] in ids]


def create_program(call: Call, services: Services) -> Response:
    """Create a program."""
    name, folder = required_name(call, "name"), folder_of(call, required=True)
    assert folder is not None, "a required folder is there or refused"
    program_type, channel = required_name(call, "type"), required_name(call, "channel")
    row = services.programs.create(call.caller, program_type, channel, folder, _change_of(call, name))
    return _written_reply(call, services, row)


def change_program(call: Call, services: Services) -> Response:
    """Rename or describe a program, set tags of it, add or replace its costs."""
    name = required_name(call, "name") if call.params.is_named("name") else None
    row = services.programs.change(call.caller, parse_int32(call.path["programId"]), _change_of(call, name))
    return _written_reply(call, services, row)


def _change_of(call: Call, name: str | None) -> ProgramChange:
    """Return what a form says of a program; raises `ServiceError` 709 or 1001."""
    tags, costs = items_of(call, "tags"), items_of(call, "costs")
    return ProgramChange(name, new_description(call), tags, costs, flag_of(call, "costsDestructiveUpdate"))


def _written_reply(call: Call, services: Services, row: Row) -> Response:
    """Return the written program; dates of a run are not kept, which a warning says."""
    dates = [name for name in ("startDate", "endDate") if call.params.one(name)]
    warnings = [f"{name} is not kept: programs do not run here" for name in dates]
    item = _written(row, _folder_names(call, services))
    return asset_success(call.request_id, [item], warnings)


_TAGS = Parameter("tags", "field", '[{"tagType":"Presenter","tagValue":"Dennis"}]')
_COSTS = Parameter("costs", "field", '[{"startDate":"2015-01-01","cost":2000,"note":"first year"}]')
_PROGRAM_ID = Parameter("programId", "path", "The program", "integer", required=True)
_TABLE = (
    ("GET", "program/{programId}", "One program", "Program", program_by_id, (_PROGRAM_ID,)),
    (
        "GET",
        "program/byName",
        "The program of a name",
        "Program",
        program_by_name,
        (
            NAME,
            Parameter("includeTags", "query", "Return its tags, else null", "boolean"),
            Parameter("includeCosts", "query", "Return its costs, else null", "boolean"),
        ),
    ),
    (
        "GET",
        "programs",
        "Programs, all or by filter",
        "BrowsedProgram",
        browse_programs,
        (
            Parameter("filterType", "query", "id, programId, folderId or workspace"),
            Parameter("filterValues", "query", "With filterType: its values"),
            Parameter(
                "status",
                "query",
                "off finds engagement programs, unlocked e-mail programs; no other status occurs",
            ),
            *BROWSE,
            *UPDATED,
        ),
    ),
    (
        "POST",
        "programs",
        "Create a program",
        "Program",
        create_program,
        (
            NEW_FOLDER,
            NEW_NAME,
            Parameter("type", "field", "The channel's type of program", required=True),
            Parameter("channel", "field", "The channel's name", required=True),
            DESCRIPTION,
            _TAGS,
            _COSTS,
        ),
    ),
    (
        "POST",
        "program/{programId}",
        "Rename or describe a program, set tags, add or replace costs",
        "Program",
        change_program,
        (
            _PROGRAM_ID,
            Parameter("name", "field", "The new name"),
            DESCRIPTION,
            _TAGS,
            _COSTS,
            Parameter("costsDestructiveUpdate", "field", "Forget the costs that are known", "boolean"),
        ),
    ),
)
ENDPOINTS = tuple(endpoint for row in _TABLE for endpoint in asset_endpoints(*row))
