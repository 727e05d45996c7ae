"""Which embedded stores have work: one empty file for each job that was accepted, beside the stores.

The file is made when the job is committed and before its call is answered, so a job that was answered
is found, whatever is killed when. A worker that then finds nothing unfinished in the store removes
the files that it had seen before it looked: each has a name of its own, so that of a job accepted
meanwhile stays. What a power cut takes away is found by going round all stores.
"""

import os
import uuid
from contextlib import suppress
from pathlib import Path


class WorkHints:
    """The folder of these files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, list[str]] = {}

    def add(self, munchkin_id: str) -> None:
        """Say that a subscription has work; where that cannot be said, workers find it later."""
        with suppress(OSError):
            (self._folder / f"{munchkin_id}.{uuid.uuid4().hex}").touch(0o600)

    def read(self) -> list[str]:
        """Return the subscriptions that have work."""
        self._seen = {}
        with suppress(OSError), os.scandir(self._folder) as files:
            for file in files:
                self._seen.setdefault(file.name.partition(".")[0], []).append(file.name)
        return sorted(self._seen)

    def remove(self, munchkin_id: str) -> None:
        """Forget what the last reading has shown of a subscription, which has been looked at since."""
        for name in self._seen.pop(munchkin_id, ()):
            (self._folder / name).unlink(missing_ok=True)
