"""Static lists on the asset side (static-lists.md; swagger-asset.json)."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.contract.reference.operations import Case, Operation, asset, refused
from tests.contract.reference.shapes import ASSET_INSTANT, INTEGER, TEXT, Many, Maybe, Shape, written
from tests.harness import Server

LISTS = "/rest/asset/v1/staticLists.json"
BY_ID, BY_NAME = "GET /rest/asset/v1/staticList/{listId}.json", "GET /rest/asset/v1/staticList/byName.json"
DELETE = "POST /rest/asset/v1/staticList/{listId}/delete.json"
GONE = "Static List not found or it has been deleted"
IN_FOLDER = {"id": 3, "type": "Folder"}
IN_PROGRAM = {"id": 1001, "type": "Program"}
_numbers = count(1)


def _list(folder: Shape, **more: Shape) -> Shape:
    """Return a list with its members in the printed order; `more` stands behind the name."""
    return {
        "id": INTEGER,
        "name": TEXT,
        **more,
        "createdAt": ASSET_INSTANT,
        "updatedAt": ASSET_INSTANT,
        "folder": folder,
        "computedUrl": written("the part of an address", r"#ST\d+A1"),
    }


def _form(server: Server) -> Mapping[str, Any]:
    return {"form": {"folder": '{"id":1001,"type":"Program"}', "name": f"My Static List {next(_numbers)}"}}


def _made(server: Server) -> Mapping[str, Any]:
    """Make a list in a program; tell its id."""
    (row,) = server.call("POST", LISTS, data=_form(server)["form"]).json()["result"]
    return {"path": {"listId": row["id"]}}


USED = "This is a static list used for testing"
OPERATIONS = (
    Operation(
        BY_ID,
        Case("static-lists.md: By Id", asset([_list(IN_FOLDER)]), {"listId": 1001}),
        Case("error-codes.md: 702", refused(BY_ID, "702", GONE), {"listId": 9}),
    ),
    Operation(
        BY_NAME,
        Case("static-lists.md: By Name", asset([_list(IN_FOLDER)]), params={"name": "Newsletter"}),
        Case("error-codes.md: 702", refused(BY_NAME, "702", GONE), params={"name": "none"}),
    ),
    Operation(
        f"GET {LISTS}",
        Case(
            "static-lists.md: Browse",
            asset([_list(IN_FOLDER)] * 2),
            params={"folder": '{"id":3,"type":"Folder"}'},
        ),
        Case(
            "swagger-asset.json: StaticListResponse",
            asset(Many(_list({"id": INTEGER, "type": TEXT}, **{Maybe("description"): TEXT}))),
        ),
    ),
    Operation(
        f"POST {LISTS}",
        Case("static-lists.md: Create and Update, create", asset([_list(IN_PROGRAM)]), given=_form),
    ),
    Operation(
        "POST /rest/asset/v1/staticList/{listId}.json",
        Case(
            "static-lists.md: Create and Update, update",
            asset([_list(IN_PROGRAM, description=USED)]),
            form={"description": USED},
            given=_made,
        ),
    ),
    Operation(
        DELETE,
        Case("static-lists.md: Delete", asset([{"id": INTEGER}]), given=_made),
        Case("error-codes.md: 702", refused(DELETE, "702", GONE), {"listId": 9}),
    ),
)
