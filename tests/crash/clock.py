"""A wall clock that a test sets, for the program and its workers; nothing has to be installed for it.

Python looks for `sitecustomize` at each start, so the one made here is in every process of the
program. It shifts the two functions that `leadline.clock` asks; the monotonic clock is the real one.
"""

import os
from pathlib import Path

_SHIFTED = """
import time
from pathlib import Path

_seconds, _nanoseconds, _file = time.time, time.time_ns, Path({file!r})


def _shift():
    return int(_file.read_text("ascii"))


time.time = lambda: _seconds() + _shift()
time.time_ns = lambda: _nanoseconds() + _shift() * 1_000_000_000
"""


class WallClock:
    """The wall clock of the programs that are started with its `env`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._file = folder / "shift"
        self.shift(0)
        (folder / "sitecustomize.py").write_text(_SHIFTED.format(file=str(self._file)), "utf-8")
        self.env = {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}

    def shift(self, seconds: int) -> None:
        """Set it to be so many seconds off, at once everywhere."""
        draft = self._file.with_suffix(".new")
        draft.write_text(str(seconds), "ascii")
        draft.replace(self._file)
