"""Assets on the wire: static lists, folders, programs, channels (contract §9.6, §9.7)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from leadline.api.bodies import optional_instant
from leadline.api.call import READ_ASSETS, WRITE_ASSETS, Call, Endpoint, Parameter, Services
from leadline.api.envelope import asset_success
from leadline.clock import render_asset_instant
from leadline.errors import (
    BLANK_PARAMETER,
    INVALID_VALUE,
    LIST_NOT_FOUND,
    NO_DATA_FOUND,
    PARAMETER_MISSING,
    Entry,
    ServiceError,
)
from leadline.import_forms import parse_int32

_PAGE_DEFAULT, _PAGE_MAX = 20, 200
_WORKSPACE = "Default"
_FOLDER_MEMBER = re.compile(r"""["']?(\w+)["']?\s*:\s*["']?([\w ]+?)["']?\s*(?:,|$)""")
_FOLDER_TEXT = re.compile(r"(?P<number>[+-]?\d+)|\{(?P<members>[^{}]*)\}")
Row = Mapping[str, Any]


def _blank_or(call: Call, name: str) -> str:
    """Return a text parameter; raises `ServiceError` 1002 when it is absent, 701 when it is blank."""
    value = call.params.one(name)
    if value is None:
        raise ServiceError(PARAMETER_MISSING, name=name)
    if not value.strip():
        raise ServiceError(BLANK_PARAMETER, name=name)
    return value.strip()


def _one(call: Call, row: dict[str, object] | None, missing: Entry = NO_DATA_FOUND) -> Response:
    if row is None:
        raise ServiceError(missing)
    return asset_success(call.request_id, [row])


def _browse(call: Call, rows: Iterable[Row]) -> list[Row]:
    """Return the rows within the instants and the page that a browse names."""
    since, until = optional_instant(call, "earliestUpdatedAt"), optional_instant(call, "latestUpdatedAt")
    size = min(max(call.params.integer("maxReturn", _PAGE_DEFAULT), 1), _PAGE_MAX)
    offset = max(call.params.integer("offset", 0), 0)
    wanted = [
        row
        for row in rows
        if (since is None or row["updated_at"] >= since) and (until is None or row["updated_at"] <= until)
    ]
    return wanted[offset : offset + size]


def _times(row: Row) -> dict[str, object]:
    return {
        "createdAt": render_asset_instant(row["created_at"]),
        "updatedAt": render_asset_instant(row["updated_at"]),
    }


def _described(row: Row) -> dict[str, object]:
    return {} if row["description"] is None else {"description": row["description"]}


def _folder(call: Call, *, required: bool) -> tuple[str, int] | None:
    """Return the folder of a parameter: `{"id":1,"type":"Folder"}`, in whatever quotes, or a bare number."""
    text = call.params.one("folder")
    if not text:
        if required:
            raise ServiceError(PARAMETER_MISSING, name="folder")
        return None
    match = _FOLDER_TEXT.fullmatch(text.strip())
    if match is None:
        raise ServiceError(INVALID_VALUE, value=text, type="Folder")
    parts = {name.lower(): value for name, value in _FOLDER_MEMBER.findall(match["members"] or "")}
    return parts.get("type", "Folder").title(), parse_int32(parts.get("id") or match["number"] or "")


def _list_item(row: Row) -> dict[str, object]:
    where = {"id": row["folder_id"], "type": row["folder_type"]}
    head = {"id": row["id"], "name": row["name"]} | _described(row)
    return head | _times(row) | {"folder": where, "computedUrl": f"#ST{row['id']}A1"}


def list_by_id(call: Call, services: Services) -> Response:
    """Return one static list."""
    wanted = parse_int32(call.path["listId"])
    row = next((row for row in services.lists.all(call.caller) if row["id"] == wanted), None)
    return _one(call, row and _list_item(row), LIST_NOT_FOUND)


def list_by_name(call: Call, services: Services) -> Response:
    """Return the static list of a name."""
    rows = services.lists.named(call.caller, _blank_or(call, "name"))
    return _one(call, _list_item(rows[0]) if rows else None, LIST_NOT_FOUND)


def browse_lists(call: Call, services: Services) -> Response:
    """Return the static lists, of a folder or all."""
    folder = _folder(call, required=False)
    rows = services.lists.all(call.caller)
    if folder is not None:
        rows = [row for row in rows if (row["folder_type"], row["folder_id"]) == folder]
    return asset_success(call.request_id, [_list_item(row) for row in _browse(call, rows)])


def create_list(call: Call, services: Services) -> Response:
    """Create a static list."""
    name, folder = _blank_or(call, "name"), _folder(call, required=True)
    assert folder is not None, "a required folder is there or refused"
    row = services.lists.create(call.caller, folder, name, call.params.one("description"))
    return asset_success(call.request_id, [_list_item(row)])


def change_list(call: Call, services: Services) -> Response:
    """Rename or describe a static list."""
    name = _blank_or(call, "name") if call.params.one("name") is not None else None
    list_id = parse_int32(call.path["listId"])
    row = services.lists.change(call.caller, list_id, name, call.params.one("description"))
    return asset_success(call.request_id, [_list_item(row)])


def delete_list(call: Call, services: Services) -> Response:
    """Delete a static list."""
    list_id = parse_int32(call.path["listId"])
    services.lists.delete(call.caller, list_id)
    return asset_success(call.request_id, [{"id": list_id}])


def folder_by_name(call: Call, services: Services) -> Response:
    """Return the folder of a name."""
    name = _blank_or(call, "name").lower()
    folder_type = (call.params.one("type") or "Folder").lower()
    rows = [row for row in services.lists.folders(call.caller) if row["name"].lower() == name]
    if folder_type != "folder" or not rows:
        raise ServiceError(NO_DATA_FOUND)
    return asset_success(call.request_id, [_folder_item(rows[0])])


def _folder_item(row: Row) -> dict[str, object]:
    parent = None if row["parent_id"] is None else {"id": row["parent_id"], "type": "Folder"}
    return {
        "id": row["id"],
        "name": row["name"],
        **_times(row),
        "folderId": {"id": row["id"], "type": "Folder"},
        "folderType": "Marketing Folder",
        "parent": parent,
        "path": f"/{row['name']}",
        "isArchive": False,
        "isSystem": True,
        "workspace": _WORKSPACE,
    }


def _program_item(row: Row, folders: Mapping[int, str]) -> dict[str, object]:
    folder_id = row["folder_id"]
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"] or "",
        **_times(row),
        "url": f"#PG{row['id']}A1",
        "type": row["program_type"],
        "channel": row["channel"],
        "folder": {"type": "Folder", "value": folder_id, "folderName": folders.get(folder_id, "")},
        "status": "",
        "workspace": _WORKSPACE,
        "tags": [],
        "costs": [],
        "headStart": False,
    }


def _folder_names(call: Call, services: Services) -> dict[int, str]:
    return {row["id"]: row["name"] for row in services.lists.folders(call.caller)}


def program_by_id(call: Call, services: Services) -> Response:
    """Return one program."""
    row = services.programs.one(call.caller, parse_int32(call.path["programId"]))
    return _one(call, row and _program_item(row, _folder_names(call, services)))


def program_by_name(call: Call, services: Services) -> Response:
    """Return the program of a name."""
    row = services.programs.named(call.caller, _blank_or(call, "name"))
    return _one(call, row and _program_item(row, _folder_names(call, services)))


def browse_programs(call: Call, services: Services) -> Response:
    """Return the programs, all or those that a filter finds."""
    rows = services.programs.all(call.caller)
    filter_type, values = call.params.one("filterType"), call.params.many("filterValues")
    if filter_type:
        if not values:
            raise ServiceError(PARAMETER_MISSING, name="filterValues")
        rows = _filtered(rows, filter_type, values)
    names = _folder_names(call, services)
    return asset_success(call.request_id, [_program_item(row, names) for row in _browse(call, rows)])


def _filtered(rows: list[dict[str, Any]], filter_type: str, values: list[str]) -> list[dict[str, Any]]:
    columns = {"id": "id", "programid": "id", "folderid": "folder_id"}
    folded = filter_type.lower()
    if folded == "workspace":
        return rows if _WORKSPACE.lower() in (value.lower() for value in values) else []
    if folded not in columns:
        raise ServiceError(INVALID_VALUE, value=filter_type, type="id, programId, folderId, workspace")
    ids = {parse_int32(value) for value in values}
    return [row for row in rows if row[columns[folded]] in ids]


def create_program(call: Call, services: Services) -> Response:
    """Create a program."""
    name, folder = _blank_or(call, "name"), _folder(call, required=True)
    assert folder is not None, "a required folder is there or refused"
    program_type, channel = _blank_or(call, "type"), _blank_or(call, "channel")
    row = services.programs.create(
        call.caller, name, program_type, channel, folder, call.params.one("description")
    )
    return asset_success(call.request_id, [_program_item(row, _folder_names(call, services))])


def _channel_item(channel: Any) -> dict[str, object]:
    return {
        "id": channel.id,
        "name": channel.name,
        "applicableProgramType": channel.program_type,
        "progressionStatuses": [
            {"name": each.name, "step": each.step}
            | ({} if each.description is None else {"description": each.description})
            | {"hidden": False, "success": each.success}
            for each in channel.statuses
        ],
        "createdAt": render_asset_instant(channel.created_at),
        "updatedAt": render_asset_instant(channel.updated_at),
    }


def browse_channels(call: Call, services: Services) -> Response:
    """Return the channels."""
    found = {channel.id: channel for channel in services.programs.channels(call.caller)}
    rows = _browse(call, [{"id": each.id, "updated_at": each.updated_at} for each in found.values()])
    return asset_success(call.request_id, [_channel_item(found[row["id"]]) for row in rows])


def channel_by_name(call: Call, services: Services) -> Response:
    """Return the channel of a name."""
    name = _blank_or(call, "name").lower()
    found = next(
        (each for each in services.programs.channels(call.caller) if each.name.lower() == name), None
    )
    return _one(call, None if found is None else _channel_item(found))


_NAME = Parameter("name", "query", "The whole name, in any case", required=True)
_LIST_ID = Parameter("listId", "path", "The static list", "integer", required=True)
_PROGRAM_ID = Parameter("programId", "path", "The program", "integer", required=True)
_BROWSE = (
    Parameter("maxReturn", "query", "Assets per page, 20 when absent, 200 at most", "integer"),
    Parameter("offset", "query", "How many to skip", "integer"),
)
_UPDATED = (
    Parameter("earliestUpdatedAt", "query", "Only assets changed since"),
    Parameter("latestUpdatedAt", "query", "Only assets changed until"),
)
_FOLDER = Parameter("folder", "query", '{"id":1,"type":"Folder"}, or of type Program')
_NEW_FOLDER = Parameter("folder", "field", '{"id":1,"type":"Folder"}, or of type Program', required=True)
_NEW_NAME = Parameter("name", "field", "The name", required=True)
_DESCRIPTION = Parameter("description", "field", "What it is for")
_TABLE = (
    ("GET", "staticList/{listId}", "One static list", "ListAsset", list_by_id, (_LIST_ID,)),
    ("GET", "staticList/byName", "The static list of a name", "ListAsset", list_by_name, (_NAME,)),
    (
        "GET",
        "staticLists",
        "Static lists, of a folder or all",
        "ListAsset",
        browse_lists,
        (_FOLDER, *_BROWSE, *_UPDATED),
    ),
    (
        "POST",
        "staticLists",
        "Create a static list",
        "ListAsset",
        create_list,
        (_NEW_FOLDER, _NEW_NAME, _DESCRIPTION),
    ),
    (
        "POST",
        "staticList/{listId}",
        "Rename or describe a static list",
        "ListAsset",
        change_list,
        (_LIST_ID, Parameter("name", "field", "The new name"), _DESCRIPTION),
    ),
    ("POST", "staticList/{listId}/delete", "Delete a static list", "Id", delete_list, (_LIST_ID,)),
    (
        "GET",
        "folder/byName",
        "The folder of a name",
        "Folder",
        folder_by_name,
        (_NAME, Parameter("type", "query", "Folder or Program; Folder when absent")),
    ),
    ("GET", "program/{programId}", "One program", "Program", program_by_id, (_PROGRAM_ID,)),
    ("GET", "program/byName", "The program of a name", "Program", program_by_name, (_NAME,)),
    (
        "GET",
        "programs",
        "Programs, all or by filter",
        "Program",
        browse_programs,
        (
            Parameter("filterType", "query", "id, programId, folderId or workspace"),
            Parameter("filterValues", "query", "With filterType: its values"),
            *_BROWSE,
            *_UPDATED,
        ),
    ),
    (
        "POST",
        "programs",
        "Create a program",
        "Program",
        create_program,
        (
            _NEW_FOLDER,
            _NEW_NAME,
            Parameter("type", "field", "The channel's type of program", required=True),
            Parameter("channel", "field", "The channel's name", required=True),
            _DESCRIPTION,
        ),
    ),
    ("GET", "channels", "Channels", "Channel", browse_channels, _BROWSE),
    ("GET", "channel/byName", "The channel of a name", "Channel", channel_by_name, (_NAME,)),
)
ENDPOINTS = tuple(
    Endpoint(
        method,
        f"{prefix}/asset/v1/{path}.json",
        summary,
        READ_ASSETS if method == "GET" else WRITE_ASSETS,
        result,
        handler,
        parameters=parameters,
        asset=True,
    )
    for prefix in ("/rest", "")
    for method, path, summary, result, handler, parameters in _TABLE
    if prefix or path.startswith("staticList")
)
