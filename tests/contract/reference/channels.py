"""Channels (channels.md; swagger-asset.json)."""

from tests.contract.reference.operations import Case, Operation, asset
from tests.contract.reference.shapes import ASSET_INSTANT, INTEGER, Shape


def _status(name: str, step: int, *, success: bool = False) -> Shape:
    return {"name": name, "step": step, "description": None, "hidden": False, "success": success}


WEBINAR = {
    "id": INTEGER,
    "name": "Webinar",
    "applicableProgramType": "program",
    "progressionStatuses": [
        _status("Not in Program", 0),
        _status("Invited", 10),
        _status("On List", 20),
        _status("Attended", 30, success=True),
    ],
    "createdAt": ASSET_INSTANT,
    "updatedAt": ASSET_INSTANT,
}

OPERATIONS = (
    Operation("GET /rest/asset/v1/channels.json", Case("channels.md: Browse", asset([WEBINAR]))),
    Operation(
        "GET /rest/asset/v1/channel/byName.json",
        Case("channels.md: By Name", asset([WEBINAR]), params={"name": "Webinar"}),
        Case("swagger-asset.json: getChannelByNameUsingGET", asset([WEBINAR]), params={"Name": "Webinar"}),
    ),
)
