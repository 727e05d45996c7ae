"""Activities of leads, from an instant on: new leads, changes of fields, deletions (contract §9.2).

The token that names the instant is fetched first; each answer has the token of the next one.
"""

from collections.abc import Sequence

from starlette.responses import Response

from leadline.api.activity_answers import ActivityAttribute, ChangedField, DeletedLead, LeadChange
from leadline.api.call import Call, Services
from leadline.api.endpoint import READ_ACTIVITY, Endpoint, Parameter
from leadline.api.envelope import json_reply, success
from leadline.api.params import parse_integer
from leadline.api.request_values import instant_of
from leadline.errors import (
    FIELD_NOT_FOUND,
    HISTORY_OFF,
    INVALID_DATE,
    INVALID_PAGE_TOKEN,
    OBJECT_NOT_FOUND,
    PARAMETER_MISSING,
    TOO_MANY_VALUES,
    ServiceError,
)
from leadline.lead_database.lead_activities import LeadActivity, Stream
from leadline.lead_database.paging import PAGE_RECORDS_MAX, Window, instant_token
from leadline.model.instants import render_instant

_NEW_LEAD, _DATA_VALUE_CHANGE, _DELETED_LEAD = 12, 13, 37
_BY_API = "Web service API"
_LEADS_MAX = 30


def paging_token(call: Call, services: Services) -> Response:
    """Return a token for an instant."""
    token = instant_token(instant_of(call.params.required("sinceDatetime")))
    return json_reply({"requestId": call.request_id, "success": True, "nextPageToken": token})


def lead_changes(call: Call, services: Services) -> Response:
    """Return new leads, and changes of the fields that are asked for."""
    window, names = _window(call), call.params.many("fields")
    if not names:
        raise ServiceError(PARAMETER_MISSING, name="fields")
    lead_ids = [parse_integer(each) for each in call.params.many("leadIds")]
    if len(lead_ids) > _LEADS_MAX:
        raise ServiceError(TOO_MANY_VALUES, limit=_LEADS_MAX, name="leadIds")
    list_text = call.params.one("listId")
    list_id = None if list_text is None else parse_integer(list_text)
    stream = services.activities.changes(call.caller, names, set(lead_ids) or None, list_id, window)
    return _reply(call, stream, [_new_lead(each) if each.is_new else _change(each) for each in stream.items])


def deleted_leads(call: Call, services: Services) -> Response:
    """Return which leads were deleted, and when."""
    stream = services.activities.deletions(call.caller, _window(call))
    return _reply(call, stream, [_deleted(each) for each in stream.items])


def _window(call: Call) -> Window:
    return Window(call.params.integer("batchSize", PAGE_RECORDS_MAX), call.params.required("nextPageToken"))


def _reply(call: Call, stream: Stream, items: Sequence[object]) -> Response:
    return success(call.request_id, items, nextPageToken=stream.next_page_token, moreResult=stream.has_more)


def _new_lead(activity: LeadActivity) -> LeadChange:
    at = render_instant(activity.at)
    attributes: list[ActivityAttribute] = [{"name": "Created Date", "value": at.partition("T")[0]}]
    if activity.source:
        attributes.append({"name": "Source Type", "value": activity.source})
    return {
        "id": activity.id,
        "marketoGUID": str(activity.id),
        "leadId": activity.lead_id,
        "activityDate": at,
        "activityTypeId": _NEW_LEAD,
        "fields": [],
        "attributes": attributes,
    }


def _change(activity: LeadActivity) -> LeadChange:
    fields: list[ChangedField] = [
        {"id": each.number, "name": each.name, "newValue": each.new, "oldValue": each.old}
        for each in activity.fields
    ]
    return {
        "id": activity.id,
        "marketoGUID": str(activity.id),
        "leadId": activity.lead_id,
        "activityDate": render_instant(activity.at),
        "activityTypeId": _DATA_VALUE_CHANGE,
        "fields": fields,
        "attributes": [
            {"name": "Reason", "value": _BY_API},
            {"name": "Source", "value": _BY_API},
            {"name": "Lead ID", "value": activity.lead_id},
        ],
    }


def _deleted(activity: LeadActivity) -> DeletedLead:
    return {
        "id": activity.id,
        "marketoGUID": str(activity.id),
        "leadId": activity.lead_id,
        "activityDate": render_instant(activity.at),
        "activityTypeId": _DELETED_LEAD,
        "primaryAttributeValueId": activity.lead_id,
        "primaryAttributeValue": str(activity.lead_id),
        "attributes": [],
    }


_BATCH_SIZE = Parameter("batchSize", "query", "Activities per page, 300 at most", "integer")
_TOKEN = Parameter("nextPageToken", "query", "Of an instant, or as the call before gave it", required=True)
ENDPOINTS = (
    Endpoint(
        "activities.pagingtoken",
        "GET",
        "/rest/v1/activities/pagingtoken.json",
        "A token that names an instant",
        READ_ACTIVITY,
        None,
        paging_token,
        parameters=(Parameter("sinceDatetime", "query", "The instant, ISO 8601", required=True),),
        refusals=(INVALID_DATE,),
    ),
    Endpoint(
        "activities.leadchanges",
        "GET",
        "/rest/v1/activities/leadchanges.json",
        "New leads, and changes of some fields",
        READ_ACTIVITY,
        LeadChange,
        lead_changes,
        parameters=(
            _TOKEN,
            Parameter("fields", "query", "Names of the fields, comma-separated or repeated", required=True),
            Parameter("listId", "query", "The static list whose leads are wanted", "integer"),
            Parameter("leadIds", "query", "Up to 30 ids of the leads that are wanted", "integer"),
            _BATCH_SIZE,
        ),
        refusals=(HISTORY_OFF, INVALID_PAGE_TOKEN, FIELD_NOT_FOUND, OBJECT_NOT_FOUND, TOO_MANY_VALUES),
    ),
    Endpoint(
        "activities.deletedleads",
        "GET",
        "/rest/v1/activities/deletedleads.json",
        "Leads that were deleted",
        READ_ACTIVITY,
        DeletedLead,
        deleted_leads,
        parameters=(_TOKEN, _BATCH_SIZE),
        refusals=(
            HISTORY_OFF,
            INVALID_PAGE_TOKEN,
        ),
    ),
)
