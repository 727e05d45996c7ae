"""Programs on the wire (contract §9.7)."""

from collections.abc import Mapping
from typing import cast

from starlette.responses import Response

from leadline.api import asset_answers
from leadline.api.assets import (
    BROWSE,
    DESCRIPTION,
    NAME,
    NEW_FOLDER,
    NEW_NAME,
    UPDATED,
    WORKSPACE,
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
from leadline.api.call import Call, Services
from leadline.api.endpoint import Parameter
from leadline.api.envelope import asset_success
from leadline.api.program_types import program_url, type_of
from leadline.api.request_values import optional_filter
from leadline.errors import (
    FOLDER_INCOMPATIBLE,
    FOLDER_NOT_FOUND,
    INVALID_DATE,
    INVALID_VALUE,
    NO_DATA_FOUND,
    PARAMETER_MISSING,
    ServiceError,
)
from leadline.imports.requests import parse_int32
from leadline.lead_database.programs import ProgramChange
from leadline.schema.outer_space import trimmed
from leadline.schema.programs import Program


def _head(program: Program, folders: Mapping[int, str]) -> asset_answers.ProgramHead:
    """Return what every answer shows of a program."""
    folder_id = program.folder_id
    return {
        "id": program.id,
        "name": program.name,
        "description": program.description or "",
        **times_of(program),
        "url": program_url(program),
        "type": program.program_type,
        "channel": program.channel,
        "folder": {"type": "Folder", "value": folder_id, "folderName": folders.get(folder_id, "")},
        "status": type_of(program).status,
        "workspace": WORKSPACE,
    }


def _found(
    program: Program, folders: Mapping[int, str], *, tags: bool = True, costs: bool = True
) -> asset_answers.Program:
    """Return a program as a look-up shows it; what is not wanted, or not there, is null."""
    return {
        **_head(program, folders),
        "tags": _tags(program) if tags else None,
        "costs": _costs(program) if costs else None,
        "headStart": False,
    }


def _written(program: Program, folders: Mapping[int, str]) -> asset_answers.Program:
    """Return a program as the answer to a write shows it."""
    return {
        **_head(program, folders),
        "headStart": False,
        "tags": _tags(program),
        "costs": _costs(program),
    }


def _tags(program: Program) -> list[asset_answers.Tag] | None:
    return cast(list[asset_answers.Tag] | None, program.tags)


def _costs(program: Program) -> list[asset_answers.Cost] | None:
    return cast(list[asset_answers.Cost] | None, program.costs)


def _folder_names(call: Call, services: Services) -> dict[int, str]:
    return {each.id: each.name for each in services.lists.folders(call.caller)}


def program_by_id(call: Call, services: Services) -> Response:
    """Return one program."""
    program = services.programs.one(call.caller, parse_int32(call.path["programId"]))
    return one_asset(call, _found(program, _folder_names(call, services)) if program else None)


def program_by_name(call: Call, services: Services) -> Response:
    """Return the program of a name, with tags and costs as far as they are wanted."""
    program = services.programs.named(call.caller, required_name(call, "name"))
    tags, costs = flag_of(call, "includeTags"), flag_of(call, "includeCosts")
    if program is None:
        return one_asset(call, None)
    return one_asset(call, _found(program, _folder_names(call, services), tags=tags, costs=costs))


def browse_programs(call: Call, services: Services) -> Response:
    """Return the programs, all or those that a filter finds."""
    found = services.programs.all(call.caller)
    given = optional_filter(call)
    if given:
        found = _filtered(found, *given)
    status = call.params.one("status")
    if status:
        found = [each for each in found if type_of(each).status == status.lower()]
    names = _folder_names(call, services)
    items: list[asset_answers.BrowsedProgram] = [
        {**_head(each, names), "headStart": False} for each in page_of_assets(call, found)
    ]
    return asset_success(call.request_id, items)


def _filtered(found: list[Program], filter_type: str, values: list[str]) -> list[Program]:
    folded = filter_type.lower()
    if folded == "workspace":
        return found if WORKSPACE.lower() in (trimmed(value).lower() for value in values) else []
    if folded not in ("id", "programid", "folderid"):
        raise ServiceError(INVALID_VALUE, value=filter_type, type="id, programId, folderId, workspace")
    ids = {parse_int32(value) for value in values}
    return [each for each in found if (each.folder_id if folded == "folderid" else each.id) in ids]


def create_program(call: Call, services: Services) -> Response:
    """Create a program."""
    name, folder = required_name(call, "name"), folder_of(call, required=True)
    assert folder is not None, "a required folder is there or refused"
    program_type, channel = required_name(call, "type"), required_name(call, "channel")
    made = services.programs.create(call.caller, program_type, channel, folder, _change_of(call, name))
    return _written_reply(call, services, made)


def change_program(call: Call, services: Services) -> Response:
    """Rename or describe a program, set tags of it, add or replace its costs."""
    name = required_name(call, "name") if call.params.is_named("name") else None
    changed = services.programs.change(
        call.caller, parse_int32(call.path["programId"]), _change_of(call, name)
    )
    return _written_reply(call, services, changed)


def _change_of(call: Call, name: str | None) -> ProgramChange:
    """Return what a form says of a program; raises `ServiceError` 709 or 1001."""
    tags, costs = items_of(call, "tags"), items_of(call, "costs")
    return ProgramChange(name, new_description(call), tags, costs, flag_of(call, "costsDestructiveUpdate"))


def _written_reply(call: Call, services: Services, program: Program) -> Response:
    """Return the written program; dates of a run are not kept, which a warning says."""
    dates = [name for name in ("startDate", "endDate") if call.params.one(name)]
    warnings = [f"{name} is not kept: programs do not run here" for name in dates]
    item = _written(program, _folder_names(call, services))
    return asset_success(call.request_id, [item], warnings)


_TAGS = Parameter("tags", "field", '[{"tagType":"Presenter","tagValue":"Dennis"}]')
_COSTS = Parameter("costs", "field", '[{"startDate":"2015-01-01","cost":2000,"note":"first year"}]')
_PROGRAM_ID = Parameter("programId", "path", "The program", "integer", required=True)
_TABLE = (
    (
        "programs.get",
        "GET",
        "program/{programId}",
        "One program",
        asset_answers.Program,
        program_by_id,
        (_PROGRAM_ID,),
        NO_DATA_FOUND,
    ),
    (
        "programs.find",
        "GET",
        "program/byName",
        "The program of a name",
        asset_answers.Program,
        program_by_name,
        (
            NAME,
            Parameter("includeTags", "query", "Return its tags, else null", "boolean"),
            Parameter("includeCosts", "query", "Return its costs, else null", "boolean"),
        ),
        NO_DATA_FOUND,
    ),
    (
        "programs.browse",
        "GET",
        "programs",
        "Programs, all or by filter",
        asset_answers.BrowsedProgram,
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
        INVALID_DATE,
    ),
    (
        "programs.create",
        "POST",
        "programs",
        "Create a program",
        asset_answers.Program,
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
        FOLDER_NOT_FOUND,
        FOLDER_INCOMPATIBLE,
        INVALID_DATE,
        INVALID_VALUE,
    ),
    (
        "programs.change",
        "POST",
        "program/{programId}",
        "Rename or describe a program, set tags, add or replace costs",
        asset_answers.Program,
        change_program,
        (
            _PROGRAM_ID,
            Parameter("name", "field", "The new name"),
            DESCRIPTION,
            _TAGS,
            _COSTS,
            Parameter("costsDestructiveUpdate", "field", "Forget the costs that are known", "boolean"),
        ),
        NO_DATA_FOUND,
        INVALID_DATE,
        PARAMETER_MISSING,
    ),
)
ENDPOINTS = tuple(endpoint for row in _TABLE for endpoint in asset_endpoints(*row))
