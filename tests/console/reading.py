"""What a page shows: its text, and its tables as people read them."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Table:
    """The caption of a table, its titles, and the cells of its body row by row."""

    caption: str = ""
    titles: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def by_title(self) -> list[dict[str, str]]:
        """Return each row by the titles of its columns."""
        return [dict(zip(self.titles, row, strict=True)) for row in self.rows]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self.pieces: list[str] = []
        self._into: str | None = None
        self._cell: list[str] = []
        self._is_body = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append(Table())
        elif tag in ("tbody", "thead"):
            self._is_body = tag == "tbody"
        elif tag == "tr" and self._is_body:
            self.tables[-1].rows.append([])
        elif tag in ("td", "th", "caption"):
            self._into, self._cell = tag, []
        elif tag in ("br", "span"):
            self._cell.append(" ")
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        self._cell.append(data)
        self.pieces.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag != self._into:
            return
        text = _plain(self._cell)
        if tag == "caption":
            self.tables[-1].caption = text
        elif self._is_body:
            self.tables[-1].rows[-1].append(text)
        else:
            self.tables[-1].titles.append(text)
        self._into = None


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    return reader


def tables(page: str) -> list[Table]:
    """Return the tables of a page."""
    return _read(page).tables


def shown(page: str) -> str:
    """Return the text of a page, each run of blanks as one."""
    return _plain(_read(page).pieces)


def _plain(pieces: list[str]) -> str:
    """Return a text with single blanks, and numbers without the spaces between their thousands."""
    return " ".join(re.sub("(?<=[0-9])\u202f(?=[0-9])", "", "".join(pieces)).split())
