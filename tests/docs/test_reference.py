"""The reference pages name everything there is, with its true default."""

from pathlib import Path

from leadline.api.app import ENDPOINTS
from leadline.config import Section, Settings
from leadline.schema.subscription import SubscriptionFile
from leadline.schema.subscription_parts import PERMISSIONS
from leadline.schema.types import FIELD_TYPES

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def page(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def shown(default: object) -> str:
    return "none" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


def test_every_setting_has_its_line() -> None:
    text = page("configuration.md")
    for name, field in Settings.model_fields.items():
        if not isinstance(field.default, Section):
            assert f"| `LEADLINE_{name.upper()}` | `{shown(field.default)}` | {field.description}" in text
            continue
        for inner, setting in type(field.default).model_fields.items():
            name_and_default = f"| `LEADLINE_{name.upper()}__{inner.upper()}` | `{shown(setting.default)}` |"
            assert f"{name_and_default} {setting.description}" in text


def test_every_endpoint_has_its_line() -> None:
    text = page("endpoints.md")
    for endpoint in ENDPOINTS:
        assert f"| `{endpoint.method} {endpoint.path}` | {endpoint.summary} |" in text


def test_every_key_of_the_subscription_file_has_its_line() -> None:
    text = page("subscription-file.md")
    for key in SubscriptionFile.model_fields:
        if key != "store":
            assert f"`{key}`" in text
    for field_type in FIELD_TYPES:
        assert f"`{field_type}`" in text
    for group in {permission.split(" ", 1)[1] for permission in PERMISSIONS}:
        assert f"`{group}`" in text
