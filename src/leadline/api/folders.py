"""Folders on the wire; a program is a folder, too (contract §9.6)."""

from collections.abc import Iterator, Mapping

from starlette.responses import Response

from leadline.api import asset_answers
from leadline.api.assets import (
    NAME,
    WORKSPACE,
    asset_endpoints,
    folder_of,
    required_name,
    times_of,
)
from leadline.api.call import Call, Services
from leadline.api.endpoint import Parameter
from leadline.api.envelope import asset_success
from leadline.api.program_types import program_url, type_of
from leadline.errors import INVALID_VALUE, NO_DATA_FOUND, ServiceError
from leadline.schema.lists import Folder
from leadline.schema.programs import Program

_ACCESS_ZONE = 1
"""The workspace's number; there is one."""

Step = Folder | Program
"""A folder or program on the way up to its area."""


def folder_by_name(call: Call, services: Services) -> Response:
    """Return the folders and programs of a name; raises `ServiceError` 702 when there is none."""
    name, root = required_name(call, "name").lower(), folder_of(call, "root")
    wanted = call.params.one("type")
    workspace = call.params.one("workSpace") or call.params.one("workspace") or WORKSPACE
    folders = {each.id: each for each in services.lists.folders(call.caller)}
    named: list[Step] = [each for each in folders.values() if each.name.lower() == name]
    program = services.programs.named(call.caller, name)
    if program is not None:
        named.append(program)
    lines = [[*_line(each, folders)] for each in named if not wanted or _kind(each).lower() == wanted.lower()]
    found = [_item(line) for line in lines if root is None or root in map(_reference, line)]
    if not found or workspace.lower() != WORKSPACE.lower():
        raise ServiceError(NO_DATA_FOUND)
    return asset_success(call.request_id, found)


def _kind(step: Step) -> asset_answers.FolderKind:
    return "Program" if isinstance(step, Program) else "Folder"


def _line(step: Step, folders: Mapping[int, Folder]) -> Iterator[Step]:
    """Yield a folder or program, what it lies in, and so on up to its area."""
    yield step
    parent_id = step.folder_id if isinstance(step, Program) else step.parent_id
    if parent_id is not None:
        yield from _line(folders[parent_id], folders)


def _reference(step: Step) -> tuple[str, int]:
    return _kind(step), step.id


def _shown(step: Step) -> asset_answers.FolderReference:
    return {"id": step.id, "type": _kind(step)}


def _item(line: list[Step]) -> asset_answers.Folder:
    step, is_area = line[0], len(line) == 1
    is_program = isinstance(step, Program)
    return {
        "name": step.name,
        "description": step.description if isinstance(step, Program) else None,
        **times_of(step),
        "url": _url(step, is_area=is_area),
        "folderId": _shown(step),
        "folderType": _folder_type(step, is_area=is_area),
        "parent": None if is_area else _shown(line[1]),
        "path": "".join(f"/{each.name}" for each in reversed(line)),
        "isArchive": False,
        "isSystem": not is_program,
        "accessZoneId": _ACCESS_ZONE,
        "workspace": WORKSPACE,
        "id": step.id,
    }


def _url(step: Step, *, is_area: bool) -> str | None:
    if isinstance(step, Program):
        return program_url(step)
    return None if is_area else f"#MF{step.id}A1"


def _folder_type(step: Step, *, is_area: bool) -> str:
    if isinstance(step, Program):
        return type_of(step).folder_type
    return "Zone" if is_area else "Marketing Folder"


ENDPOINTS = tuple(
    asset_endpoints(
        "folders.find",
        "GET",
        "folder/byName",
        "The folders of a name",
        asset_answers.Folder,
        folder_by_name,
        (
            NAME,
            Parameter("type", "query", "both when absent", choices=("Folder", "Program")),
            Parameter("root", "query", 'Only what lies there: {"id":1,"type":"Folder"}'),
            Parameter("workSpace", "query", "There is one, Default"),
        ),
        NO_DATA_FOUND,
        INVALID_VALUE,
    )
)
