"""The catalogue of errors, and the exceptions that carry faults from room to room.

Each name of the modules here is imported from `leadline.errors`; the package needs nothing of the others.
Read `entry.py` first, then `access.py` and `requests.py`, which are the catalogue itself.
"""

from leadline.errors.access import *
from leadline.errors.entry import *
from leadline.errors.faults import *
from leadline.errors.requests import *
