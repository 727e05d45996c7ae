"""The pytest plugin: a subscription of its own for each test that asks for one."""

import hashlib
import os
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import pytest

from leadline.testing.assertions import journal_lines
from leadline.testing.control import ControlError, is_address
from leadline.testing.server import Server, StartedServer
from leadline.testing.subscription import Subscription

MARK = (
    "leadline(setup=, seed=, original=, limits=, rules=, clock=, faults=, jobs=): "
    "what the subscription of the fixture leadline, or leadline_module, begins with"
)
_OF_SUBSCRIPTION = ("setup", "seed", "original", "limits", "rules")
_OF_CONTROL = ("clock", "faults", "jobs")
_NAME_MAX = 100
_LIMITS = {
    "606": "a window of 20 s takes so many calls (limits={'rate_calls_max': ...})",
    "607": "a day takes so many calls (limits={'daily_calls_max': ...})",
    "615": "so many calls may be made at once (limits={'concurrent_calls_max': ...})",
}
"""What a client may meet without a fault: limits are the original's unless others are given."""


_MADE = pytest.StashKey[Subscription]()
"""Where a test has the subscription of its fixture, under whatever name it knows it."""


class LeadlineWarning(pytest.PytestWarning):
    """A test met something of the sandbox that it may not have meant to."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the address of a sandbox that runs already."""
    group = parser.getgroup("leadline", "Leadline, a Marketo for tests")
    group.addoption(
        "--leadline-url", metavar="URL", help="Use the sandbox that runs there, instead of starting one."
    )
    group.addoption(
        "--leadline-control-token",
        metavar="TOKEN",
        default=os.environ.get("LEADLINE_CONTROL_TOKEN"),
        help="Its control token, where it has one.  [LEADLINE_CONTROL_TOKEN]",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest know the mark, and refuse an address that is none."""
    url = config.getoption("leadline_url")
    if url and not is_address(url):
        raise pytest.UsageError(f"--leadline-url: {url!r} is no address. Give one as http://127.0.0.1:8089.")
    config.addinivalue_line("markers", MARK)


@pytest.fixture(scope="session")
def leadline_server(pytestconfig: pytest.Config) -> Iterator[Server]:
    """The sandbox: one for each process of pytest, or the one that --leadline-url names."""
    if url := pytestconfig.getoption("leadline_url"):
        yield Server(url, pytestconfig.getoption("leadline_control_token"))
        return
    server = StartedServer()
    yield server
    server.stop()


@pytest.fixture
def leadline(request: pytest.FixtureRequest, leadline_server: Server) -> Iterator[Subscription]:
    """A subscription of the test's own."""
    yield from _subscription(request, leadline_server)


@pytest.fixture(scope="module")
def leadline_module(request: pytest.FixtureRequest, leadline_server: Server) -> Iterator[Subscription]:
    """A subscription that the tests of a module share, such as for a costly seed."""
    yield from _subscription(request, leadline_server)


def _subscription(request: pytest.FixtureRequest, server: Server) -> Iterator[Subscription]:
    mark = request.node.get_closest_marker("leadline")
    wanted = _checked(mark) if mark else {}
    fields = {name: wanted[name] for name in _OF_SUBSCRIPTION if name in wanted}
    made = _make(server, f"{request.scope} {request.node.nodeid}", fields)
    try:
        _set(made, wanted)
        if request.scope == "function":
            request.node.stash[_MADE] = made
        yield made
        if request.scope == "module" and (fault := _unfired(made)):
            pytest.fail(fault, pytrace=False)
    finally:
        made.delete()


def _make(server: Server, name: str, fields: Mapping[str, Any]) -> Subscription:
    """Make a subscription whose ids follow from the test, unless the same test runs there twice."""
    if len(name) > _NAME_MAX:
        name = f"{name[: _NAME_MAX - 17]} {hashlib.sha256(name.encode()).hexdigest()[:16]}"
    try:
        return server.subscription(name=name, **fields)
    except ControlError as error:
        if error.http_status != 409:
            raise
        return server.subscription(**fields)


def _checked(mark: pytest.Mark) -> dict[str, Any]:
    unknown = mark.kwargs.keys() - {*_OF_SUBSCRIPTION, *_OF_CONTROL}
    if mark.args or unknown:
        what = f"{', '.join(sorted(unknown))} by name" if unknown else "something without a name"
        raise pytest.UsageError(f"The mark leadline is given {what}; it takes {MARK.partition(':')[0]}.")
    return dict(mark.kwargs)


def _set(subscription: Subscription, wanted: Mapping[str, Any]) -> None:
    """Set clock, jobs and faults as the mark says, whose faults may be one or several."""
    if (clock := wanted.get("clock")) is not None:
        if isinstance(clock, Mapping):
            for change, value in clock.items():
                subscription.clock.change(change, value)
        else:
            subscription.clock.freeze(clock)
    if (jobs := wanted.get("jobs")) is not None:
        subscription.jobs.progress(jobs)
    faults = wanted.get("faults", ())
    for fault in [faults] if isinstance(faults, str | Mapping) else faults:
        subscription.faults.add(fault)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose faults have never happened: it has not shown what it means to show."""
    result = yield
    subscription = item.stash.get(_MADE, None)
    if subscription is not None:
        if fault := _unfired(subscription):
            pytest.fail(fault, pytrace=False)
        for line in _limits_met(subscription.calls):
            item.warn(LeadlineWarning(line))
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the journal of the subscription with a test that fails."""
    report = yield
    if report.failed and call.when == "call" and (subscription := item.stash.get(_MADE, None)) is not None:
        try:
            calls = subscription.calls
        except ControlError as error:
            report.sections.append(("Leadline calls", str(error)))
            return report
        lines = [*journal_lines(calls), *_limits_met(calls)] or ["no call came"]
        report.sections.append(("Leadline calls", "\n".join(lines)))
    return report


def _unfired(subscription: Subscription) -> str | None:
    found = [f"{each['do']} on {each['on']}" for each in subscription.faults.unfired()]
    if not found:
        return None
    return (
        f"These faults were set and never happened: {'; '.join(found)}. "
        "Set them with must_fire=False where they need not."
    )


def _limits_met(calls: list[dict[str, Any]]) -> list[str]:
    """Return a sentence for each limit that a client met without a fault."""
    met = {call["code"] for call in calls if call["fault"] is None}
    return [f"{code} came without a fault: {why}." for code, why in _LIMITS.items() if code in met]
