"""What a lead belongs to, on the wire: static lists and programs (contract §9.5, §9.7)."""

from starlette.responses import Response

from leadline.api.call import Call, Services
from leadline.api.endpoint import ASSETS, Endpoint, Parameter
from leadline.api.leads import LEAD_ID
from leadline.api.params import parse_integer
from leadline.api.record_answers import (
    ListOfLead,
    Membership,
)
from leadline.api.request_values import (
    PAGING,
    optional_filter,
    optional_instant,
    page_reply,
    rows_reply,
    window_of,
)
from leadline.errors import (
    FIELD_NOT_FOUND,
    INVALID_DATE,
    LEAD_NOT_FOUND,
    ServiceError,
)
from leadline.imports.requests import parse_int32
from leadline.model.instants import render_instant


def lists_of_lead(call: Call, services: Services) -> Response:
    """Return the static lists a lead is on."""
    lead_id = parse_integer(call.path["leadId"])
    found = services.lists.of_lead(call.caller, lead_id, window_of(call))
    if found is None:
        raise ServiceError(LEAD_NOT_FOUND, id=lead_id)
    items = []
    for each in found.items:
        added = render_instant(each.added_at)
        items.append({"listId": each.list_id, "createdAt": added, "updatedAt": added})
    return rows_reply(call, items, found.next_page_token)


def programs_of_lead(call: Call, services: Services) -> Response:
    """Return the programs a lead is in."""
    lead_id = parse_integer(call.path["leadId"])
    program_ids = _program_ids(call)
    since, until = optional_instant(call, "earliestUpdatedAt"), optional_instant(call, "latestUpdatedAt")
    window = window_of(call)
    found = services.members.programs_of(call.caller, lead_id, program_ids, since, until, window)
    if found is None:
        raise ServiceError(LEAD_NOT_FOUND, id=lead_id)
    return page_reply(call, found)


def _program_ids(call: Call) -> list[int]:
    """Return the programs that a filter names, none for all; raises `ServiceError` 1001-1003 or 1006."""
    given = optional_filter(call)
    if given is None:
        return []
    filter_type, values = given
    if filter_type.lower() not in ("programid", "id"):
        raise ServiceError(FIELD_NOT_FOUND, name=filter_type)
    return [parse_int32(value) for value in values]


ENDPOINTS = (
    Endpoint(
        "leads.lists",
        "GET",
        "/rest/v1/leads/{leadId}/listMembership.json",
        "Static lists of a lead",
        ASSETS,
        ListOfLead,
        lists_of_lead,
        parameters=(LEAD_ID, *PAGING),
        refusals=(LEAD_NOT_FOUND,),
    ),
    Endpoint(
        "leads.programs",
        "GET",
        "/rest/v1/leads/{leadId}/programMembership.json",
        "Programs of a lead",
        ASSETS,
        Membership,
        programs_of_lead,
        parameters=(
            LEAD_ID,
            Parameter("filterType", "query", "programId"),
            Parameter("filterValues", "query", "Up to 300 program ids"),
            Parameter("earliestUpdatedAt", "query", "Only memberships changed since"),
            Parameter("latestUpdatedAt", "query", "Only memberships changed until"),
            *PAGING,
        ),
        refusals=(
            LEAD_NOT_FOUND,
            FIELD_NOT_FOUND,
            INVALID_DATE,
        ),
    ),
)
