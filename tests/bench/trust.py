"""What a preview and an undo cost, against the import of the same file into the same store.

Three files: people who are new, the same people with one field changed, and a file of which half matches.
The processor time is the worker's, and that of a database's own processes.
"""

import shutil
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.files import ROWS, write_file
from tests.bench.ours import POLL_SECONDS, Ours

AIMS = {"preview": 1.0, "import": 1.0, "undo": 1.5}
_Spent = dict[tuple[str, str], list[tuple[float, float]]]
"""Seconds of wall and of processor, by file and what was done with it."""


def trust(folder: Path, repeats: int) -> str:
    """Return a table: each file is shown, imported and taken back, into stores of the same size."""
    files = {
        "new": write_file(folder / "trust.csv"),
        "one field changed": write_file(folder / "trust_changed.csv", title="Boss"),
        "half match": write_file(folder / "trust_half.csv", first=ROWS // 2, title="Boss"),
    }
    spent: _Spent = {}
    for turn in range(repeats):
        place = folder / f"trust{turn}"
        place.mkdir()
        ours = Ours(place / "data")
        for name, file in files.items():
            _take_turns(ours, name, file, spent)
            if name == "new":
                ours.load(file)  # what the other files match
        ours.stop()
        shutil.rmtree(place)
    return _table(spent)


def _take_turns(ours: Ours, name: str, file: Path, spent: _Spent) -> None:
    """Show what a file would do, import it, and take it back."""
    content = file.read_bytes()
    made: list[int] = []

    def submit() -> str:
        made.append(ours.server.submit(content))
        return f"jobs/{made[0]}"

    def preview() -> str:
        answer = ours.server.call(
            "POST", "/leadline/v1/previews/leads.json", files={"file": ("f.csv", content)}
        )
        return f"previews/{answer.json()['result'][0]['previewId']}"

    def undo() -> str:
        answer = ours.server.call("POST", f"/leadline/v1/jobs/{made[0]}/undo.json", json={})
        return f"jobs/{answer.json()['result'][0]['batchId']}"

    for what, ask in {"preview": preview, "import": submit, "undo": undo}.items():
        ours.quiet()
        seconds = _seconds(ours, ask)
        spent.setdefault((name, what), []).append(seconds)
        print(f"  {name}, {what}: {seconds[0]:.2f} s, {seconds[1]:.2f} s of CPU", flush=True)


def _seconds(ours: Ours, ask: Callable[[], str]) -> tuple[float, float]:
    """Return the seconds of wall and of processor from before a request until what it asks for is done."""
    pause = threading.Event()
    began, used = time.perf_counter(), ours.cpu_seconds()
    path = f"/leadline/v1/{ask()}.json"
    while (seen := _seen(ours, path))["status"] not in ("Complete", "Ready", "Failed"):
        pause.wait(POLL_SECONDS)
    assert seen["status"] != "Failed", seen
    return time.perf_counter() - began, ours.cpu_seconds() - used


def _seen(ours: Ours, path: str) -> dict[str, Any]:
    found: dict[str, Any] = ours.server.get(path)["result"][0]
    return found


def _table(spent: _Spent) -> str:
    lines = [
        f"| {ROWS:,} rows | s | ratio to its import | aim | s of CPU | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for (name, what), times in spent.items():
        own, its_import = _medians(times), _medians(spent[name, "import"])
        wall, used = (f"{each:.2f} | {each / whole:.2f}" for each, whole in zip(own, its_import, strict=True))
        lines.append(f"| {name}, {what} | {wall} | {AIMS[what]} | {used} |")
    return "\n".join(lines)


def _medians(times: list[tuple[float, float]]) -> list[float]:
    return [statistics.median(each) for each in zip(*times, strict=True)]
