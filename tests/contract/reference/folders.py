"""Folders (folders.md; swagger-asset.json)."""

from tests.contract.reference.operations import Case, Operation, asset, refused
from tests.contract.reference.shapes import ASSET_INSTANT, Shape

BY_NAME = "GET /rest/asset/v1/folder/byName.json"


def _folder(
    name: str, own_id: int, kind: str, *, url: str | None, parent: int | None, path: str, **more: Shape
) -> Shape:
    """Return a folder with its members in the printed order; `kind` is the type of folder."""
    return {
        "name": name,
        "description": None,
        "createdAt": ASSET_INSTANT,
        "updatedAt": ASSET_INSTANT,
        "url": url,
        "folderId": {"id": own_id, "type": "Folder"},
        "folderType": kind,
        "parent": None if parent is None else {"id": parent, "type": "Folder"},
        "path": path,
        "isArchive": False,
        "isSystem": True,
        "accessZoneId": 1,
        "workspace": "Default",
        "id": own_id,
    } | more


AREA = _folder("Marketing Activities", 1, "Zone", url=None, parent=None, path="/Marketing Activities")
LISTS = _folder(
    "Group Lists", 3, "Marketing Folder", url="#MF3A1", parent=2, path="/Lead Database/Group Lists"
)
PROGRAM = _folder(
    "Autumn Webinar",
    1002,
    "Marketing Program",
    url="#PG1002A1",
    parent=1,
    path="/Marketing Activities/Autumn Webinar",
    description="Later",
    folderId={"id": 1002, "type": "Program"},
    isSystem=False,
)

OPERATIONS = (
    Operation(
        BY_NAME,
        Case("folders.md: Browse, the root", asset([AREA]), params={"name": "Marketing Activities"}),
        Case("folders.md: By Name", asset([LISTS]), params={"name": "Group Lists", "workspace": "Default"}),
        Case(
            "folders.md: By Name, type",
            asset([PROGRAM]),
            params={"name": "Autumn Webinar", "type": "Program"},
        ),
        Case(
            "folders.md: By Name, root",
            asset([LISTS]),
            params={"name": "Group Lists", "type": "Folder", "root": '{"id":2,"type":"Folder"}'},
        ),
        Case(
            "folders.md: By Name, another root",
            refused(BY_NAME, "702", "No data found for a given search scenario"),
            params={"name": "Group Lists", "type": "Folder", "root": "1"},
        ),
    ),
)
