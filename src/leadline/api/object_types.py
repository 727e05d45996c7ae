"""The types of custom objects on the wire: drafted, changed, approved (contract §9.9)."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from leadline.api.bodies import action_of, input_of, required_text, text_of
from leadline.api.call import READ_OBJECT_TYPE, WRITE_OBJECT_TYPE, Call, Endpoint, Parameter, Services
from leadline.api.envelope import success
from leadline.clock import render_instant
from leadline.errors import INVALID_VALUE, OBJECT_NOT_FOUND, ServiceError
from leadline.model import Action
from leadline.people.object_types import DATA_TYPES

_TYPE_KEYS = ("apiName", "displayName", "pluralName", "description", "showInLeadDetail")


def list_types(call: Call, services: Services) -> Response:
    """Return the types, approved or not."""
    wanted = {name.lower() for name in call.params.many("names")}
    found = services.object_types.all(call.caller)
    items = [
        _item(each, each.newest) for each in found if not wanted or each.newest.api_name.lower() in wanted
    ]
    return success(call.request_id, items)


def describe_type(call: Call, services: Services) -> Response:
    """Describe one type: what was approved, or the draft."""
    stored = services.object_types.one(call.caller, call.path["apiName"])
    state = call.params.one("state") or ("draft" if stored.approved is None else "approved")
    if state not in ("draft", "approved", "approvedWithDraft"):
        raise ServiceError(INVALID_VALUE, value=state, type="draft, approved, approvedWithDraft")
    definition = stored.approved if state == "approved" else stored.draft
    if definition is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    return success(call.request_id, [_item(stored, definition)])


def _item(stored: Any, definition: Any) -> dict[str, object]:
    dedupe = list(definition.dedupe_fields)
    return {
        "apiName": definition.api_name,
        "displayName": definition.display_name,
        "pluralName": definition.plural_name or definition.display_name,
        "description": definition.description or "",
        "state": stored.state,
        "showInLeadDetail": definition.show_in_lead_detail,
        "createdAt": render_instant(stored.created_at),
        "updatedAt": render_instant(stored.updated_at),
        "idField": "marketoGUID",
        "dedupeFields": dedupe,
        "searchableFields": [dedupe, ["marketoGUID"]] if dedupe else [["marketoGUID"]],
        "relationships": [
            {
                "field": field.name,
                "type": "child",
                "relatedTo": {"name": field.related_to.name, "field": field.related_to.field},
            }
            for field in definition.fields
            if field.related_to
        ],
        "fields": [
            {
                "name": field.name,
                "displayName": field.display_name,
                "dataType": field.data_type,
                "isDedupeField": field.name in dedupe,
            }
            | ({} if field.length is None else {"length": field.length})
            for field in definition.fields
        ],
        "version": "draft" if definition is stored.draft else "approved",
    }


def sync_type(call: Call, services: Services) -> Response:
    """Create a type as a draft, or change how it is shown."""
    body = call.json()
    action = action_of(body, (Action.CREATE_OR_UPDATE, Action.CREATE_ONLY, Action.UPDATE_ONLY))
    for name in ("apiName", "displayName"):
        required_text(body, name)
    for name in ("pluralName", "description"):
        text_of(body, name)
    values = {name: body[name] for name in _TYPE_KEYS if body.get(name) is not None}
    stored, status = services.object_types.sync(call.caller, action, values)
    return _done(call, stored.newest.api_name, status)


def add_fields(call: Call, services: Services) -> Response:
    """Add fields to the draft."""
    items = _named_items(call, "name", "displayName", "dataType")
    services.object_types.add_fields(call.caller, call.path["apiName"], items)
    return _done(call, call.path["apiName"], "updated")


def change_fields(call: Call, services: Services) -> Response:
    """Change fields of the draft."""
    items = _named_items(call)
    services.object_types.change_fields(call.caller, call.path["apiName"], items)
    return _done(call, call.path["apiName"], "updated")


def delete_fields(call: Call, services: Services) -> Response:
    """Take fields out of the draft."""
    names = [item["name"] for item in _named_items(call)]
    services.object_types.delete_fields(call.caller, call.path["apiName"], names)
    return _done(call, call.path["apiName"], "updated")


def _named_items(call: Call, *required: str) -> list[dict[str, Any]]:
    items = input_of(call)
    for item in items:
        for name in required or ("name",):
            required_text(item, name)
    return items


def approve(call: Call, services: Services) -> Response:
    """Approve the draft."""
    services.object_types.approve(call.caller, call.path["apiName"])
    return _done(call, call.path["apiName"], "approved")


def discard_draft(call: Call, services: Services) -> Response:
    """Forget the draft."""
    services.object_types.discard(call.caller, call.path["apiName"])
    return _done(call, call.path["apiName"], "discarded")


def delete_type(call: Call, services: Services) -> Response:
    """Delete the type with its records."""
    services.object_types.delete(call.caller, call.path["apiName"])
    return _done(call, call.path["apiName"], "deleted")


def _done(call: Call, name: str, status: str) -> Response:
    return success(call.request_id, [{"name": name, "status": status}])


def data_types(call: Call, services: Services) -> Response:
    """Return the data types that fields may have."""
    return success(call.request_id, list(DATA_TYPES))


def linkable_objects(call: Call, services: Services) -> Response:
    """Return the objects that link fields may point to, each with its keys."""
    lead_type = services.leads.object_type(call.caller)
    company = services.objects.object_type(call.caller, "company")
    items = [
        {"name": each.display_name, "fields": [_key(field) for field in each.searchable]}
        for each in (lead_type, company)
    ]
    for _, custom in services.objects.custom_types(call.caller):
        keys = [_key(field) for field in custom.fields if (field.name,) == custom.dedupe]
        items.append({"name": custom.name, "fields": keys})
    return success(call.request_id, items)


def _key(field: Any) -> dict[str, object]:
    return {"name": field.name, "displayName": field.display_name, "dataType": field.type.name}


def dependent_assets(call: Call, services: Services) -> Response:
    """Return the custom objects that link to this one."""
    found = services.object_types.dependents(call.caller, call.path["apiName"])
    return success(
        call.request_id, [{"assetType": "Custom Object", "assetName": each.newest.api_name} for each in found]
    )


_BASE = "/rest/v1/customobjects/schema"
_API_NAME = Parameter("apiName", "path", "The type's API name", required=True)
_NAMES = Parameter("names", "query", "API names, comma-separated or repeated")
_STATE = Parameter("state", "query", "draft, approved or approvedWithDraft")
Handler = Callable[[Call, Services], Response]


def _change(path: str, summary: str, handler: Handler, body: str | None = None) -> Endpoint:
    return Endpoint(
        "POST",
        f"{_BASE}/{{apiName}}/{path}.json",
        summary,
        WRITE_OBJECT_TYPE,
        "NameStatus",
        handler,
        parameters=(_API_NAME,),
        body=body,
    )


def _look(path: str, summary: str, result: str, handler: Handler, *parameters: Parameter) -> Endpoint:
    return Endpoint(
        "GET", f"{_BASE}{path}.json", summary, READ_OBJECT_TYPE, result, handler, parameters=parameters
    )


ENDPOINTS = (
    _look("", "Types of custom objects, approved or not", "CustomObjectType", list_types, _NAMES),
    Endpoint(
        "POST",
        f"{_BASE}.json",
        "Create a type of custom object as a draft, or change how it is shown",
        WRITE_OBJECT_TYPE,
        "NameStatus",
        sync_type,
        body="ObjectTypeSync",
    ),
    _look("/{apiName}/describe", "One type", "CustomObjectType", describe_type, _API_NAME, _STATE),
    _change("addField", "Add fields to the draft", add_fields, "NewObjectFields"),
    _change("updateField", "Change fields of the draft", change_fields, "Names"),
    _change("deleteField", "Take fields out of the draft", delete_fields, "Names"),
    _change("approve", "Approve the draft, so that it has records", approve),
    _change("discardDraft", "Forget the draft", discard_draft),
    _change("delete", "Delete the type with its records", delete_type),
    _look("/fieldDataTypes", "Data types that fields may have", "Text", data_types),
    _look("/linkableObjects", "What link fields may point to", "LinkableObject", linkable_objects),
    _look("/{apiName}/dependentAssets", "What links to the type", "Dependent", dependent_assets, _API_NAME),
)
