"""Programs on the wire (contract §9.7)."""

from collections.abc import Mapping

from starlette.responses import Response

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
from leadline.api.call import Call, Parameter, Services
from leadline.api.envelope import asset_success
from leadline.api.program_types import program_url, type_of
from leadline.api.request_values import optional_filter
from leadline.errors import INVALID_VALUE, ServiceError
from leadline.imports.requests import parse_int32
from leadline.lead_database.programs import ProgramChange
from leadline.schema.outer_space import trimmed
from leadline.schema.programs import Program

Item = dict[str, object]
_NO_HEAD_START = {"headStart": False}


def _browsed(program: Program, folders: Mapping[int, str]) -> dict[str, object]:
    """Return a program as a browse shows it, without tags and costs."""
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


def _found(program: Program, folders: Mapping[int, str], *, tags: bool = True, costs: bool = True) -> Item:
    """Return a program as a look-up shows it; what is not wanted, or not there, is null."""
    parts = {"tags": program.tags if tags else None, "costs": program.costs if costs else None}
    return _browsed(program, folders) | parts | _NO_HEAD_START


def _written(program: Program, folders: Mapping[int, str]) -> Item:
    """Return a program as the answer to a write shows it."""
    return _browsed(program, folders) | _NO_HEAD_START | {"tags": program.tags, "costs": program.costs}


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
    items = [_browsed(each, names) | _NO_HEAD_START for each in page_of_assets(call, found)]
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
