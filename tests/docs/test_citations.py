"""Whatever code, tests and pages cite exists: sections of the contract and of the queue's page, questions, promises.

Forms: `contract §3.6`, `contract §3.3-3.6, §8`, `queue §4`, `RFC 7578 §4.5`, `Q36` (a row of contract §14), `P3` (a promise
in `docs/reliability.md`). In tests and on the contract's own pages a bare `§3.6` is the contract's, on the queue's page
the queue's. Such a sign in any other form is a fault, so that no citation escapes.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CONTRACT = DOCS / "reference/contract"
QUEUE = DOCS / "explanation/queue.md"
SUFFIXES = {".py", ".sql", ".md", ".sh", ".toml"}

NUMBER = r"\d+(?:\.\d+)*"
PART = rf"§{NUMBER}(?:-§?{NUMBER})?"
CITATION = re.compile(rf"(?:\b(RFC \d+|[Cc]ontract|[Qq]ueue)\s)?({PART}(?:(?:,| and| or)\s{PART})*)")
LABEL = re.compile(r"(?<![\w/+.-])([A-Z])(\d{1,2})(?![\w+=])")
NAMED_FILE = re.compile(r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|sql|json|md))`")


def sections(*pages: Path) -> list[str]:
    """Return the numbers of the pages' headings."""
    texts = [page.read_text("utf-8") for page in pages]
    return [number for text in texts for number in re.findall(rf"^#+ ({NUMBER}) ", text, re.MULTILINE)]


def rows(page: Path, letter: str) -> set[str]:
    """Return the labels in the first column of a page's tables."""
    return set(re.findall(rf"^\| ({letter}\d+) \|", page.read_text("utf-8"), re.MULTILINE))


SECTIONS = {"contract": sections(*sorted(CONTRACT.glob("*.md"))), "queue": sections(QUEUE)}
LABELS = {"Q": rows(CONTRACT / "open-questions.md", "Q"), "P": rows(DOCS / "reliability.md", "P")}


def bare_document(path: Path) -> str | None:
    """Return the document that a citation without a name means, if it may be without one."""
    if path == QUEUE:
        return "queue"
    return "contract" if ROOT / "tests" in path.parents or CONTRACT in path.parents else None


def wrong_sections(text: str, bare: str | None) -> Iterator[str]:
    """Yield what is wrong with the sections that a text cites."""
    text = re.sub(r"\s+(?:(?:#|--) )?", " ", text)
    known = 0
    for citation in CITATION.finditer(text):
        known += citation[2].count("§")
        document = (citation[1] or bare or "").lower()
        if not document:
            yield f"{citation[0]}: of which document?"
        elif not document.startswith("rfc"):
            cited = re.findall(NUMBER, citation[2])
            yield from (f"{document} has no §{each}" for each in cited if each not in SECTIONS[document])
    if known != text.count("§"):
        yield "a § in a form that nobody knows"


def remarks(source: str) -> Iterator[str]:
    """Yield the docstrings and comments of a program."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield text
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def wrong_labels(source: str) -> Iterator[str]:
    """Yield the labels in a program's remarks that are no question and no promise."""
    if not LABEL.search(source):  # most have none, and parsing takes long
        return
    for remark in remarks(source):
        for label in LABEL.finditer(re.sub(r"`[^`]*`", "", remark)):
            if label[0] not in LABELS.get(label[1], ()):
                yield f"nothing is called {label[0]}"


@pytest.mark.parametrize("folder", ["src", "tests", "docs", "examples"])
def test_each_citation_leads_somewhere(folder: str) -> None:
    files = [path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in SUFFIXES]
    assert files
    found = []
    for path in files:
        if path == Path(__file__):
            continue
        text = path.read_text("utf-8")
        wrong = [
            *wrong_sections(text, bare_document(path)),
            *(wrong_labels(text) if path.suffix == ".py" else ()),
        ]
        found += [f"{path.relative_to(ROOT)}: {each}" for each in wrong]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("document", SECTIONS)
def test_each_section_is_there_once(document: str) -> None:
    numbers = SECTIONS[document]
    assert len(numbers) > 5
    assert len(set(numbers)) == len(numbers)


def test_the_index_names_each_chapter() -> None:
    index = (CONTRACT / "index.md").read_text("utf-8")
    listed = re.findall(r"^\| (\d+) \| .*\]\((\S+)\.md#", index, re.MULTILINE)
    pages = {page.stem: sections(page) for page in CONTRACT.glob("*.md")}
    assert [number for number, _ in listed] == [str(number) for number in range(15)]
    assert all(number in pages[page] for number, page in listed)


def test_files_that_the_pages_name_exist() -> None:
    """As a path in the package, or from the top of the repository."""
    pages = [QUEUE, *sorted(CONTRACT.glob("*.md"))]
    named = {path for page in pages for path in NAMED_FILE.findall(page.read_text("utf-8"))}
    assert "store/jobs.py" in named
    assert {
        path for path in named if not any((top / path).exists() for top in (ROOT, ROOT / "src/leadline"))
    } == set()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Keys fold (contract §3.7).", "contract has no §3.7"),
        ("Keys fold (contract §3.6,\n    # §99).", "contract has no §99"),
        ("Rows (contract §3.3-3.9).", "contract has no §3.9"),
        ("Amended (contract §15).", "contract has no §15"),
        ("Rescue (queue §2.4).", "queue has no §2.4"),
        ("Rescue (queue: §4).", "§4: of which document?"),
        ("Keys (§3.6).", "§3.6: of which document?"),
        ("All of it (contract § 9).", "a § in a form that nobody knows"),
    ],
)
def test_a_wrong_citation_is_seen(text: str, fault: str) -> None:
    assert list(wrong_sections(text, None)) == [fault]


@pytest.mark.parametrize(
    "text",
    ["(contract §3.3-3.6, §8)", "contract §4-§7", "RFC 2046 §5.1.1", "(RFC 7578 §4.5, §4.6)", "queue §4"],
)
def test_a_good_citation_is_no_fault(text: str) -> None:
    assert list(wrong_sections(text, None)) == []


@pytest.mark.parametrize("label", ["F12", "D8", "Q39", "P99"])
def test_a_wrong_label_is_seen(label: str) -> None:
    in_docstring, in_comment = f'"""{label}: a rule."""', f"x = 1  # {label}"
    assert (
        list(wrong_labels(in_docstring)) == list(wrong_labels(in_comment)) == [f"nothing is called {label}"]
    )
    assert list(wrong_labels(f'"""P3, Q36: `{label}` is a key."""\nkey = "{label}"')) == []
