"""The table of control calls: each part of a sandbox adds its own here."""

from leadline.sandbox.control import clock_calls, fault_calls, job_calls, state_calls, subscription_calls

_PARTS = (subscription_calls, state_calls, fault_calls, clock_calls, job_calls)
ROUTES = tuple(route for part in _PARTS for route in part.ROUTES)
