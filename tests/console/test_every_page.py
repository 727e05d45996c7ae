"""Each page of the table, as axe and the browser see it: in both themes, on a phone and on a wide screen."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.conftest import storing
from tests.console.browser import browser, looking, missing
from tests.console.tour import Shown, document, names, walk
from tests.harness import running

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOKS: dict[str, dict[str, Any]] = {
    "phone, dark": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    "wide, light": {"viewport": {"width": 1600, "height": 900}, "color_scheme": "light"},
    "200 % zoom": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2.0},
}
_ELSEWHERE = {"home", "job.cancel"}
"""The first leads to a screen; the question before a cancel is there only while a job is unfinished."""


@pytest.fixture(scope="module")
def store() -> str:
    return "sqlite"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if why := missing():
        pytest.skip(why)
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    for _ in storing("sqlite", in_process=True):
        for server in running(tmp_path_factory.mktemp("pages") / "data", document()):
            yield Shown.fill(server)


@pytest.mark.parametrize("look", LOOKS)
def test_each_page_is_for_everybody(chromium: Browser, shown: Shown, look: str) -> None:
    """No violation, nothing wider than the screen, no complaint of the browser; and each page is reached."""
    faults, reached = [], set()
    with looking(chromium, shown.server, **LOOKS[look]) as looker:
        looker.login()
        for key, path in walk(looker, shown):
            reached.add(key.partition(" ")[0])
            faults += [f"{path}: {each}" for each in looker.violations()]
            if (wider := looker.page.evaluate(WIDER)) > 0:
                faults.append(f"{path}: {wider} px wider than the screen")
            faults += [f"{path}: {each}" for each in looker.complaints]
            looker.complaints.clear()
        assert faults == []
        assert names() - reached - _ELSEWHERE == set()
