"""Reading people, lists and descriptions on the wire (contract §9)."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from leadline.api.call import READ_LEAD, Call, Endpoint, Parameter, Services, parse_integer
from leadline.api.envelope import success
from leadline.errors import (
    INVALID_VALUE,
    LEAD_NOT_FOUND,
    PARAMETER_MISSING,
    TOO_MANY_VALUES,
    ServiceError,
)
from leadline.imports import parse_int32
from leadline.people import PAGE_RECORDS_MAX, Page, Window, render_instant

IDS_MAX = 300


def lead_by_id(call: Call, services: Services) -> Response:
    """Return one lead."""
    lead_id = parse_integer(call.path["leadId"])
    record = services.people.lead(call.caller, lead_id, call.params.many("fields"))
    return success(call.request_id, [record])


def leads_by_filter(call: Call, services: Services) -> Response:
    """Return the leads whose field has one of the values."""
    filter_type = call.params.required("filterType")
    values = call.params.many("filterValues")
    if not values:
        raise ServiceError(PARAMETER_MISSING, name="filterValues")
    fields = call.params.many("fields")
    return _page(call, services.people.leads(call.caller, filter_type, values, fields, _window(call)))


def leads_of_list(call: Call, services: Services) -> Response:
    """Return the members of a static list."""
    list_id, fields = parse_int32(call.path["listId"]), call.params.many("fields")
    return _page(call, services.people.leads_of_list(call.caller, list_id, fields, _window(call)))


def _window(call: Call) -> Window:
    return Window(call.params.integer("batchSize", PAGE_RECORDS_MAX), call.params.one("nextPageToken"))


def _page(call: Call, page: Page) -> Response:
    if page.next_page_token is None:
        return success(call.request_id, page.records, moreResult=False)
    return success(call.request_id, page.records, nextPageToken=page.next_page_token, moreResult=True)


def describe(call: Call, services: Services) -> Response:
    """Describe the lead fields in the older form."""
    items = []
    for number, field in enumerate(services.people.lead_type(call.caller).fields, 1):
        name = {"name": field.name, "readOnly": field.read_only}
        soap = {"name": field.name[:1].upper() + field.name[1:], "readOnly": field.read_only}
        items.append(
            {"id": number, "displayName": field.display_name, "dataType": field.type.name}
            | ({} if field.length is None else {"length": field.length})
            | {"rest": name, "soap": soap}
        )
    return success(call.request_id, items)


def describe2(call: Call, services: Services) -> Response:
    """Describe the lead fields, and by which of them leads can be found."""
    lead_type = services.people.lead_type(call.caller)
    fields = [
        {"name": field.name, "displayName": field.display_name, "dataType": field.type.name}
        | ({} if field.length is None else {"length": field.length})
        | {"updateable": not field.read_only, "crmManaged": False}
        for field in lead_type.fields
    ]
    item = {
        "name": "API Lead",
        "searchableFields": [[field.name] for field in lead_type.searchable],
        "fields": fields,
    }
    return success(call.request_id, [item])


def partitions(call: Call, services: Services) -> Response:
    """Return the partitions."""
    found = services.people.partitions(call.caller)
    items = [{"id": each.id, "name": each.name, "description": each.name} for each in found]
    return success(call.request_id, items)


def list_by_id(call: Call, services: Services) -> Response:
    """Return one static list."""
    row = services.people.static_list(call.caller, parse_int32(call.path["listId"]))
    item = {"id": row["id"], "name": row["name"]}
    if row["description"] is not None:
        item["description"] = row["description"]
    times = {name: render_instant(row[column]) for name, column in _LIST_TIMES.items()}
    return success(call.request_id, [item | {"workspaceName": "Default"} | times])


_LIST_TIMES: Mapping[str, str] = {"createdAt": "created_at", "updatedAt": "updated_at"}


def is_member(call: Call, services: Services) -> Response:
    """Tell for each lead whether it is a member of the list."""
    list_id = parse_int32(call.path["listId"])
    found = services.people.memberships(call.caller, list_id, _lead_ids(call))
    return success(call.request_id, [_membership(lead_id, member) for lead_id, member in found])


def _membership(lead_id: int, member: bool | None) -> dict[str, object]:
    if member is None:
        reason = {"code": LEAD_NOT_FOUND.code, "message": "Lead not found"}
        return {"id": lead_id, "status": "skipped", "reasons": [reason]}
    return {"id": lead_id, "status": "memberof" if member else "notmemberof"}


def _lead_ids(call: Call) -> list[int]:
    """Return the ids of query, form or JSON body; raises `ServiceError` 1001, 1002 or 1003."""
    named = [parse_integer(text) for text in call.params.many("id")]
    if not named and call.body and "urlencoded" not in call.content_type:
        named = [_input_id(item) for item in _input(call)]
    if not named:
        raise ServiceError(PARAMETER_MISSING, name="id")
    if len(named) > IDS_MAX:
        raise ServiceError(TOO_MANY_VALUES, limit=IDS_MAX, name="id")
    return named


def _input(call: Call) -> list[Any]:
    items = call.json().get("input")
    if not isinstance(items, list):
        raise ServiceError(PARAMETER_MISSING, name="input")
    return items


def _input_id(item: object) -> int:
    value = item.get("id") if isinstance(item, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ServiceError(INVALID_VALUE, value=value, type="Integer")
    return parse_integer(str(value))


_FIELDS = Parameter("fields", "query", "Names of the fields to return, comma-separated or repeated")
_PAGE = (
    _FIELDS,
    Parameter("batchSize", "query", "Records per page, 300 at most", "integer"),
    Parameter("nextPageToken", "query", "As the page before gave it"),
)
_LIST_ID = Parameter("listId", "path", "The static list", "integer", required=True)
_LIST_LEADS = tuple(
    Endpoint(
        "GET",
        path,
        "Members of a static list",
        READ_LEAD,
        "Lead",
        leads_of_list,
        parameters=(_LIST_ID, *_PAGE),
    )
    for path in ("/rest/v1/lists/{listId}/leads.json", "/rest/v1/list/{listId}/leads.json")
)
ENDPOINTS = (
    Endpoint(
        "GET",
        "/rest/v1/lead/{leadId}.json",
        "One lead",
        READ_LEAD,
        "Lead",
        lead_by_id,
        parameters=(Parameter("leadId", "path", "The lead's id", "integer", required=True), _FIELDS),
    ),
    Endpoint(
        "GET",
        "/rest/v1/leads.json",
        "Leads by filter",
        READ_LEAD,
        "Lead",
        leads_by_filter,
        parameters=(
            Parameter("filterType", "query", "A searchable field", required=True),
            Parameter("filterValues", "query", "Up to 300 values", required=True),
            *_PAGE,
        ),
    ),
    Endpoint("GET", "/rest/v1/leads/describe.json", "Lead fields", READ_LEAD, "DescribedField", describe),
    Endpoint(
        "GET", "/rest/v1/leads/describe2.json", "Lead fields and lookups", READ_LEAD, "Description", describe2
    ),
    Endpoint("GET", "/rest/v1/leads/partitions.json", "Partitions", READ_LEAD, "Partition", partitions),
    Endpoint(
        "GET",
        "/rest/v1/lists/{listId}.json",
        "One static list",
        READ_LEAD,
        "StaticList",
        list_by_id,
        parameters=(_LIST_ID,),
    ),
    *_LIST_LEADS,
    Endpoint(
        "GET",
        "/rest/v1/lists/{listId}/leads/ismember.json",
        "Whether leads are members of a list",
        READ_LEAD,
        "Membership",
        is_member,
        parameters=(_LIST_ID, Parameter("id", "query", "Up to 300 lead ids", "integer", required=True)),
    ),
)
