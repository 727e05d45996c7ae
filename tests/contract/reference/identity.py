"""Identity: no envelope, and the HTTP status says what is wrong (swagger-identity.json, authentication.md)."""

from tests.contract.reference.operations import Case, Operation
from tests.contract.reference.shapes import INTEGER, TEXT, AnyOrder, written
from tests.harness import CLIENT_ID, CLIENT_SECRET

CREDENTIALS = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
TOKEN = {
    "access_token": written("a token", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[a-z]+"),
    "token_type": "bearer",
    "expires_in": INTEGER,
    "scope": "tests@example.com",
}
BAD = AnyOrder({"error": "invalid_client", "error_description": TEXT})

OPERATIONS = (
    Operation(
        "GET /identity/oauth/token",
        Case("authentication.md: Creating an Access Token", TOKEN, params=CREDENTIALS),
        Case(
            "swagger-identity.json: identityUsingGET",
            BAD,
            params=CREDENTIALS | {"client_secret": "wrong"},
            http_status=401,
        ),
    ),
    Operation(
        "POST /identity/oauth/token",
        Case("swagger-identity.json: identityUsingPOST", TOKEN, form=CREDENTIALS),
    ),
)
