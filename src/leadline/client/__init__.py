"""A client that talks HTTP to any server of this API, and knows nothing of the server's own code.

`push` brings a big file into one, `plan_push` says what that would do, `find_login` where to and as whom.
Read `options.py` first, then `plan.py` and `pushing.py`. `http.py` is the small client of the demo.
"""

import importlib
from typing import TYPE_CHECKING

from leadline.client.errors import Exit, PushError
from leadline.client.options import FailOn, Kind, Order, Pace, PushOptions, Reading, Target, Unknown

if TYPE_CHECKING:
    from leadline.client.calls.login import Login, find_login
    from leadline.client.pushing import fetch_results, plan_push, push
    from leadline.client.results.report import Report
    from leadline.client.undoing import undo_jobs

__all__ = [
    "Exit",
    "FailOn",
    "Kind",
    "Login",
    "Order",
    "Pace",
    "PushError",
    "PushOptions",
    "Reading",
    "Report",
    "Target",
    "Unknown",
    "fetch_results",
    "find_login",
    "plan_push",
    "push",
    "undo_jobs",
]

_ASKED_FOR = {
    "Login": "leadline.client.calls.login",
    "Report": "leadline.client.results.report",
    "fetch_results": "leadline.client.pushing",
    "find_login": "leadline.client.calls.login",
    "plan_push": "leadline.client.pushing",
    "push": "leadline.client.pushing",
    "undo_jobs": "leadline.client.undoing",
}
"""What loads an HTTP client is loaded when it is asked for: options alone are read in no time."""


def __getattr__(name: str) -> object:
    if name not in _ASKED_FOR:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_ASKED_FOR[name]), name)
