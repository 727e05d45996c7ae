"""Troubles that clients of this API meet in production, each written as a fault."""

import difflib
from typing import Any

from leadline.errors import CONCURRENCY_REACHED, QUEUE_FULL, QUOTA_REACHED, RATE_EXCEEDED
from leadline.sandbox.control.refusal import ControlError

PRESETS: dict[str, dict[str, Any]] = {
    "throttled": {"on": "*", "times": 3, "do": {"code": RATE_EXCEEDED.code}},
    "concurrency": {"on": "*", "times": 2, "do": {"code": CONCURRENCY_REACHED.code}},
    "quota": {"on": "*", "times": "always", "do": {"code": QUOTA_REACHED.code}},
    "token_expired_mid_poll": {"on": "*.status", "skip": 1, "do": {"token": "expire"}},
    "queue_full": {"on": "bulk.*.create", "times": 2, "do": {"code": QUEUE_FULL.code}},
    "lost_create_reply": {"on": "bulk.*.create", "phase": "after", "do": {"reset": True}},
    "flaky_gateway": {
        "on": "*",
        "probability": 0.5,
        "times": 8,
        "do": [{"http": 502}, {"http": 503, "retryAfter": 1}, {"reset": True}, {"http": 504}],
    },
    "slow": {"on": "*", "times": "always", "do": {"delay": {"median": "PT0.3S", "p95": "PT2S"}}},
    "maintenance": {"on": "*", "times": "always", "do": {"http": 503, "retryAfter": 60}},
    "upload_cut": {"on": "bulk.*.create", "do": {"cutBody": 100}},
}
MEANINGS: dict[str, str] = {
    "throttled": "The next calls are more than 20 seconds allow.",
    "concurrency": "The next calls are more than may be made at once.",
    "quota": "The calls of the day are used up.",
    "token_expired_mid_poll": "The token expires between the first poll of a job and the second.",
    "queue_full": "There is no room in the queue for the next files.",
    "lost_create_reply": "The job is created, and the answer that says so is lost.",
    "flaky_gateway": "What stands in front of the API fails every second call or so, each time another way.",
    "slow": "Each answer takes its time: mostly less than half a second, now and then some seconds.",
    "maintenance": "Nothing is served, and it is said when to come back.",
    "upload_cut": "The connection breaks while the file is sent.",
}
"""For people: what goes wrong."""


def preset_fault(document: dict[str, Any]) -> dict[str, Any]:
    """Return the fault of `{"preset": name}`; members beside the name stand instead of the preset's own."""
    name, own = document["preset"], {key: value for key, value in document.items() if key != "preset"}
    if not isinstance(name, str) or name not in PRESETS:
        near = difflib.get_close_matches(str(name), PRESETS, 1, 0.4)
        hint = f"; {near[0]} is near" if near else ""
        raise ControlError(f"There is no preset {name!r:.100}{hint}. There are {', '.join(PRESETS)}.")
    return PRESETS[name] | own
