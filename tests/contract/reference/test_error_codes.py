"""Errors have the texts of the original's table, or stand on the behaviour page with their own."""

import re
from pathlib import Path

import pytest

from tests.contract.api.test_codes import REACHES
from tests.contract.reference.error_codes import ANY_WORDS, OTHER_WORDS, PRINTED
from tests.docs.pages import NEVER_SENT, documented_codes, entries

BEHAVIOUR = (Path(__file__).parents[3] / "docs/reference/behaviour.md").read_text("utf-8")
TEXTS, _, SAID_TO_BE_NEVER_SENT = BEHAVIOUR.split("## Texts of errors", 1)[1].partition(
    "## Codes that are never sent"
)
SENT = sorted(
    {(each.code, re.sub(r"\{\w+\}", "x", each.template)) for each in entries().values()}
    | {(each.code, each.message) for each in REACHES}
)


@pytest.fixture(autouse=True)
def store() -> None:
    """No database takes part."""


def fits(template: str, text: str) -> bool:
    """Tell whether a text is what a template makes of some values."""
    return re.fullmatch(re.escape(template).replace("%s", ".+"), text) is not None


@pytest.mark.parametrize(("code", "text"), SENT)
def test_a_text_is_the_printed_one(code: str, text: str) -> None:
    """The catalogue and every answer that a test has seen."""
    known = (*([PRINTED[code]] if code in PRINTED else []), *OTHER_WORDS.get(code, ()))
    assert code == ANY_WORDS or any(fits(template, text) for template in known), (
        f"{code} `{text}` is not of the original: tests/contract/reference/error_codes.py and the page behaviour say why"
    )


@pytest.mark.parametrize("code", sorted(OTHER_WORDS))
def test_other_words_are_on_the_page(code: str) -> None:
    """With the code, what the original prints, and what is sent here."""
    (line,) = (line for line in TEXTS.splitlines() if line.startswith(f"| {code} |"))
    for template in (*([PRINTED[code]] if code in PRINTED else []), *OTHER_WORDS[code]):
        assert f"`{template}`" in line


def test_every_printed_code_is_sent_or_said_not_to_be() -> None:
    """None is forgotten."""
    unknown = set(PRINTED) - (set(documented_codes()) - NEVER_SENT)
    assert {code for code in unknown if code not in SAID_TO_BE_NEVER_SENT} == set()
