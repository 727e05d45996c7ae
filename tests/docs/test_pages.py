"""The generated reference pages are true, and the tables that they are made from are whole."""

import re
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest

import leadline
from leadline.engine.cells import read_one
from leadline.engine.validate import EMAIL_PATTERN
from leadline.schema.leads import standard_fields
from leadline.schema.types import FIELD_TYPES, Cell
from tests.docs.pages import COMMAND, NEVER_SENT, PAGES, REFERENCE, documented_codes, entries, event_types
from tests.docs.values import FORMS, REFUSED, WARNED, Example

PACKAGE = Path(leadline.__file__).parent
ZONE, TODAY = "America/Chicago", date(2026, 3, 1)


@cache
def source() -> dict[Path, str]:
    """Return every file of the product."""
    return {path: path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py"))}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_the_one_that_the_code_makes(name: str) -> None:
    page = REFERENCE / name
    text = page.read_text("utf-8") if page.exists() else ""
    assert text == PAGES[name](), f"{name} is stale: run `{COMMAND}`"


@pytest.mark.parametrize("name", entries())
def test_every_error_is_sent_by_some_code(name: str) -> None:
    users = [
        path
        for path, text in source().items()
        if path.parent.name != "errors" and re.search(rf"\b{name}\b", text)
    ]
    assert users, f"nothing refuses a call with {name}: use it, or delete it from src/leadline/errors"


@pytest.mark.parametrize("name", entries())
def test_every_error_is_told_in_sentences(name: str) -> None:
    entry = entries()[name]
    for text in (entry.when, entry.advice):
        assert re.fullmatch(r"[A-Z].{15,}\.", text), (
            f"{name}: `when` and `advice` are sentences, not {text!r}"
        )


def test_every_code_of_the_contract_is_in_the_catalogue() -> None:
    """§13: those of whole calls; those of records alone are the engine's."""
    listed = documented_codes()
    assert len(listed) > 50, "the contract's table is read"
    of_calls = {code for code, level in listed.items() if level != "record"}
    missing = of_calls - NEVER_SENT - {each.code for each in entries().values()}
    assert not missing, f"add an Entry for {sorted(missing)} to src/leadline/errors"
    unknown = {each.code for each in entries().values()} - set(listed)
    assert not unknown, f"docs/reference/contract/fields-and-errors.md §13 has no line for {sorted(unknown)}"


def test_stars_of_the_contract_are_those_of_the_catalogue() -> None:
    """§10: which answers count for no limit."""
    text = (REFERENCE / "contract" / "fields-and-errors.md").read_text("utf-8")
    stars = set(re.findall(r"^\| (\d+)\* \|", text, re.MULTILINE))
    assert {each.code for each in entries().values() if not each.counted} == stars


@pytest.mark.parametrize("event", event_types(), ids=lambda event: event.__name__)
def test_every_event_is_emitted_somewhere(event: type) -> None:
    name = event.__name__
    users = [
        path
        for path, text in source().items()
        if f"emit({name}(" in text or (path.parent.name != "events" and f"{name}(" in text)
    ]
    assert users, f"nothing emits {name}: emit it, or delete it from src/leadline/events"


EXAMPLES = [(form.types[0], each) for form in FORMS for each in form.examples]


@pytest.mark.parametrize(
    ("type_name", "example"), EXAMPLES, ids=[f"{name}: {each.cell}" for name, each in EXAMPLES]
)
def test_a_value_is_read_as_its_page_says(type_name: str, example: Example) -> None:
    field_type = FIELD_TYPES[type_name]
    if field_type.cell is Cell.EMAIL:
        is_address = pl.Series([example.cell]).str.contains(EMAIL_PATTERN)[0]
        assert is_address is (example.value is not WARNED)
        return
    stored = read_one(example.cell, field_type, ZONE, TODAY)
    if example.value is REFUSED:
        assert stored is None
        return
    shown = field_type.render(stored)
    assert (str(shown) if isinstance(example.value, str) else shown) == example.value


def test_a_past_day_is_never_after_today() -> None:
    """§8: two digits of a year in dateOfBirth."""
    birth = next(each for each in standard_fields() if each.name == "dateOfBirth").type
    assert read_one("3/2/26", birth, ZONE, TODAY) == "1926-03-02"


def test_every_type_that_is_no_text_has_its_form() -> None:
    named = {name for form in FORMS for name in form.types}
    texts = {name for name, each in FIELD_TYPES.items() if each.cell is Cell.TEXT}
    assert named == set(FIELD_TYPES) - texts, "add a form or a type to tests/docs/values.py"
