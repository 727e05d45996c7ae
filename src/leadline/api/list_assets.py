"""Static lists on the asset side (contract §9.6)."""

from starlette.responses import Response

from leadline.api.asset_answers import AssetId, Described, ListAsset
from leadline.api.assets import (
    BROWSE,
    DESCRIPTION,
    NAME,
    NEW_FOLDER,
    NEW_NAME,
    UPDATED,
    asset_endpoints,
    folder_of,
    new_description,
    one_asset,
    page_of_assets,
    required_name,
    times_of,
)
from leadline.api.call import Call, Services
from leadline.api.endpoint import Parameter
from leadline.api.envelope import asset_success
from leadline.errors import FOLDER_INCOMPATIBLE, FOLDER_NOT_FOUND, INVALID_DATE, LIST_NOT_FOUND, RULE_VIOLATED
from leadline.imports.requests import parse_int32
from leadline.schema.lists import StaticList


def _list_item(each: StaticList) -> ListAsset:
    described: Described = {} if each.description is None else {"description": each.description}
    return {
        "id": each.id,
        "name": each.name,
        **described,
        **times_of(each),
        "folder": {"id": each.folder_id, "type": "Program" if each.folder_type == "Program" else "Folder"},
        "computedUrl": f"#ST{each.id}A1",
    }


def list_by_id(call: Call, services: Services) -> Response:
    """Return one static list."""
    wanted = parse_int32(call.path["listId"])
    found = next((each for each in services.lists.all(call.caller) if each.id == wanted), None)
    return one_asset(call, _list_item(found) if found else None, LIST_NOT_FOUND)


def list_by_name(call: Call, services: Services) -> Response:
    """Return the static list of a name."""
    found = services.lists.named(call.caller, required_name(call, "name"))
    return one_asset(call, _list_item(found[0]) if found else None, LIST_NOT_FOUND)


def browse_lists(call: Call, services: Services) -> Response:
    """Return the static lists, of a folder or all."""
    folder = folder_of(call)
    found = [each for each in services.lists.all(call.caller) if folder is None or each.folder == folder]
    return asset_success(call.request_id, [_list_item(each) for each in page_of_assets(call, found)])


def create_list(call: Call, services: Services) -> Response:
    """Create a static list."""
    name, folder = required_name(call, "name"), folder_of(call, required=True)
    assert folder is not None, "a required folder is there or refused"
    made = services.lists.create(call.caller, folder, name, new_description(call))
    return asset_success(call.request_id, [_list_item(made)])


def change_list(call: Call, services: Services) -> Response:
    """Rename or describe a static list."""
    name = required_name(call, "name") if call.params.is_named("name") else None
    list_id = parse_int32(call.path["listId"])
    changed = services.lists.change(call.caller, list_id, name, new_description(call))
    return asset_success(call.request_id, [_list_item(changed)])


def delete_list(call: Call, services: Services) -> Response:
    """Delete a static list."""
    list_id = parse_int32(call.path["listId"])
    services.lists.delete(call.caller, list_id)
    return asset_success(call.request_id, [{"id": list_id}])


_LIST_ID = Parameter("listId", "path", "The static list", "integer", required=True)
_FOLDER = Parameter("folder", "query", '{"id":1,"type":"Folder"}, or of type Program')
_TABLE = (
    (
        "staticlists.get",
        "GET",
        "staticList/{listId}",
        "One static list",
        ListAsset,
        list_by_id,
        (_LIST_ID,),
        LIST_NOT_FOUND,
    ),
    (
        "staticlists.find",
        "GET",
        "staticList/byName",
        "The static list of a name",
        ListAsset,
        list_by_name,
        (NAME,),
        LIST_NOT_FOUND,
    ),
    (
        "staticlists.browse",
        "GET",
        "staticLists",
        "Static lists, of a folder or all",
        ListAsset,
        browse_lists,
        (_FOLDER, *BROWSE, *UPDATED),
        INVALID_DATE,
    ),
    (
        "staticlists.create",
        "POST",
        "staticLists",
        "Create a static list",
        ListAsset,
        create_list,
        (NEW_FOLDER, NEW_NAME, DESCRIPTION),
        FOLDER_NOT_FOUND,
        FOLDER_INCOMPATIBLE,
    ),
    (
        "staticlists.change",
        "POST",
        "staticList/{listId}",
        "Rename or describe a static list",
        ListAsset,
        change_list,
        (_LIST_ID, Parameter("name", "field", "The new name"), DESCRIPTION),
        LIST_NOT_FOUND,
    ),
    (
        "staticlists.delete",
        "POST",
        "staticList/{listId}/delete",
        "Delete a static list",
        AssetId,
        delete_list,
        (_LIST_ID,),
        LIST_NOT_FOUND,
        RULE_VIOLATED,
    ),
)
ENDPOINTS = tuple(endpoint for row in _TABLE for endpoint in asset_endpoints(*row))
