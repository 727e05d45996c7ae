"""The codes and texts of errors stand in the two catalogues, and each line there is used."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import leadline
from leadline.schema.record_errors import RECORD_ERRORS, RecordError
from leadline.schema.record_errors.explained import error_of

PACKAGE = Path(leadline.__file__).parent
CATALOGUES = {*PACKAGE.glob("errors/*.py"), *PACKAGE.glob("schema/record_errors/*.py")}
CLIENTS = {PACKAGE / "testing", PACKAGE / "client"}
"""What talks to a server from elsewhere knows codes and texts as every client does."""
CODE = re.compile(r"(?:6[01]\d|7\d\d|10\d\d)(?: [A-Z].*)?")


def others() -> Iterator[tuple[Path, ast.AST]]:
    """Yield each node of each file that is no catalogue."""
    for file in sorted(PACKAGE.rglob("*.py")):
        if file not in CATALOGUES and CLIENTS.isdisjoint(file.parents):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                yield file, node


def test_no_code_stands_outside_the_catalogues() -> None:
    found = [
        (file.relative_to(PACKAGE).as_posix(), node.lineno, node.value)
        for file, node in others()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    ]
    assert found == []


def test_no_text_stands_outside_the_catalogues() -> None:
    """The longest part of a template that says more than a word or two is written once."""
    templates = [each.template for each in RECORD_ERRORS.values() if len(each.template.split()) > 2]
    texts = {max((literal for literal, *_ in Formatter().parse(each)), key=len) for each in templates}
    found = [
        (file.relative_to(PACKAGE).as_posix(), node.lineno, node.value)
        for file, node in others()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in texts
    ]
    assert found == []


def test_each_record_error_is_used() -> None:
    used = {node.id for _, node in others() if isinstance(node, ast.Name)}
    used |= {node.attr for _, node in others() if isinstance(node, ast.Attribute)}
    assert set(RECORD_ERRORS) - used == set()


def test_each_record_error_can_be_shown() -> None:
    """The reference page has a line of each: someone can meet it, and is told when and what to do."""
    for name, each in RECORD_ERRORS.items():
        assert each.code is not None or each.files, name
        assert each.when, name
        assert each.advice, name
        values = {field: "x" for _, field, _, _ in Formatter().parse(each.template) if field}
        assert "{" not in each.message(**values), name


@pytest.mark.parametrize(
    "error", [each for each in RECORD_ERRORS.values() if each.files], ids=lambda each: each.template
)
def test_a_sentence_of_a_file_leads_to_its_line(error: RecordError) -> None:
    """Whatever it names: values may have line ends, and words of other sentences."""
    names = [name for _, name, _, _ in Formatter().parse(error.template) if name]
    for value in ("7", "Lead Score", "a\nb {c}", "Invalid email address"):
        found = error_of(error.message(**dict.fromkeys(names, value)))
        assert found is not None
        assert found.template == error.template
    assert error_of(f"{error.template} and more") is None or error.template.endswith("}")


@pytest.mark.parametrize("text", ["", "Nobody has written this", "Invalid email address?"])
def test_another_text_leads_nowhere(text: str) -> None:
    assert error_of(text) is None
