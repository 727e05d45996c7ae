"""Ten subscriptions import at once, against one after the other on one core's worth of workers."""

import os
import time
from pathlib import Path
from typing import Any

from tests.bench.files import write_file
from tests.harness import Server, start_server, subscription, until

SUBSCRIPTIONS = 10


def _document(number: int) -> dict[str, Any]:
    document = subscription()
    document["munchkin_id"] = f"{number:03}-BEN-CHM"
    document["credentials"][0] |= {"client_id": f"bench{number}"}
    return document


def _import_all(place: Path, file: Path, workers: int) -> float:
    """Import the file into each subscription; returns the seconds until all are Complete."""
    place.mkdir()
    server = start_server(place / "data", _document(0), workers=0)
    server.stop()
    for number in range(1, SUBSCRIPTIONS):
        start_server(place / "data", _document(number), workers=0).stop()
    server = start_server(place / "data", workers=workers)
    try:
        server.wait_for("WorkerStarted", workers)
        tokens = [server.new_token(f"bench{n}", "s3cret-of-the-tests") for n in range(SUBSCRIPTIONS)]
        content = file.read_bytes()
        began = time.perf_counter()
        for token in tokens:
            assert server.post_file(content, token).json()["success"]
        until(lambda: _finished(server), 600)
        return time.perf_counter() - began
    finally:
        server.stop()


def _finished(server: Server) -> bool:
    return len(server.events("JobFinished")) == SUBSCRIPTIONS


def side_by_side(folder: Path) -> str:
    """Return how near to linear many subscriptions run on all cores."""
    file, cores = write_file(folder / "ten.csv"), os.cpu_count() or 1
    one = _import_all(folder / "one", file, 1)
    many = _import_all(folder / "many", file, cores)
    return (
        f"{SUBSCRIPTIONS} subscriptions x 10 MB: {one:.1f} s with one worker, {many:.1f} s with {cores}: "
        f"{one / many:.2f} times as fast, {one / many / cores:.2f} of linear (aim: 0.9)."
    )
