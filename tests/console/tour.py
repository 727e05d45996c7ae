"""A walk through every page of the console: from the first page along the links, and what only a form leads to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from leadline.console.pages import all_pages
from tests.console.browser import Looker
from tests.console.world import OWN, Console, selected
from tests.contract.api.world import import_members, import_objects, whole_subscription
from tests.harness import Server

EXAMPLE = Path("examples/leads.csv")
FIELDS = [
    {"name": "customerNumber", "displayName": "Customer Number", "dataType": "integer"},
    {"name": "favoriteColor", "displayName": "Favorite Color", "dataType": "string"},
    {"name": "lastPurchase", "displayName": "Last Purchase", "dataType": "datetime"},
]
_NO_PAGES = (".csv",)
_FILES = (".file", ".found")
"""Files are downloaded, not looked at."""


def document() -> dict[str, Any]:
    """Return the subscription of the walk: something of everything, and the fields of the example."""
    return whole_subscription(lead_fields=FIELDS)


@dataclass
class Shown:
    """A subscription in whose console there is something on every page, and where forms lead."""

    server: Server
    job: int = 0
    starts: list[str] = field(default_factory=list)

    @classmethod
    def fill(cls, server: Server) -> "Shown":
        """Import the example twice, the second time with rows that fail and warn; preview and upload as well."""
        rows = EXAMPLE.read_text("utf-8").splitlines()
        server.run_import("\n".join(rows))
        header, first, second = rows[0], rows[1], rows[2]
        changed = first.replace("Head of Sales", "CEO").replace(",73,", ",99,")
        broken = second.replace(",40,", ",forty,")
        odd = second.replace("soren.kowalski1@example.org", "not an address")
        job = int(server.run_import("\n".join([header, changed, broken, odd]) + "\n")["batchId"])
        import_objects(server, "car_c", "vin,color\nB1,red\n")
        import_objects(server, "trip_c", f"car,day,driver\nB1,2026-01-02,{first.split(',')[2]}\n")
        import_members(server, f"email\n{first.split(',')[2]}\n", "Attended")
        shown = cls(server, job, [f"/jobs/{job}", f"/jobs/{job}/undo", "/person/1"])
        newer = changed.replace(",99,", ",100,")
        unknown = first.replace("omar.vandijk0", "omar.vandijk").replace(",10000,", ",20000,")
        shown._follow_forms(Console(server).login(), "\n".join([header, newer, unknown, broken]) + "\n")
        return shown

    def _follow_forms(self, console: Console, content: str) -> None:
        """Send the forms of pages to which no link leads."""
        names = {page.name for page in all_pages()}
        if "import.upload" in names:
            files = {"file": ("spring leads.csv", content.encode(), "text/csv")}
            answer = console.http.post(console.url("/import"), files=files, headers=OWN)
            draft = answer.headers["location"].removeprefix(console.prefix)
            columns = selected(console.get(draft).text)
            console.post(draft, **columns, do="preview")
            self.starts += [draft, f"{draft}/preview"]
        console.post(f"/jobs/{self.job}/undo")
        console.close()


def walk(looker: Looker, shown: Shown) -> Iterator[tuple[str, str]]:
    """Open each page once, and yield its name and its path behind `/console` while it is shown."""
    seen: set[str] = set()
    paths = ["", *shown.starts]
    while paths:
        path = paths.pop(0)
        key = _kind(path)
        if key is None or key in seen:
            continue
        seen.add(key)
        answer = looker.page.goto(f"{shown.server.address}/console{path}")
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        yield key, path
        links: list[str] = looker.page.eval_on_selector_all(
            "a[href]:not([download])", "all => all.map(each => each.href)"
        )
        found = [urlsplit(each) for each in links if each.startswith(f"{shown.server.address}/console/")]
        paths += [
            each.path.removeprefix("/console") + (f"?{each.query}" if each.query else "") for each in found
        ]


def _kind(path: str) -> str | None:
    """Return the name of a page and the words, not the numbers, that its path holds; None for a file."""
    plain = path.partition("?")[0]
    if plain.endswith(_NO_PAGES):
        return None
    for page in all_pages():
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", page.path)
        if page.method == "GET" and (found := re.fullmatch(pattern, plain)):
            words = [each for name, each in found.groupdict().items() if name in ("tab", "kind")]
            return " ".join([page.name, *words])
    return None


def names() -> set[str]:
    """Return the names of the pages that a browser shows; one that gives a file says so in name or path."""
    return {
        page.name
        for page in all_pages()
        if page.method == "GET" and not page.path.endswith(_NO_PAGES) and not page.name.endswith(_FILES)
    }
