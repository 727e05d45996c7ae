"""The reference pages name everything there is, with its true default."""

import re
from pathlib import Path

import leadline
from leadline.api.app import ENDPOINTS
from leadline.api.openapi import build_document
from leadline.config import KINDS
from leadline.model.records import Outcome
from leadline.model.rules import Section
from leadline.schema.types import FIELD_TYPES
from leadline.subscriptions.file import SubscriptionFile
from leadline.subscriptions.file_parts import PERMISSIONS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def page(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def shown(default: object) -> str:
    return "none" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


SETTINGS = {name: field for kind in reversed(KINDS) for name, field in kind.model_fields.items()}


def test_every_setting_has_its_line() -> None:
    text = page("configuration.md")
    for name, field in SETTINGS.items():
        if not isinstance(field.default, Section):
            line = f"| `LEADLINE_{name.upper()}` | `{shown(field.default)}` | {field.description}"
            assert line in text, f"add to docs/reference/configuration.md: {line} |"
            continue
        for inner, setting in type(field.default).model_fields.items():
            name_and_default = f"| `LEADLINE_{name.upper()}__{inner.upper()}` | `{shown(setting.default)}` |"
            line = f"{name_and_default} {setting.description}"
            assert line in text, f"add to docs/reference/configuration.md: {line} |"


def test_every_setting_is_asked_for() -> None:
    """A setting that no code reads does nothing."""
    source = "\n".join(path.read_text("utf-8") for path in Path(leadline.__file__).parent.rglob("*.py"))
    sections = [type(each.default) for each in SETTINGS.values() if isinstance(each.default, Section)]
    names = {name for section in sections for name in section.model_fields} | set(SETTINGS)
    unread = [name for name in names if not re.search(rf"\.{name}\b", source)]
    assert not unread, f"no code in src/leadline asks for {unread}"


OPERATORS = {"/health/live", "/health/ready", "/metrics", "/openapi.json"}


def rows_of(table: str) -> dict[str, str]:
    """Return the lines of an endpoint table: the call, and what it gives and needs."""
    found = re.findall(r"^\| `(\w+ /\S+)` \| (.+) \|$", table, re.MULTILINE)
    assert len(dict(found)) == len(found), "each call has one line"
    return dict(found)


def test_the_endpoints_are_those_of_the_page() -> None:
    """No line is missing, none too many; each has its summary and its permission."""
    wanted = {
        f"{each.method} {each.path}": f"{each.summary} | {' or '.join(each.permissions) or '-'}"
        for each in ENDPOINTS
    }
    told = rows_of(page("endpoints.md"))
    ours = {name: line for name, line in told.items() if name.split()[1] not in OPERATORS}
    missing = [f"| `{name}` | {line} |" for name, line in wanted.items() if ours.get(name) != line]
    assert not missing, "docs/reference/endpoints.md lacks:\n" + "\n".join(missing)
    assert not set(ours) - set(wanted), "docs/reference/endpoints.md has lines of calls that do not exist"
    assert {name.split()[1] for name in told if name not in wanted} == OPERATORS


def test_the_endpoints_are_those_of_openapi() -> None:
    """Each method of each path, once, and the operator's own."""
    paths = build_document(ENDPOINTS)["paths"]
    told = {(path, method.upper()) for path, methods in paths.items() for method in methods}
    assert told == {(each.path, each.method) for each in ENDPOINTS} | {(path, "GET") for path in OPERATORS}


def test_every_outcome_is_named() -> None:
    *processed, failed = (f"`{each}`" for each in Outcome)
    named = f"{', '.join(processed)} or {failed}"
    for name, words in (
        ("endpoints.md", f"`outcome` is {named};"),
        ("../explanation/glossary.md", f"{named} |"),
    ):
        assert words in page(name), f"write into docs/reference/{name}: {words}"


def test_every_permission_can_be_granted() -> None:
    """What a call asks for, a credential of the subscription file can have."""
    asked = {permission for each in ENDPOINTS for permission in each.permissions}
    missing = asked - set(PERMISSIONS)
    assert not missing, f"add to PERMISSIONS of subscriptions/file_parts.py: {sorted(missing)}"


def test_every_key_of_the_subscription_file_has_its_line() -> None:
    text = page("subscription-file.md")
    words = {*SubscriptionFile.model_fields, *FIELD_TYPES, *(each.split(" ", 1)[1] for each in PERMISSIONS)}
    missing = sorted(each for each in words - {"store"} if f"`{each}`" not in text)
    assert not missing, f"docs/reference/subscription-file.md does not name {missing}"
