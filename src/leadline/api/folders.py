"""Folders on the wire; a program is a folder, too (contract §9.6)."""

from collections.abc import Iterator, Mapping

from starlette.responses import Response

from leadline.api.assets import (
    NAME,
    WORKSPACE,
    Row,
    asset_endpoints,
    folder_of,
    required_name,
    times_of,
)
from leadline.api.call import Call, Parameter, Services
from leadline.api.envelope import asset_success
from leadline.api.program_types import program_url, type_of
from leadline.errors import NO_DATA_FOUND, ServiceError

_ACCESS_ZONE = 1
"""The workspace's number; there is one."""


def folder_by_name(call: Call, services: Services) -> Response:
    """Return the folders and programs of a name; raises `ServiceError` 702 when there is none."""
    name, root = required_name(call, "name").lower(), folder_of(call, "root")
    wanted = call.params.one("type")
    workspace = call.params.one("workSpace") or call.params.one("workspace") or WORKSPACE
    folders = {row["id"]: row for row in services.lists.folders(call.caller)}
    named = [("Folder", row) for row in folders.values() if row["name"].lower() == name]
    program = services.programs.named(call.caller, name)
    if program is not None:
        named.append(("Program", program))
    lines = [
        [*_line(kind, row, folders)] for kind, row in named if not wanted or kind.lower() == wanted.lower()
    ]
    found = [_item(line) for line in lines if root is None or root in map(_reference, line)]
    if not found or workspace.lower() != WORKSPACE.lower():
        raise ServiceError(NO_DATA_FOUND)
    return asset_success(call.request_id, found)


Step = tuple[str, Row]
"""A folder or program on the way up, with which of both it is."""


def _line(kind: str, row: Row, folders: Mapping[int, Row]) -> Iterator[Step]:
    """Yield a folder or program, what it lies in, and so on up to its area."""
    yield kind, row
    parent_id = row["folder_id"] if kind == "Program" else row["parent_id"]
    if parent_id is not None:
        yield from _line("Folder", folders[parent_id], folders)


def _reference(step: Step) -> tuple[str, int]:
    return step[0], step[1]["id"]


def _shown(step: Step) -> dict[str, object]:
    return {"id": step[1]["id"], "type": step[0]}


def _item(line: list[Step]) -> dict[str, object]:
    (kind, row), is_area = line[0], len(line) == 1
    return {
        "name": row["name"],
        "description": row.get("description"),
        **times_of(row),
        "url": program_url(row) if kind == "Program" else None if is_area else f"#MF{row['id']}A1",
        "folderId": _shown(line[0]),
        "folderType": _folder_type(kind, row, is_area=is_area),
        "parent": None if is_area else _shown(line[1]),
        "path": "".join(f"/{each['name']}" for _, each in reversed(line)),
        "isArchive": False,
        "isSystem": kind == "Folder",
        "accessZoneId": _ACCESS_ZONE,
        "workspace": WORKSPACE,
        "id": row["id"],
    }


def _folder_type(kind: str, row: Row, *, is_area: bool) -> str:
    if kind == "Program":
        return type_of(row).folder_type
    return "Zone" if is_area else "Marketing Folder"


ENDPOINTS = tuple(
    asset_endpoints(
        "GET",
        "folder/byName",
        "The folders of a name",
        "Folder",
        folder_by_name,
        (
            NAME,
            Parameter("type", "query", "Folder or Program; both when absent"),
            Parameter("root", "query", 'Only what lies there: {"id":1,"type":"Folder"}'),
            Parameter("workSpace", "query", "There is one, Default"),
        ),
    )
)
