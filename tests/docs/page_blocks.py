"""The code blocks of the pages, and which of them are commands."""

import re
import textwrap
from dataclasses import dataclass
from functools import cache

from tests.docs.demo import ROOT

_FENCE = re.compile(r"(?:^ *<!-- not run: (.+?) -->\n)?^( *)```(\w*)\n(.*?)^\2```$", re.DOTALL | re.MULTILINE)
_PROGRAM = re.compile(
    r"^(?:[A-Z_]+=\S* +)*(?:sudo +)?(?:\S*bin/)?"
    r"(?:leadline|make|curl|git|pip|python3?|uvx|pytest|systemctl|createdb|psql|pg_dump|pg_restore|vacuumdb"
    r"|sqlite3|umask|openssl|install|cp|rm|cat|sed|printf|export|docker|nginx|caddy|promtool|\.ci/run)\b",
    re.MULTILINE,
)
_LANGUAGES = {"bash", "sh", "sql", "python"}


@dataclass(frozen=True)
class Block:
    """A code block; `why_not` is the reason for which nobody can run it, None where somebody can."""

    page: str
    language: str
    text: str
    why_not: str | None

    @property
    def is_command(self) -> bool:
        """Whether a reader is to type it."""
        first = self.text.lstrip().partition("\n")[0]
        return self.language in _LANGUAGES or (not self.language and bool(_PROGRAM.match(first)))


@cache
def blocks_of(page: str) -> tuple[Block, ...]:
    """Return the blocks of a page, which is named by its path in the repository."""
    text = (ROOT / page).read_text("utf-8")
    return tuple(
        Block(page, language, textwrap.dedent(body), why_not or None)
        for why_not, _, language, body in _FENCE.findall(text)
    )


def block(page: str, begins: str) -> str:
    """Return the one block of a page that begins so."""
    (found,) = [each.text for each in blocks_of(page) if each.text.startswith(begins)]
    return found


def pages() -> list[str]:
    """Return the pages that users read; decisions are history."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    return sorted(
        str(path.relative_to(ROOT))
        for path in found
        if "decisions" not in path.parts and path.stem != "CHANGELOG"
    )
