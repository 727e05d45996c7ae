"""What a subscription is set to, as people see it: credentials without secrets, settings and whose they are."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from leadline.clock import MachineTime
from leadline.model.callers import Caller
from leadline.model.rules import Limits, Policy, Rules
from leadline.store.directory import Stores
from leadline.subscriptions.call_limits import CallLimits
from leadline.subscriptions.overview import Overview
from leadline.subscriptions.tokens import Tokens
from tests.contract.api.world import credential, whole_subscription
from tests.harness import Server, running
from tests.stores import open_stores

READER = credential("reader", "Read-Only Lead", partitions=["Europe"])


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    document = whole_subscription(
        credentials=[READER, credential("idle", "Read-Only Assets")],
        limits={"jobs_queued_max": 7},
        rules={"overlong": "truncate"},
    )
    yield from running(tmp_path_factory.mktemp("overview") / "data", document)


@pytest.fixture
def stores(world: Server) -> Iterator[Stores]:
    stores = open_stores(world.data)
    yield stores
    stores.close()


def caller_of(stores: Stores, token: str) -> tuple[Overview, Caller]:
    """Return the use case over a server's stores, and the caller that has a token there."""
    tokens = Tokens(stores, MachineTime(), Policy(Limits(), Rules()), lambda event: None)
    return Overview(stores, CallLimits(stores, MachineTime()), MachineTime()), tokens.identify(token)


def test_credentials_are_told_without_secrets_and_with_the_calls_of_their_users(
    world: Server, stores: Stores
) -> None:
    token = world.new_token("reader", "reader-secret")
    for _ in range(3):
        world.call("GET", "/rest/v1/leads/describe.json", token)
    usage = world.get("/rest/v1/stats/usage.json")["result"][0]  # written to the store by this call
    overview, everybody = caller_of(stores, world.token)
    found = {each.name: each for each in overview.credentials(everybody)}
    assert list(found) == ["idle", "reader", "tests"]
    calls = {each["userId"]: each["count"] for each in usage["users"]}
    reader = found["reader"]
    assert (reader.week_calls, calls["reader@example.com"]) == (3, 3)
    assert (reader.last_day, found["idle"].last_day) == (
        MachineTime().today("", "America/Chicago"),
        None,
    )
    assert (reader.permissions, reader.partitions) == (("Read-Only Lead",), ("Europe",))
    assert found["tests"].permissions is None
    ((made, ends),) = found["tests"].secrets
    assert (MachineTime().now("") - made < 3600, ends) == (True, None)
    assert not any(word in repr(found) for word in ("s3cret", "sha256", "scrypt"))


def test_who_has_not_all_permissions_sees_the_own_credential_alone(world: Server, stores: Stores) -> None:
    overview, reader = caller_of(stores, world.new_token("reader", "reader-secret"))
    assert [each.name for each in overview.credentials(reader)] == ["reader"]
    assert len(overview.credentials(replace(reader, permissions=None))) == 3


def test_settings_are_those_that_hold_and_say_whose_they_are(world: Server, stores: Stores) -> None:
    overview, everybody = caller_of(stores, world.token)
    found = {(each.section, each.name): each for each in overview.settings(everybody)}
    assert [name for _, name in found] == [*Limits.model_fields, *Rules.model_fields]
    queued, importing = found["limits", "jobs_queued_max"], found["limits", "jobs_importing_max"]
    assert (queued.value, queued.is_own, importing.value, importing.is_own) == (7, True, 2, False)
    assert (found["rules", "overlong"].value, found["rules", "overlong"].is_own) == ("truncate", True)
    assert all(each.description for each in found.values())
