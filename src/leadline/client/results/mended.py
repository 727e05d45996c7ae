"""Result files that somebody has mended: they are put aside, and not lost, when a push writes them anew."""

import json
from itertools import chain, count
from pathlib import Path

from leadline.client.results.part_files import write_whole

_KNOWN = "written.json"


class Written:
    """What a push knows of the result files in a folder: the size and time with which it wrote each."""

    def __init__(self, known: Path) -> None:
        self._path = known / _KNOWN
        try:
            self._known = dict(json.loads(self._path.read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            self._known = {}

    def put_aside(self, path: Path) -> str:
        """Rename a file that is there and is not as it was written; return its new name, or nothing."""
        if not path.exists() or self._known.get(path.name) == _state_of(path):
            return ""
        ends = chain([""], (f"-{number}" for number in count(2)))
        names = (path.with_name(f"{path.stem}.mended{end}{path.suffix}") for end in ends)
        free = next(name for name in names if not name.exists())
        path.rename(free)
        return free.name

    def note(self, path: Path) -> None:
        """Remember a file as it is now."""
        self._known[path.name] = _state_of(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with write_whole(self._path) as file:
            json.dump(self._known, file)


def _state_of(path: Path) -> list[int]:
    there = path.stat()
    return [there.st_size, there.st_mtime_ns]
