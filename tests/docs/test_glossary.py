"""Each word of the glossary is carried by code that exists under that name."""

import re

import pytest

from tests.docs.demo import ROOT

ROWS = re.findall(
    r"^\| (\*\*.+?) \| (.+) \| (.+) \|$",
    (ROOT / "docs/explanation/glossary.md").read_text("utf-8"),
    re.MULTILINE,
)
SOURCES = ROOT / "src" / "leadline"
TEXT = "\n".join(
    path.read_text("utf-8") for kind in ("py", "sql") for path in sorted(SOURCES.rglob(f"*.{kind}"))
)


def exists(name: str) -> bool:
    """Tell whether a file of that path, or a name in the code, is there; `Class.member` is looked up part by part."""
    if "/" in name:
        return (SOURCES / name).exists()
    return all(re.search(rf"\b{part}\b", TEXT) for part in name.split("."))


def test_the_table_is_read() -> None:
    assert len(ROWS) > 50
    assert exists("Job.batch_id")
    assert not exists("store/gone.py")
    assert not exists("Job.no_such_member")


@pytest.mark.parametrize(("word", "code"), [(word, code) for word, _, code in ROWS])
def test_the_code_carries_the_word(word: str, code: str) -> None:
    names = re.findall(r"`([^`]+)`", code)
    assert names, word
    for name in names:
        assert exists(name), f"{word}: there is no {name}"


def test_no_word_stands_twice() -> None:
    words = [word for row in ROWS for word in re.findall(r"\*\*(.+?)\*\*", row[0])]
    assert len(words) == len(set(words))
