"""The pages outside the documentation site link to what exists; the site's own links are checked by `make docs`."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob(".github/**/*.md"), *ROOT.glob("examples/**/*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
SOURCE = re.compile(r'(?:src|srcset|href)="(?!https?:)([^"#]+)()"')


def headings(page: Path) -> set[str]:
    """Return the anchors that a page's headings have on GitHub and on the site."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for path, anchor in LINK.findall(text) + SOURCE.findall(text):
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name} links to {path}"
        if anchor:
            assert anchor in headings(target), f"{page.name} links to {path}#{anchor}"


def test_the_front_pages_link_to_each_other() -> None:
    """The pattern finds links at all."""
    found = {page.name: LINK.findall(page.read_text("utf-8")) for page in PAGES}
    assert ("docs/index.md", "") in found["README.md"]
    assert ("docs/reference/behaviour.md", "codes-that-are-never-sent") in found["README.md"]


def test_the_index_leads_to_each_page() -> None:
    """But for the contract's and the decisions', which have an index of their own."""
    index, docs = (ROOT / "docs/index.md").read_text("utf-8"), ROOT / "docs"
    own = {"decisions", "contract"}
    pages = [each.relative_to(docs) for each in docs.rglob("*.md") if not own & set(each.parts)]
    assert [str(each) for each in pages if f"]({each}" not in index and each.name != "index.md"] == []
