"""The page of troubles has each event that warns, and each error about which an operator can do something."""

import re

import pytest

from leadline.errors import Entry
from leadline.events import Event
from tests.docs.demo import ROOT
from tests.docs.pages import entries, event_types

PAGE = (ROOT / "docs/how-to/troubleshoot.md").read_text("utf-8")
SYMPTOMS = "\n".join(line.split(" | ")[0] for line in PAGE.splitlines() if line.startswith("| "))
WARNINGS = [each for each in event_types() if each.level != "info"]


def is_for_operators(entry: Entry) -> bool:
    """Tell whether an error's page names the operator, the store or a setting."""
    return bool(
        re.search(r"operator|[A-Z]+__[A-Z_]+|[Ss]tore does not|the store is", f"{entry.when} {entry.advice}")
    )


CODES = sorted({each.code for each in entries().values() if is_for_operators(each)})


@pytest.mark.parametrize("event", WARNINGS, ids=lambda each: each.__name__)
def test_each_event_that_warns_is_told(event: type[Event]) -> None:
    assert f"`{event.__name__}`" in PAGE, (
        f"say in docs/how-to/troubleshoot.md what to do about {event.__name__}"
    )


@pytest.mark.parametrize("code", CODES)
def test_each_error_of_operators_is_a_symptom(code: str) -> None:
    assert re.search(rf"\b{code}\b", SYMPTOMS), f"say in docs/how-to/troubleshoot.md what to do about {code}"


def test_there_are_such() -> None:
    """The two patterns find something at all."""
    assert len(WARNINGS) >= 11
    assert {"413", "603", "606", "607", "608", "611", "703", "713", "1016"} <= set(CODES)


def test_each_name_is_one_that_there_is() -> None:
    """No event that has gone, no setting that has another name."""
    named = set(re.findall(r"`([A-Z][a-z]+[A-Z][A-Za-z]+)`", PAGE)) - {"LimitNOFILE"}
    assert named <= {each.__name__ for each in event_types()}
    settings = (ROOT / "docs/reference/configuration.md").read_text("utf-8")
    for name in re.findall(r"`([A-Z]+__[A-Z_]+)`", PAGE):
        assert f"LEADLINE_{name}" in settings, name
