"""Control calls: back to a state that was kept, under a name or as a file."""

import asyncio
import re
from pathlib import Path

from starlette.responses import Response

from leadline.sandbox.control.endpoint import ControlCall, ControlRoute, Fields
from leadline.sandbox.control.refusal import ControlError
from leadline.sandbox.subscription import SandboxSubscription

_NAME = re.compile(r"[a-z0-9-]{1,64}")
_FILE = re.compile(r"[^/\\]+\.csv")
_SEED = "seed"


class Reset(Fields):
    """Where to go back to."""

    to: str = _SEED


async def reset(call: ControlCall, fields: Reset) -> object:
    """Bring a subscription back to its seed or a snapshot."""
    subscription = call.subscription
    state = subscription.seed if fields.to == _SEED else _existing(call, subscription, fields.to)
    await asyncio.to_thread(call.sandbox.bring_back, subscription, state)
    return {}


class Seed(Fields):
    """Files by their names: leads.csv, members-1001.csv, car_c.csv."""

    files: dict[str, str]


async def seed(call: ControlCall, fields: Seed) -> object:
    """Let a subscription begin with what files hold as well."""
    for name in fields.files:
        if not _FILE.fullmatch(name):
            raise ControlError(
                f"files: {name!r:.100} is no name of a CSV file, such as leads.csv, members-1001.csv "
                "or car_c.csv."
            )
    files = {name: text.encode() for name, text in fields.files.items()}
    await asyncio.to_thread(call.sandbox.seed, call.subscription, files)
    return {}


async def put_snapshot(call: ControlCall, fields: None) -> object:
    """Keep the present state under a name."""
    subscription = call.subscription
    if call.path["name"] == _SEED:
        raise ControlError("seed names the state that a subscription began with. Choose another name.")
    state = _snapshot(call, subscription, call.path["name"])
    await asyncio.to_thread(call.sandbox.states.keep, subscription.munchkin_id, state)
    return {"name": call.path["name"]}


async def get_snapshot(call: ControlCall, fields: None) -> object:
    """Tell of a snapshot."""
    state = _existing(call, call.subscription, call.path["name"])
    return {"name": call.path["name"], "bytes": state.stat().st_size}


async def delete_snapshot(call: ControlCall, fields: None) -> object:
    """Forget a snapshot."""
    _existing(call, call.subscription, call.path["name"]).unlink()
    return {}


async def list_snapshots(call: ControlCall, fields: None) -> object:
    """Tell which snapshots there are."""
    folder = call.sandbox.states.snapshots(call.subscription.munchkin_id)
    return {
        "snapshots": [
            {"name": each.stem, "bytes": each.stat().st_size} for each in sorted(folder.glob("*.db"))
        ]
    }


async def show(call: ControlCall, fields: None) -> object:
    """Tell all that a subscription holds of people and records."""
    return await asyncio.to_thread(call.sandbox.read_state, call.subscription.munchkin_id)


async def export(call: ControlCall, fields: None) -> Response:
    """Give the present state as a file."""
    file = await asyncio.to_thread(call.sandbox.states.pack, call.subscription.munchkin_id)
    return Response(file, media_type="application/octet-stream")


async def take_in(call: ControlCall, fields: None) -> object:
    """Bring a subscription to the state of a file that an export gave."""
    sandbox, subscription = call.sandbox, call.subscription

    def work() -> None:
        with sandbox.states.draft() as state:
            sandbox.states.unpack(call.body, state)
            sandbox.bring_back(subscription, state)

    await asyncio.to_thread(work)
    return {}


def _snapshot(call: ControlCall, subscription: SandboxSubscription, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ControlError("The name of a snapshot has 1 to 64 of a-z, 0-9 and -.")
    return call.sandbox.states.snapshots(subscription.munchkin_id) / f"{name}.db"


def _existing(call: ControlCall, subscription: SandboxSubscription, name: str) -> Path:
    state = _snapshot(call, subscription, name)
    if not state.exists():
        raise ControlError(f"There is no snapshot {name}. PUT snapshots/{name} makes one.", 404)
    return state


_ONE = "subscriptions/{id}"
_SNAPSHOT = f"{_ONE}/snapshots/{{name}}"
ROUTES = (
    ControlRoute("GET", f"{_ONE}/state", "People, members, records and lists", show),
    ControlRoute("POST", f"{_ONE}/reset", "Go back to the seed or a snapshot", reset, Reset, replaces=True),
    ControlRoute("POST", f"{_ONE}/seed", "Begin with what CSV files hold as well", seed, Seed, replaces=True),
    ControlRoute("GET", f"{_ONE}/snapshots", "The snapshots", list_snapshots),
    ControlRoute("PUT", _SNAPSHOT, "Keep the state under a name", put_snapshot),
    ControlRoute("GET", _SNAPSHOT, "Tell of a snapshot", get_snapshot),
    ControlRoute("DELETE", _SNAPSHOT, "Forget a snapshot", delete_snapshot),
    ControlRoute("GET", f"{_ONE}/export", "The state as a file", export),
    ControlRoute("POST", f"{_ONE}/import", "Take the state of such a file", take_in, raw=True, replaces=True),
)
