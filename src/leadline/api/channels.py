"""Channels on the wire (contract §9.7)."""

from starlette.responses import Response

from leadline.api import asset_answers
from leadline.api.assets import BROWSE, NAME, asset_endpoints, one_asset, page_of_assets, required_name
from leadline.api.call import Call, Services
from leadline.api.envelope import asset_success
from leadline.api.program_types import PROGRAM_TYPES
from leadline.errors import NO_DATA_FOUND
from leadline.model.instants import render_asset_instant
from leadline.schema.programs import Channel


def _channel_item(channel: Channel) -> asset_answers.Channel:
    return {
        "id": channel.id,
        "name": channel.name,
        "applicableProgramType": PROGRAM_TYPES[channel.program_type].applicable,
        "progressionStatuses": [
            {
                "name": each.name,
                "step": each.step,
                "description": each.description,
                "hidden": False,
                "success": each.success,
            }
            for each in channel.statuses
        ],
        "createdAt": render_asset_instant(channel.created_at),
        "updatedAt": render_asset_instant(channel.updated_at),
    }


def browse_channels(call: Call, services: Services) -> Response:
    """Return the channels."""
    found = page_of_assets(call, services.programs.channels(call.caller))
    return asset_success(call.request_id, [_channel_item(each) for each in found])


def channel_by_name(call: Call, services: Services) -> Response:
    """Return the channel of a name, which the original's page writes `name` and its reference `Name`."""
    name = required_name(call, "name", "Name").lower()
    found = next(
        (each for each in services.programs.channels(call.caller) if each.name.lower() == name), None
    )
    return one_asset(call, None if found is None else _channel_item(found))


_TABLE = (
    ("channels.browse", "GET", "channels", "Channels", asset_answers.Channel, browse_channels, BROWSE),
    (
        "channels.find",
        "GET",
        "channel/byName",
        "The channel of a name",
        asset_answers.Channel,
        channel_by_name,
        (NAME,),
        NO_DATA_FOUND,
    ),
)
ENDPOINTS = tuple(endpoint for row in _TABLE for endpoint in asset_endpoints(*row))
