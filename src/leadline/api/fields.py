"""The fields of leads, members and companies on the wire: listed, created, changed (contract §9.4)."""

from functools import partial
from typing import cast

from starlette.responses import Response

from leadline.api.bodies import FieldChange, NewFields
from leadline.api.call import Call, Services
from leadline.api.endpoint import SCHEMA_FIELD, Endpoint, Parameter
from leadline.api.envelope import success
from leadline.api.record_answers import NameStatus, SchemaField
from leadline.api.request_values import PAGING, input_of, rows_reply, skipped, window_of
from leadline.errors import FIELD_NOT_FOUND, NOT_ENABLED, TOO_MANY_VALUES, ServiceError
from leadline.lead_database.fields import FieldResult, ShownField


def browse_fields(call: Call, services: Services, *, object_type: str) -> Response:
    """Return the fields."""
    page = services.fields.browse(call.caller, object_type, window_of(call))
    return rows_reply(call, [_field(each) for each in page.items], page.next_page_token)


def field_by_name(call: Call, services: Services, *, object_type: str) -> Response:
    """Return one field."""
    found = services.fields.one(call.caller, object_type, call.path["fieldApiName"])
    return success(call.request_id, [_field(found)])


def create_fields(call: Call, services: Services, *, object_type: str) -> Response:
    """Create custom fields."""
    results = services.fields.create(call.caller, object_type, input_of(call))
    return success(call.request_id, [_result(each) for each in results])


def change_field(call: Call, services: Services, *, object_type: str) -> Response:
    """Change what may be changed of one field; raises `ServiceError` 1003 when the body names several."""
    items = input_of(call)
    if len(items) > 1:
        raise ServiceError(TOO_MANY_VALUES, limit=1, name="input")
    result = services.fields.change(call.caller, object_type, call.path["fieldApiName"], items[0])
    return success(call.request_id, [_result(result)])


def _result(result: FieldResult) -> NameStatus:
    if result.reason is not None:
        return {"name": result.name, **skipped(result.reason)}
    assert result.status != "skipped", "what is skipped has a reason"
    return {"name": result.name, "status": result.status}


def _field(shown: ShownField) -> SchemaField:
    """Return a field as its schema shows it; the use case calls its attributes as calls do."""
    return cast(SchemaField, shown.attributes)


_NAME = Parameter("fieldApiName", "path", "The field's API name", required=True)


def _read_endpoints(subject: str, base: str, object_type: str, noun: str) -> list[Endpoint]:
    """Return the calls that show the fields of one object type."""
    return [
        Endpoint(
            f"{subject}.query",
            "GET",
            f"{base}.json",
            f"Fields of {noun}, as their schema has them",
            SCHEMA_FIELD,
            SchemaField,
            partial(browse_fields, object_type=object_type),
            parameters=PAGING,
        ),
        Endpoint(
            f"{subject}.get",
            "GET",
            f"{base}/{{fieldApiName}}.json",
            f"One field of {noun}",
            SCHEMA_FIELD,
            SchemaField,
            partial(field_by_name, object_type=object_type),
            parameters=(_NAME,),
            refusals=(FIELD_NOT_FOUND,),
        ),
    ]


def _write_endpoints(subject: str, base: str, object_type: str, noun: str) -> list[Endpoint]:
    """Return the calls that create and change the fields of one object type."""
    return [
        Endpoint(
            f"{subject}.create",
            "POST",
            f"{base}.json",
            f"Create custom fields of {noun}",
            SCHEMA_FIELD,
            NameStatus,
            partial(create_fields, object_type=object_type),
            body=NewFields,
            refusals=(NOT_ENABLED,),
        ),
        Endpoint(
            f"{subject}.change",
            "POST",
            f"{base}/{{fieldApiName}}.json",
            f"Change how a field of {noun} is shown",
            SCHEMA_FIELD,
            NameStatus,
            partial(change_field, object_type=object_type),
            parameters=(_NAME,),
            body=FieldChange,
            refusals=(FIELD_NOT_FOUND, NOT_ENABLED),
        ),
    ]


_LEADS = "leadfields", "/rest/v1/leads/schema/fields", "lead", "leads"
_MEMBERS = "memberfields", "/rest/v1/programs/members/schema/fields", "program_member", "program members"
ENDPOINTS = (
    *_read_endpoints(*_LEADS),
    *_write_endpoints(*_LEADS),
    *_read_endpoints(*_MEMBERS),
    *_write_endpoints(*_MEMBERS),
    *_read_endpoints("companyfields", "/rest/v1/companies/schema/fields", "company", "companies"),
)
