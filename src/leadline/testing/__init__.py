"""A Marketo for your tests: subscriptions of a sandbox, what goes wrong with them, their time and jobs.

It uses the standard library alone and nothing of the server, which it starts as a process or finds by
its address. Read `subscription.py` first, then `server.py`; `plugin.py` is what pytest loads.
"""

from leadline.testing.control import ControlError
from leadline.testing.server import Server, sandbox
from leadline.testing.subscription import Credential, Subscription

__all__ = ["ControlError", "Credential", "Server", "Subscription", "sandbox"]
