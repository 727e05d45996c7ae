"""Control calls: what goes wrong with calls, and what calls there were."""

import asyncio
from functools import partial
from typing import Any

from pydantic import ConfigDict

from leadline.sandbox.control.endpoint import ControlCall, ControlRoute, Fields
from leadline.sandbox.control.refusal import ControlError
from leadline.sandbox.faults.fault import Fault, parse_fault
from leadline.sandbox.faults.operations import Operations
from leadline.sandbox.faults.presets import preset_fault

_OPERATIONS = Operations()


class NewFaults(Fields):
    """A fault, a preset, or several of either; `fault.py` reads them."""

    model_config = ConfigDict(frozen=True, extra="allow")


async def add(call: ControlCall, fields: NewFaults) -> object:
    """Set faults: one, a preset, or several under `faults`; none is set where one is wrong."""
    subscription, document = call.subscription, dict(fields.model_extra or {})
    if set(document) != {"faults"}:
        return subscription.faults.add([_fault(document)])[0]
    several = document["faults"]
    if not isinstance(several, list) or not several:
        raise ControlError("faults must be a list of faults, one at least.")
    return {"faults": subscription.faults.add([_fault(each) for each in several])}


def _fault(document: Any) -> Fault:
    if isinstance(document, dict) and "preset" in document:
        document = preset_fault(document)
    return parse_fault(document, _OPERATIONS)


async def list_all(call: ControlCall, fields: None) -> object:
    """Return the faults, and how often each was matched, has fired and may still fire."""
    return {"faults": call.subscription.faults.listed()}


async def remove_all(call: ControlCall, fields: None) -> object:
    """Remove all faults; calls that wait because of one go on."""
    call.subscription.faults.remove()
    call.subscription.waits.let_go()
    return {}


async def remove_one(call: ControlCall, fields: None) -> object:
    """Remove one fault."""
    subscription, fault_id = call.subscription, call.path["faultId"]
    if not fault_id.isascii() or not fault_id.isdecimal() or len(fault_id) > 9:
        raise ControlError(f"There is no fault {fault_id}; the ids of faults are numbers.", 404)
    subscription.faults.remove(int(fault_id))
    return {}


async def list_calls(call: ControlCall, fields: None) -> object:
    """Return the calls that were made, with the values of query and form where `values` is 1."""
    values = call.query.get("values", "0")
    if values not in ("0", "1"):
        raise ControlError("values must be 0 or 1.")
    return await asyncio.to_thread(partial(call.subscription.journal.shown, values=values == "1"))


async def forget_calls(call: ControlCall, fields: None) -> object:
    """Forget the calls that were made."""
    call.subscription.journal.clear()
    return {}


ROUTES = (
    ControlRoute(
        "POST", "subscriptions/{id}/faults", "Let something go wrong with its calls", add, NewFaults
    ),
    ControlRoute("GET", "subscriptions/{id}/faults", "Its faults: matched, fired, left", list_all),
    ControlRoute("DELETE", "subscriptions/{id}/faults", "Remove all of them", remove_all),
    ControlRoute("DELETE", "subscriptions/{id}/faults/{faultId}", "Remove one of them", remove_one),
    ControlRoute("GET", "subscriptions/{id}/calls", "Its calls so far", list_calls, query=("values",)),
    ControlRoute("DELETE", "subscriptions/{id}/calls", "Forget them", forget_calls),
)
