"""The page of the pytest plugin tells all that a test may use."""

import inspect
import re

import pytest

from leadline.testing import Subscription, plugin
from leadline.testing.clock import Clock
from leadline.testing.faults import Faults
from leadline.testing.jobs import Jobs
from tests.docs.demo import ROOT

PAGE = (ROOT / "docs" / "reference" / "pytest.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("subject", "before"), [(Subscription, ""), (Faults, ""), (Clock, "clock."), (Jobs, "jobs.")]
)
def test_each_method_is_told(subject: type, before: str) -> None:
    names = [name for name, _ in inspect.getmembers(subject) if not name.startswith("_")]
    assert [name for name in names if not re.search(rf"`{re.escape(before + name)}\b", PAGE)] == []


def test_each_fixture_option_and_argument_of_the_mark_is_told() -> None:
    arguments = re.findall(r"(\w+)=", plugin.MARK)
    wanted = [*arguments, "leadline", "leadline_module", "leadline_server"]
    assert [name for name in wanted if f"`{name}`" not in PAGE] == []
    assert all(option in PAGE for option in ("--leadline-url", "--leadline-control-token"))
