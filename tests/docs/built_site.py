"""Hold the built documentation to its promise: each link within it leads somewhere, and no page loads anything from another host.

`make docs` runs it on the site: python -m tests.docs.built_site FOLDER
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "object": "data",
    "embed": "src",
}
NOT_LOADED = {"next", "prev", "index", "search", "canonical", "author", "help"}
IN_CSS = re.compile(r"""(?:@import\s+|url\(\s*)["']?((?:https?:)?//[^"')\s]+)""")


class Page(HTMLParser):
    """What one page can be asked for (its anchors), what it links to and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.without_text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors.update(values[name] for name in ("id", "name") if name in values)
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "img" and not values.get("alt"):
            self.without_text.append(values.get("src", ""))
        address = values.get(LOADED.get(tag, ""))
        if address and not set(values.get("rel", "").split()) & NOT_LOADED:
            self.loads.append(address)


def faults(site: Path) -> list[str]:
    """Return what is wrong with a site, a sentence for each fault."""
    pages = {path.resolve(): Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        name = path.relative_to(site.resolve())
        found += [f"{name}: the picture {source} has no text" for source in page.without_text]
        for address in page.links + page.loads:
            parts = urlsplit(address)
            if parts.scheme in ("mailto", "data"):
                continue
            if parts.scheme or parts.netloc:
                found += [f"{name}: loads {address}"] if address in page.loads else []
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                found.append(f"{name}: nothing is at {address}")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                found.append(f"{name}: no anchor is at {address}")
    for path in sorted(site.rglob("*.css")):
        found += [
            f"{path.relative_to(site)}: loads {address}"
            for address in IN_CSS.findall(path.read_text("utf-8"))
        ]
    return found


if __name__ == "__main__":
    told = faults(Path(sys.argv[1]))
    print("\n".join(told), end="\n" if told else "")
    sys.exit(bool(told))
