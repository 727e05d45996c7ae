"""Compiled templates are kept for the processes that come later, and never stand between a person and a page."""

import sys
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, pass_context

from leadline.console.compiled_templates import CompiledTemplates


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Python keeps what it has compiled."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "kept"))
    return tmp_path / "kept"


def rendered(folder: Path, kind: str = "") -> str:
    """Return a page as a new process renders it."""
    environment = Environment(loader=FileSystemLoader(folder), bytecode_cache=CompiledTemplates(kind))
    environment.filters["told"] = pass_context(lambda _, value: value) if kind else str
    return environment.get_template("page.html").render()


def files(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder with a template."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "page.html").write_text("one {{ 1 + 1 }}")
    return tmp_path / "pages"


def test_another_process_uses_what_was_compiled(pages: Path, kept: Path) -> None:
    assert rendered(pages) == "one 2"
    (file,) = files(kept)
    written = file.stat().st_mtime_ns, file.stat().st_ino
    code = file.read_bytes()
    assert rendered(pages) == "one 2"
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == written
    file.write_bytes(code.replace(b"one ", b"two "))
    assert rendered(pages) == "two 2"


def test_a_changed_template_is_compiled_anew(pages: Path, kept: Path) -> None:
    rendered(pages)
    (pages / "page.html").write_text("three {{ 3 }}")
    assert rendered(pages) == "three 3"
    assert len(files(kept)) == 1


def test_another_environment_compiles_anew(pages: Path, kept: Path) -> None:
    """How a filter is called is compiled in."""
    (pages / "page.html").write_text("{{ 5 | told }}")
    assert [rendered(pages), rendered(pages, "other"), rendered(pages)] == ["5", "5", "5"]


@pytest.mark.parametrize("content", [b"", b"junk", None])
def test_what_is_damaged_is_compiled_anew(pages: Path, kept: Path, content: bytes | None) -> None:
    rendered(pages)
    (file,) = files(kept)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert rendered(pages) == "one 2"
    assert file.read_bytes() == whole


def test_where_nothing_can_be_kept_pages_are_shown(pages: Path, kept: Path) -> None:
    kept.write_text("a file where the folder should be")
    assert rendered(pages) == "one 2"


def test_who_wants_nothing_kept_has_nothing(pages: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(pages) == "one 2"
    assert not kept.exists()
