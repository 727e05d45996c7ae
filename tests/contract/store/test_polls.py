"""A poll asks whose its token is and how the job stands in one round trip, and believes no older answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from leadline.config import Settings
from leadline.errors import ServiceError, StoreFaultError
from leadline.imports.status import Jobs
from leadline.model.callers import Caller
from leadline.model.jobs import Job, Status
from leadline.store import credentials, issued_tokens
from leadline.store.client_secrets import Secret
from leadline.store.credentials import Credential
from leadline.store.directory import Stores
from leadline.store.secret_hash import hash_generated
from leadline.subscriptions.tokens import Tokens
from tests.clusters import url_for
from tests.contract.store.places import (
    MUNCHKIN_ID,
    NOW,
    Place,
    SetClock,
    admit,
    begin,
    finish,
    must_claim,
)
from tests.nodes.proxy import Proxy

CI = Credential("ci-id", MUNCHKIN_ID, "ci", (Secret(1, hash_generated("secret"), NOW),), "u@x.y", None, None)
DAY = 86_400


class Polls:
    """The use cases of a poll over stores, and a token."""

    def __init__(self, stores: Stores) -> None:
        self.stores, self.clock = stores, SetClock()
        self.database = stores.subscription(MUNCHKIN_ID)
        with stores.control.write() as session:
            credentials.put_credential(session, CI, None)
        self.tokens = Tokens(stores, self.clock, Settings().policy, lambda event: None)
        self.jobs = Jobs(stores, self.clock)
        granted = self.tokens.grant("ci-id", "secret")
        assert granted is not None
        self.token = granted.token

    def read(self, batch_id: int) -> tuple[Caller, Job, bool]:
        """Poll: return the caller, the job, and whether one round trip brought both."""
        caller, lookup = self.tokens.identify_beside(self.token, "", batch_id)
        return caller, self.jobs.one(caller, batch_id, lookup=lookup), lookup is not None


@pytest.fixture
def polls(stores: Stores) -> Polls:
    return Polls(stores)


def test_a_poll_tells_the_job_as_it_stands(polls: Polls, place: Place) -> None:
    """In one round trip from the second poll of a token on, where one server has both stores."""
    batch_id = admit(polls.database)
    told = [polls.read(batch_id)]
    held = must_claim(polls.database)
    told.append(polls.read(batch_id))
    finish(polls.database, held)
    told.append(polls.read(batch_id))
    assert [job.status for _, job, _ in told] == [Status.QUEUED, Status.IMPORTING, Status.COMPLETE]
    assert [caller.client_id for caller, _, _ in told] == ["ci-id"] * 3
    assert [at_once for _, _, at_once in told] == [False, *[place.dialect == "postgres"] * 2]


def test_what_a_poll_is_refused(polls: Polls) -> None:
    """1013 for a job that is unknown or past its days, 602 for a token that has just expired, 601 for none."""
    batch_id = admit(polls.database)
    polls.read(batch_id)
    with pytest.raises(ServiceError, match="1013"):
        polls.read(batch_id + 1)
    polls.clock.seconds += 40 * DAY
    with polls.stores.control.write() as session:
        issued_tokens.renew_tokens(session, MUNCHKIN_ID, polls.clock.seconds + DAY)
    with pytest.raises(ServiceError, match="1013"):
        polls.read(batch_id)
    polls.tokens.expire(MUNCHKIN_ID, polls.token)
    with pytest.raises(ServiceError, match="602"):
        polls.read(batch_id)
    with polls.stores.control.write() as session:
        credentials.put_credential(session, replace(CI, secrets=()), CI)
    with pytest.raises(ServiceError, match="601"):
        polls.read(batch_id)


def test_a_subscription_that_cannot_be_read_hides_no_refusal(polls: Polls) -> None:
    """Its store fails, and so do polls; but a token that has expired is still told so."""
    batch_id = admit(polls.database)
    polls.read(batch_id)
    with polls.database.write() as session:
        session.run_built("ALTER TABLE {schema}.job RENAME COLUMN warned TO renamed", {})
    with pytest.raises(StoreFaultError):
        polls.read(batch_id)
    polls.tokens.expire(MUNCHKIN_ID, polls.token)
    with pytest.raises(ServiceError, match="602"):
        polls.read(batch_id)


def test_the_server_hears_a_poll_at_once(tmp_path: Path) -> None:
    """Both questions go out together: one message of the client, whose answer it waits for."""
    said = list[int]()
    proxy = Proxy(url_for("postgres", tmp_path / "data"), before_each=lambda: said.append(1))
    stores = Stores(tmp_path / "data", proxy.url)
    stores.prepare()
    begin(stores)
    polls = Polls(stores)
    batch_id = admit(polls.database)
    for _ in range(6):  # by then the statements are prepared, and the limits of the subscription known
        polls.read(batch_id)
    before = len(said)
    assert polls.read(batch_id)[2]
    assert len(said) == before + 1
    stores.close()
    proxy.close()
