"""The vocabulary of events: what the product says about itself in its log.

Code emits an event where something has happened; `telemetry` alone turns events into log lines and
metrics. No event carries a cell value, a secret, a token, an e-mail address or a query string.
The reference page `events.md` is made from the modules here: each docstring says when the event is emitted,
and each member says what it means. Each name of them is imported from `leadline.events`.
`server_state.py` has what is no event: how a server is at a moment.
Read `event.py` first, then `jobs.py`.
"""

from leadline.events.event import *
from leadline.events.jobs import *
from leadline.events.previews import *
from leadline.events.server import *
from leadline.events.stores import *
from leadline.events.workers import *
