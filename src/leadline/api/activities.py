"""The token that names an instant, which clients fetch before they read activities (contract §9.2)."""

from starlette.responses import Response

from leadline.api.call import Call, Services
from leadline.api.endpoint import READ_ACTIVITY, Endpoint, Parameter
from leadline.api.envelope import json_reply
from leadline.api.request_values import instant_of
from leadline.errors import INVALID_DATE
from leadline.lead_database.paging import instant_token


def paging_token(call: Call, services: Services) -> Response:
    """Return a token for an instant."""
    token = instant_token(instant_of(call.params.required("sinceDatetime")))
    return json_reply({"requestId": call.request_id, "success": True, "nextPageToken": token})


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
)
