"""The dashboard, the alerts and the page about them speak of metrics and events that there are."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.pages import all_metrics, event_types
from tests.docs.test_links import headings

ROOT = Path(__file__).parents[2]
RULES = ROOT / "packaging" / "prometheus" / "alerts.yml"
TESTS = RULES.with_name("alerts_test.yml")
DASHBOARD = json.loads((ROOT / "packaging" / "grafana" / "leadline.json").read_text("utf-8"))
PAGE = ROOT / "docs" / "how-to" / "watch-it.md"
ALERTS: list[dict[str, Any]] = yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]
NAME = re.compile(r"\b(?:leadline|process)_[a-z_]+\b")
MATCHER = re.compile(r'(\w+)(?:=|!=|=~|!~)"')
OF_PROMETHEUS = {"le", "job", "instance"}
"""Labels that no page of ours names."""

OTHER_NAMES = {"LimitNOFILE", "StoreFaultError"}
"""What the page names besides events: a setting of systemd, and an exception."""


def samples() -> dict[str, set[str]]:
    """Return the names of samples with their labels, as Prometheus has them."""
    found: dict[str, set[str]] = {}
    for family in all_metrics():
        for each in family.samples:
            found.setdefault(each.name, set()).update(each.labels)
    return found


def expressions() -> Iterator[tuple[str, str]]:
    """Yield who asks, and the expression."""
    for each in ALERTS:
        yield each["alert"], each["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for block in re.findall(r"```promql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        yield from (("watch-it.md", line) for line in block.splitlines())


EXPRESSIONS = list(expressions())


@pytest.mark.parametrize(
    ("who", "expression"), EXPRESSIONS, ids=[f"{who} {i}" for i, (who, _) in enumerate(EXPRESSIONS)]
)
def test_each_expression_asks_for_what_there_is(who: str, expression: str) -> None:
    known = samples()
    named = NAME.findall(expression)
    assert named or expression.startswith("up{"), "it asks for something"
    assert set(named) <= set(known)
    for name, matchers in re.findall(r"\b((?:leadline|process)_[a-z_]+){([^}]*)}", expression):
        assert set(MATCHER.findall(matchers)) <= known[name] | OF_PROMETHEUS, name


def test_each_metric_that_tells_of_trouble_has_an_alert() -> None:
    """Else nobody is woken by it."""
    asked = {name for each in ALERTS for name in NAME.findall(each["expr"])}
    assert asked >= {
        "leadline_store_up",
        "leadline_workers_alive",
        "leadline_oldest_queued_seconds",
        "leadline_faults_total",
        "leadline_jobs_rescued_total",
        "leadline_worker_exits_total",
        "leadline_log_lines_lost_total",
        "leadline_subscriptions_unreadable",
        "leadline_disk_free_bytes",
        "process_open_fds",
    }


@pytest.mark.parametrize("alert", ALERTS, ids=lambda each: each["alert"])
def test_each_alert_has_its_section_and_its_test(alert: dict[str, Any]) -> None:
    path, _, anchor = alert["annotations"]["runbook"].partition("#")
    assert anchor == alert["alert"].lower()
    assert anchor in headings(ROOT / path)
    assert alert["labels"]["severity"] in ("critical", "warning")
    tested = [
        each["alertname"]
        for test in yaml.safe_load(TESTS.read_text("utf-8"))["tests"]
        for each in test["alert_rule_test"]
        if each.get("exp_alerts")
    ]
    assert alert["alert"] in tested


def test_each_event_of_the_page_is_one() -> None:
    known = {each.__name__ for each in event_types()}
    said = set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", PAGE.read_text("utf-8"))) - OTHER_NAMES
    assert {"StoreDown", "WorkerStopped", "ProcessFailed"} <= said
    assert said <= known


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed (Debian: prometheus)")
@pytest.mark.parametrize("command", [("check", RULES), ("test", TESTS)], ids=["check", "test"])
def test_promtool_takes_the_rules(command: tuple[str, Path]) -> None:
    verb, file = command
    done = subprocess.run(["promtool", verb, "rules", str(file)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
