"""The token that names an instant (paging-tokens.md; swagger-mapi.json)."""

from tests.contract.reference.operations import Case, Operation, refused
from tests.contract.reference.shapes import PAGE_TOKEN, REQUEST_ID

TOKEN = "GET /rest/v1/activities/pagingtoken.json"
OPERATIONS = (
    Operation(
        TOKEN,
        Case(
            "paging-tokens.md: Date-Based",
            {"requestId": REQUEST_ID, "success": True, "nextPageToken": PAGE_TOKEN},
            params={"sinceDatetime": "2014-10-06T13:22:17-08:00"},
        ),
        Case(
            "error-codes.md: 1002",
            refused(TOKEN, "1002", "Missing value for the required parameter 'sinceDatetime'"),
        ),
    ),
)
