"""Two nodes on one database: who logged in at one is logged in at the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import storing
from tests.console.world import Console
from tests.harness import running, subscription


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    yield from storing("postgres", in_process=True)


def test_two_nodes_share_a_session(store: str, tmp_path: Path) -> None:
    for first in running(tmp_path / "data", subscription(), workers=0):
        for second in running(tmp_path / "data", None, workers=0):
            console = Console(first).login()
            other = Console(second, http=console.http)
            assert "/login" not in other.get().headers.get("location", "")
            assert other.post("/logout").status_code == 303
            cookies = {"Cookie": "leadline-console=gone"}
            assert console.get(headers=cookies).headers["location"].startswith("/console/login")
            assert console.get().headers["location"].startswith("/console/login")
            console.close()
