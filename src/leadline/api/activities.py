"""The token that names an instant, which clients fetch before they read activities (contract §9.2)."""

from starlette.responses import Response

from leadline.api.call import READ_ACTIVITY, Call, Endpoint, Parameter, Services
from leadline.api.envelope import json_reply
from leadline.api.request_values import instant_of
from leadline.lead_database.paging import instant_token


def paging_token(call: Call, services: Services) -> Response:
    """Return a token for an instant."""
    token = instant_token(instant_of(call.params.required("sinceDatetime")))
    return json_reply({"requestId": call.request_id, "success": True, "nextPageToken": token})


ENDPOINTS = (
    Endpoint(
        "GET",
        "/rest/v1/activities/pagingtoken.json",
        "A token that names an instant",
        READ_ACTIVITY,
        "NoItem",
        paging_token,
        parameters=(Parameter("sinceDatetime", "query", "The instant, ISO 8601", required=True),),
    ),
)
