"""The fields of leads and program members on the wire: listed, created, changed (contract §9.4)."""

from functools import partial
from typing import Any

from starlette.responses import Response

from leadline.api.bodies import PAGING, input_of, rows_reply, skipped, window_of
from leadline.api.call import SCHEMA_FIELD, Call, Endpoint, Parameter, Services
from leadline.api.envelope import success
from leadline.people.fields import FieldResult


def browse_fields(call: Call, services: Services, *, object_type: str) -> Response:
    """Return the fields."""
    found, token = services.fields.browse(call.caller, object_type, window_of(call))
    return rows_reply(call, [_item(field) for field in found], token)


def field_by_name(call: Call, services: Services, *, object_type: str) -> Response:
    """Return one field."""
    found = services.fields.one(call.caller, object_type, call.path["fieldApiName"])
    return success(call.request_id, [_item(found)])


def _item(field: Any) -> dict[str, object]:
    return (
        {
            "displayName": field.display_name,
            "name": field.name,
            "description": field.description or "",
            "dataType": field.type.name,
        }
        | ({} if field.length is None else {"length": field.length})
        | {
            "isHidden": field.hidden,
            "isHtmlEncodingInEmail": True,
            "isSensitive": False,
            "isCustom": field.custom,
            "isApiCreated": field.by_api,
        }
    )


def create_fields(call: Call, services: Services, *, object_type: str) -> Response:
    """Create custom fields."""
    results = services.fields.create(call.caller, object_type, input_of(call))
    return success(call.request_id, [_told(each) for each in results])


def change_field(call: Call, services: Services, *, object_type: str) -> Response:
    """Change how a custom field is shown."""
    item = input_of(call)[0]
    result = services.fields.change(call.caller, object_type, call.path["fieldApiName"], item)
    return success(call.request_id, [_told(result)])


def _told(result: FieldResult) -> dict[str, object]:
    if result.code is not None:
        return {"name": result.name} | skipped(result.code, result.message)
    return {"name": result.name, "status": result.status}


_NAME = Parameter("fieldApiName", "path", "The field's API name", required=True)


def _endpoints(base: str, object_type: str, noun: str) -> list[Endpoint]:
    """Return the calls about the fields of one object type."""
    one = f"{base}/{{fieldApiName}}.json"
    return [
        Endpoint(
            "GET",
            f"{base}.json",
            f"Fields of {noun}, as their schema has them",
            SCHEMA_FIELD,
            "SchemaField",
            partial(browse_fields, object_type=object_type),
            parameters=PAGING,
        ),
        Endpoint(
            "POST",
            f"{base}.json",
            f"Create custom fields of {noun}",
            SCHEMA_FIELD,
            "NameStatus",
            partial(create_fields, object_type=object_type),
            body="NewFields",
        ),
        Endpoint(
            "GET",
            one,
            f"One field of {noun}",
            SCHEMA_FIELD,
            "SchemaField",
            partial(field_by_name, object_type=object_type),
            parameters=(_NAME,),
        ),
        Endpoint(
            "POST",
            one,
            f"Change how a custom field of {noun} is shown",
            SCHEMA_FIELD,
            "NameStatus",
            partial(change_field, object_type=object_type),
            parameters=(_NAME,),
            body="FieldChange",
        ),
    ]


ENDPOINTS = (
    *_endpoints("/rest/v1/leads/schema/fields", "lead", "leads"),
    *_endpoints("/rest/v1/programs/members/schema/fields", "program_member", "program members"),
)
