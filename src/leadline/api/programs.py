"""Programs and channels on the wire (contract §9.7)."""

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
    folder_of,
    new_description,
    one_asset,
    page_of_assets,
    required_name,
    times_of,
)
from leadline.api.bodies import optional_filter
from leadline.api.call import Call, Parameter, Services
from leadline.api.envelope import asset_success
from leadline.clock import render_asset_instant
from leadline.errors import INVALID_VALUE, ServiceError
from leadline.import_forms import parse_int32


def _program_item(row: Row, folders: Mapping[int, str]) -> dict[str, object]:
    folder_id = row["folder_id"]
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"] or "",
        **times_of(row),
        "url": f"#PG{row['id']}A1",
        "type": row["program_type"],
        "channel": row["channel"],
        "folder": {"type": "Folder", "value": folder_id, "folderName": folders.get(folder_id, "")},
        "status": "",
        "workspace": WORKSPACE,
        "tags": [],
        "costs": [],
        "headStart": False,
    }


def _folder_names(call: Call, services: Services) -> dict[int, str]:
    return {row["id"]: row["name"] for row in services.lists.folders(call.caller)}


def program_by_id(call: Call, services: Services) -> Response:
    """Return one program."""
    row = services.programs.one(call.caller, parse_int32(call.path["programId"]))
    return one_asset(call, row and _program_item(row, _folder_names(call, services)))


def program_by_name(call: Call, services: Services) -> Response:
    """Return the program of a name."""
    row = services.programs.named(call.caller, required_name(call, "name"))
    return one_asset(call, row and _program_item(row, _folder_names(call, services)))


def browse_programs(call: Call, services: Services) -> Response:
    """Return the programs, all or those that a filter finds."""
    rows = services.programs.all(call.caller)
    given = optional_filter(call)
    if given:
        rows = _filtered(rows, *given)
    if call.params.one("status"):  # of engagement and e-mail programs, which run; ours do not
        rows = []
    names = _folder_names(call, services)
    return asset_success(call.request_id, [_program_item(row, names) for row in page_of_assets(call, rows)])


def _filtered(rows: list[dict[str, Any]], filter_type: str, values: list[str]) -> list[dict[str, Any]]:
    columns = {"id": "id", "programid": "id", "folderid": "folder_id"}
    folded = filter_type.lower()
    if folded == "workspace":
        return rows if WORKSPACE.lower() in (value.lower() for value in values) else []
    if folded not in columns:
        raise ServiceError(INVALID_VALUE, value=filter_type, type="id, programId, folderId, workspace")
    ids = {parse_int32(value) for value in values}
    return [row for row in rows if row[columns[folded]] in ids]


def create_program(call: Call, services: Services) -> Response:
    """Create a program."""
    name, folder = required_name(call, "name"), folder_of(call, required=True)
    assert folder is not None, "a required folder is there or refused"
    program_type, channel = required_name(call, "type"), required_name(call, "channel")
    row = services.programs.create(call.caller, name, program_type, channel, folder, new_description(call))
    return asset_success(call.request_id, [_program_item(row, _folder_names(call, services))])


_APPLICABLE = {
    "Default": "program",
    "Email": "email_batch",
    "Engagement": "nurture",
    "Event": "event",
    "Event with Webinar": "webinar",
}
"""Types of programs, as channels and tags name them."""


def _channel_item(channel: Any) -> dict[str, object]:
    return {
        "id": channel.id,
        "name": channel.name,
        "applicableProgramType": _APPLICABLE[channel.program_type],
        "progressionStatuses": [
            {
                "name": each.name,
                "step": each.step,
                "description": each.description,
                "hidden": False,
                "success": each.success,
            }
            for each in channel.statuses
        ],
        "createdAt": render_asset_instant(channel.created_at),
        "updatedAt": render_asset_instant(channel.updated_at),
    }


def browse_channels(call: Call, services: Services) -> Response:
    """Return the channels."""
    found = {channel.id: channel for channel in services.programs.channels(call.caller)}
    rows = page_of_assets(call, [{"id": each.id, "updated_at": each.updated_at} for each in found.values()])
    return asset_success(call.request_id, [_channel_item(found[row["id"]]) for row in rows])


def channel_by_name(call: Call, services: Services) -> Response:
    """Return the channel of a name, which the original's page writes `name` and its reference `Name`."""
    name = required_name(call, "name", "Name").lower()
    found = next(
        (each for each in services.programs.channels(call.caller) if each.name.lower() == name), None
    )
    return one_asset(call, None if found is None else _channel_item(found))


_PROGRAM_ID = Parameter("programId", "path", "The program", "integer", required=True)
_TABLE = (
    ("GET", "program/{programId}", "One program", "Program", program_by_id, (_PROGRAM_ID,)),
    ("GET", "program/byName", "The program of a name", "Program", program_by_name, (NAME,)),
    (
        "GET",
        "programs",
        "Programs, all or by filter",
        "Program",
        browse_programs,
        (
            Parameter("filterType", "query", "id, programId, folderId or workspace"),
            Parameter("filterValues", "query", "With filterType: its values"),
            Parameter("status", "query", "Only programs of that status; no program here has one"),
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
        ),
    ),
    ("GET", "channels", "Channels", "Channel", browse_channels, BROWSE),
    ("GET", "channel/byName", "The channel of a name", "Channel", channel_by_name, (NAME,)),
)
ENDPOINTS = tuple(endpoint for row in _TABLE for endpoint in asset_endpoints(*row))
