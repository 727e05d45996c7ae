"""The page of the sandbox has each control call, with each field that it takes."""

import re

from leadline.sandbox.control.routes import ROUTES
from tests.docs.demo import ROOT

PAGE = (ROOT / "docs" / "reference" / "sandbox.md").read_text("utf-8")


def test_each_control_call_has_its_line() -> None:
    told = re.findall(r"^\| `([A-Z]+ [^`]+)` \| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert sorted(told) == sorted((f"{each.method} {each.path}", each.summary) for each in ROUTES)


def test_each_field_is_told() -> None:
    for route in ROUTES:
        named = [*(route.fields.model_fields if route.fields else ()), *route.query]
        assert [name for name in named if f"`{name}`" not in PAGE] == [], route.path
