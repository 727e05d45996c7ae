"""Python loads this at its start where the bench puts it on PYTHONPATH: the system then knows threads by their names."""

import sys
import threading
from contextlib import suppress
from pathlib import Path


def _name_thread(frame: object, event: str, argument: object) -> None:
    """Name the thread that begins, and look at no more of what it does."""
    sys.setprofile(None)
    thread = threading.current_thread()
    with suppress(OSError):
        Path(f"/proc/self/task/{thread.native_id}/comm").write_text(thread.name[:15])


threading.setprofile(_name_thread)
