"""Files that pages give: what cannot be sent to its end breaks off, and a page takes no seat of the API."""

from functools import partial
from pathlib import Path

import pytest

from leadline.clock import now_ms
from leadline.store import job_purge
from tests.console.world import Console
from tests.edge.test_neighbours import LINES, large_file, unread
from tests.harness import running, subscription
from tests.stores import open_stores


@pytest.fixture(scope="module")
def store() -> str:
    return "sqlite"


def test_a_file_whose_job_expires_breaks_off(tmp_path: Path) -> None:
    """The connection closes before the announced length, and the log says why."""
    for server in running(tmp_path / "data", subscription()):
        path = page_of(large_file(server, 2 * LINES))
        browser = Console(server).login()
        size = int(browser.get(path, headers={"Accept-Encoding": "identity"}).headers["Content-Length"])
        with unread(server, browser.prefix + path, 1, 256 * 1024, header=cookie(browser)) as (reader,):
            stores = open_stores(tmp_path / "data")
            with stores.subscription("123-ABC-456").write() as session:
                assert job_purge.purge(session, now_ms() // 1000, 100) == 1
            stores.close()
            received = b"".join(iter(partial(reader.recv, 1024 * 1024), b""))
        _, _, body = received.partition(b"\r\n\r\n")
        assert 0 < len(body) < size
        assert server.wait_for("FaultCaught")["exception"] == "StoreFaultError"
        browser.close()


def test_a_file_that_is_sent_takes_no_seat_of_the_api(tmp_path: Path) -> None:
    env = {"LEADLINE_LIMITS__CONCURRENT_CALLS_MAX": "1"}
    for server in running(tmp_path / "data", subscription(), env=env):
        path = page_of(large_file(server))
        browser = Console(server).login()
        with unread(server, browser.prefix + path, 3, header=cookie(browser)):
            assert server.get("/leadline/v1/jobs.json")["success"]
        browser.close()


def page_of(path: str) -> str:
    """Return where the console gives the failure file that the API gives at a path."""
    return f"/jobs/{path.split('/')[-2]}/files/failures"


def cookie(browser: Console) -> str:
    return "Cookie: " + "; ".join(f"{each.name}={each.value}" for each in browser.http.cookies.jar)
