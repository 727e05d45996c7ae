"""The types of custom objects on the wire: drafted, changed, approved (contract §9.9)."""

from typing import Any

from starlette.responses import Response

from leadline.api.bodies import Names, NewObjectFields, ObjectFieldChange, ObjectTypeSync
from leadline.api.call import Call, Services
from leadline.api.endpoint import READ_OBJECT_TYPE, WRITE_OBJECT_TYPE, Endpoint, Handler, Parameter
from leadline.api.envelope import success
from leadline.api.object_shapes import offer_item, type_item
from leadline.api.object_type_answers import CustomObjectType, Dependent, LinkableObject
from leadline.api.request_values import action_of, flag_of, input_of, required_text, text_of
from leadline.errors import (
    DISCARD_FAILED,
    FIELD_NOT_FOUND,
    INVALID_DATA_BECAUSE,
    INVALID_VALUE,
    NOT_ENABLED,
    OBJECT_EXISTS,
    OBJECT_IN_USE,
    OBJECT_NOT_FOUND,
    Entry,
    ServiceError,
)
from leadline.lead_database.object_types import DATA_TYPES
from leadline.model.records import Action

_STATES = ("draft", "approved", "approvedWithDraft")
_TEXTS = ("displayName", "pluralName", "description")
_FIELD_KEYS = ("name", "displayName", "dataType", "description", "length", "relatedTo", "isDedupeField")


def list_types(call: Call, services: Services) -> Response:
    """Return the types, approved or not."""
    found = services.object_types.all(call.caller, call.params.many("names"), _state_of(call))
    return success(call.request_id, [type_item(*each) for each in found])


def describe_type(call: Call, services: Services) -> Response:
    """Describe one type: what was approved, or the draft."""
    found = services.object_types.one(call.caller, call.path["apiName"], _state_of(call))
    return success(call.request_id, [type_item(*found)])


def _state_of(call: Call) -> str | None:
    state = call.params.one("state")
    if state and state not in _STATES:
        raise ServiceError(INVALID_VALUE, value=state, type=", ".join(_STATES))
    return state or None


def sync_type(call: Call, services: Services) -> Response:
    """Create a type as a draft, or change how it is shown."""
    body = call.json()
    action = action_of(body, (Action.CREATE_OR_UPDATE, Action.CREATE_ONLY, Action.UPDATE_ONLY))
    name = required_text(body, "apiName")
    values: dict[str, object] = {each: text_of(body, each) for each in _TEXTS if each in body}
    values |= {each: value for each in ("showInLeadDetail",) if (value := flag_of(body, each)) is not None}
    if values.get("displayName") is None:
        values.pop("displayName", None)
    services.object_types.sync(call.caller, action, name, values)
    return _done(call)


def add_fields(call: Call, services: Services) -> Response:
    """Add fields to the draft."""
    items = [_attributes(item) for item in _named_items(call, "name", "displayName", "dataType")]
    services.object_types.add_fields(call.caller, call.path["apiName"], items)
    return _done(call)


def change_field(call: Call, services: Services) -> Response:
    """Change a field of the draft."""
    changes = {call.path["fieldApiName"]: _attributes(call.json())}
    services.object_types.change_fields(call.caller, call.path["apiName"], changes)
    return _done(call)


def change_fields(call: Call, services: Services) -> Response:
    """Change fields of the draft, each named in its item."""
    changes = {item["name"]: _attributes(item) for item in _named_items(call)}
    services.object_types.change_fields(call.caller, call.path["apiName"], changes)
    return _done(call)


def delete_fields(call: Call, services: Services) -> Response:
    """Take fields out of the draft."""
    names = [item["name"] for item in _named_items(call)]
    services.object_types.delete_fields(call.caller, call.path["apiName"], names)
    return _done(call)


def _named_items(call: Call, *required: str) -> list[dict[str, Any]]:
    items = input_of(call)
    for item in items:
        for name in required or ("name",):
            required_text(item, name)
    return items


def _attributes(item: dict[str, Any]) -> dict[str, Any]:
    """Return what an item says of a field; a description of null takes it away, other nulls say nothing."""
    said = {name: item[name] for name in _FIELD_KEYS if item.get(name) is not None}
    if "description" in item:
        said["description"] = text_of(item, "description")
    if (kind := text_of(item, "dataType")) is not None:
        said["dataType"] = kind.lower()
    flag_of(item, "isDedupeField")
    return said


def approve(call: Call, services: Services) -> Response:
    """Approve the draft."""
    services.object_types.approve(call.caller, call.path["apiName"])
    return _done(call)


def discard_draft(call: Call, services: Services) -> Response:
    """Forget the draft."""
    services.object_types.discard(call.caller, call.path["apiName"])
    return _done(call)


def delete_type(call: Call, services: Services) -> Response:
    """Delete the type with its records."""
    services.object_types.delete(call.caller, call.path["apiName"])
    return _done(call)


def _done(call: Call) -> Response:
    """Return what every change of a type answers: nothing but success (contract §9.9)."""
    return success(call.request_id, [])


def data_types(call: Call, services: Services) -> Response:
    """Return the data types that fields may have."""
    return success(call.request_id, list(DATA_TYPES))


def linkable_objects(call: Call, services: Services) -> Response:
    """Return the objects that link fields may point to, each with its keys."""
    return success(call.request_id, [offer_item(each) for each in services.object_types.offers(call.caller)])


def dependent_assets(call: Call, services: Services) -> Response:
    """Return the custom objects that link to this one."""
    found = services.object_types.dependents(call.caller, call.path["apiName"])
    items: list[Dependent] = [
        {
            "assetType": "Custom Object",
            "assetId": stored.number,
            "assetName": stored.newest.api_name,
            "usedFields": used,
        }
        for stored, used in found
    ]
    return success(call.request_id, items)


_BASE = "/rest/v1/customobjects/schema"
_API_NAME = Parameter("apiName", "path", "The type's API name", required=True)
_FIELD = Parameter("fieldApiName", "path", "The field's API name", required=True)
_NAMES = Parameter("names", "query", "API names, comma-separated or repeated")
_STATE = Parameter("state", "query", "both versions when absent", choices=_STATES)


def _change(
    verb: str,
    path: str,
    summary: str,
    handler: Handler,
    body: Any = None,
    *parameters: Parameter,
    refusals: tuple[Entry, ...] = (),
) -> Endpoint:
    return Endpoint(
        f"objecttypes.{verb}",
        "POST",
        f"{_BASE}/{{apiName}}/{path}.json",
        summary,
        WRITE_OBJECT_TYPE,
        None,
        handler,
        parameters=(_API_NAME, *parameters),
        body=body,
        refusals=(OBJECT_NOT_FOUND, INVALID_DATA_BECAUSE, *refusals),
    )


def _look(
    verb: str, path: str, summary: str, result: Any, handler: Handler, *parameters: Parameter
) -> Endpoint:
    return Endpoint(
        f"objecttypes.{verb}",
        "GET",
        f"{_BASE}{path}.json",
        summary,
        READ_OBJECT_TYPE,
        result,
        handler,
        parameters=parameters,
        refusals=(OBJECT_NOT_FOUND,) if _API_NAME in parameters else (),
    )


_TYPE = CustomObjectType
ENDPOINTS = (
    _look("list", "", "Types of custom objects, approved or not", _TYPE, list_types, _NAMES, _STATE),
    Endpoint(
        "objecttypes.sync",
        "POST",
        f"{_BASE}.json",
        "Create a type of custom object as a draft, or change how it is shown",
        WRITE_OBJECT_TYPE,
        None,
        sync_type,
        body=ObjectTypeSync,
        refusals=(OBJECT_NOT_FOUND, OBJECT_EXISTS, INVALID_DATA_BECAUSE),
    ),
    _look("describe", "/{apiName}/describe", "One type", _TYPE, describe_type, _API_NAME, _STATE),
    _change("addfields", "addField", "Add fields to the draft", add_fields, NewObjectFields),
    _change(
        "changefield",
        "{fieldApiName}/updateField",
        "Change a field of the draft",
        change_field,
        ObjectFieldChange,
        _FIELD,
        refusals=(FIELD_NOT_FOUND,),
    ),
    _change(
        "changefields",
        "updateField",
        "Change fields of the draft",
        change_fields,
        Names,
        refusals=(FIELD_NOT_FOUND,),
    ),
    _change(
        "deletefields",
        "deleteField",
        "Take fields out of the draft",
        delete_fields,
        Names,
        refusals=(FIELD_NOT_FOUND,),
    ),
    _change(
        "approve",
        "approve",
        "Approve the draft, so that it has records",
        approve,
        refusals=(OBJECT_IN_USE, NOT_ENABLED),
    ),
    _change("discard", "discardDraft", "Forget the draft", discard_draft, refusals=(DISCARD_FAILED,)),
    _change(
        "delete",
        "delete",
        "Delete the type with its records",
        delete_type,
        refusals=(OBJECT_IN_USE, NOT_ENABLED),
    ),
    _look("datatypes", "/fieldDataTypes", "Data types that fields may have", str, data_types),
    _look("linkable", "/linkableObjects", "What link fields may point to", LinkableObject, linkable_objects),
    _look(
        "dependents",
        "/{apiName}/dependentAssets",
        "What links to the type",
        Dependent,
        dependent_assets,
        _API_NAME,
    ),
)
