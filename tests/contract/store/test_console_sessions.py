"""Sessions of the console: seen by every node, kept as hashes, and ended by time, log-out and secrets."""

from dataclasses import replace

import pytest

from leadline.config import Settings
from leadline.events import AccessRefused, Event, SessionOpened
from leadline.model.callers import Caller
from leadline.store import credentials
from leadline.store.client_secrets import Secret
from leadline.store.credentials import Credential
from leadline.store.directory import Stores
from leadline.store.secret_hash import hash_generated
from leadline.subscriptions.console_sessions import IDLE_SECONDS, LIFE_SECONDS, ConsoleSessions
from tests.contract.store.places import MUNCHKIN_ID, NOW, Place, SetClock

SECRET, NEW = Secret(1, hash_generated("secret"), NOW), Secret(2, hash_generated("new"), NOW)
CI = Credential("ci-id", MUNCHKIN_ID, "ci", (SECRET,), "ci@x.y", ("Read-Only Lead",), None)
_USED = "SELECT used_at FROM {schema}.console_session"
_COUNT = "SELECT count(*) AS n FROM {schema}.console_session"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def sessions(stores: Stores, clock: SetClock, events: list[Event]) -> ConsoleSessions:
    """The use case on one node, and a credential that may log in."""
    _put(stores, CI)
    return ConsoleSessions(stores, clock, Settings().policy, events.append)


def _put(stores: Stores, credential: Credential, known: Credential | None = None) -> None:
    with stores.control.write() as session:
        credentials.put_credential(session, credential, known)


def _opened(sessions: ConsoleSessions) -> str:
    name = sessions.open("ci-id", "secret")
    assert name is not None
    return name


def _caller(sessions: ConsoleSessions, name: str, *, counts_as_use: bool = True) -> Caller | None:
    return sessions.identify(name, counts_as_use=counts_as_use)


def _value(stores: Stores, sql: str) -> int:
    with stores.control.read() as session:
        return int(next(iter(session.built_rows(sql, {})[0].values())))


def test_each_node_knows_a_session(place: Place, clock: SetClock, sessions: ConsoleSessions) -> None:
    other = ConsoleSessions(place.open(), clock, Settings().policy, lambda event: None)
    name = _opened(sessions)
    caller = _caller(other, name)
    assert caller is not None
    assert (caller.client_id, caller.munchkin_id, caller.credential) == ("ci-id", MUNCHKIN_ID, "ci")
    assert caller.permissions == {"Read-Only Lead"}
    other.close(name)
    assert _caller(sessions, name) is None


def test_a_log_out_of_nobody_writes_nothing(stores: Stores, sessions: ConsoleSessions) -> None:
    """Strangers may ask for it as often as they like, while the store is written by another."""
    name = _opened(sessions)
    with stores.control.write():
        sessions.close("x" * 43)
    assert _caller(sessions, name)


def test_only_a_hash_is_stored(stores: Stores, sessions: ConsoleSessions) -> None:
    name = _opened(sessions)
    assert len({_opened(sessions) for _ in range(8)} | {name}) == 9
    assert len(name) == 43  # 256 bits
    with stores.control.read() as session:
        rows = session.built_rows("SELECT * FROM {schema}.console_session", {})
    assert name not in str(rows)


@pytest.mark.parametrize(
    ("client_id", "secret"), [("ci-id", "wrong"), ("ci-id", ""), ("nobody", "secret"), ("ci-id\0", "secret")]
)
def test_wrong_credentials_open_nothing(
    stores: Stores, sessions: ConsoleSessions, events: list[Event], client_id: str, secret: str
) -> None:
    assert sessions.open(client_id, secret) is None
    assert _value(stores, _COUNT) == 0
    known = "ci-id" if client_id == "ci-id" else None
    assert events == [AccessRefused("wrong credentials", known)]


def test_who_logs_in_is_told(sessions: ConsoleSessions, events: list[Event]) -> None:
    _opened(sessions)
    assert events == [SessionOpened(MUNCHKIN_ID, "ci-id")]


def test_half_an_hour_without_use_ends_it(clock: SetClock, sessions: ConsoleSessions) -> None:
    used, idle = _opened(sessions), _opened(sessions)
    clock.seconds += IDLE_SECONDS - 1
    assert _caller(sessions, used)
    clock.seconds += 1
    assert _caller(sessions, used)
    assert _caller(sessions, idle) is None


def test_a_page_that_refreshes_itself_uses_nothing(clock: SetClock, sessions: ConsoleSessions) -> None:
    name = _opened(sessions)
    for _ in range(3):
        clock.seconds += IDLE_SECONDS // 3
        alive = _caller(sessions, name, counts_as_use=False)
    assert alive is None


def test_eight_hours_end_it_though_it_is_used(clock: SetClock, sessions: ConsoleSessions) -> None:
    name = _opened(sessions)
    for _ in range(LIFE_SECONDS // 600 - 1):
        clock.seconds += 600
        assert _caller(sessions, name)
    clock.seconds += 600
    assert _caller(sessions, name) is None


def test_its_use_is_written_once_a_minute(stores: Stores, clock: SetClock, sessions: ConsoleSessions) -> None:
    name = _opened(sessions)
    written = []
    for _ in range(90):
        clock.seconds += 1
        _caller(sessions, name)
        written.append(_value(stores, _USED))
    assert set(written) == {NOW, NOW + 60}
    clock.seconds = NOW + 120
    _caller(sessions, name)
    assert _value(stores, _USED) == NOW + 120


@pytest.mark.parametrize(
    "changed",
    [replace(CI, secrets=(NEW,)), replace(CI, client_id="other-id")],
    ids=["secret", "client id"],
)
def test_it_ends_with_its_secret(stores: Stores, sessions: ConsoleSessions, changed: Credential) -> None:
    name = _opened(sessions)
    _put(stores, changed, CI)
    assert _caller(sessions, name) is None
    assert _value(stores, _COUNT) == 0


def test_it_ends_when_its_secret_does(stores: Stores, clock: SetClock, sessions: ConsoleSessions) -> None:
    """While two secrets hold, each opens sessions; those of the old one end with it, the others go on."""
    old = _opened(sessions)
    _put(stores, replace(CI, secrets=(replace(SECRET, ends_at=NOW + 60), NEW)), CI)
    late, new = _opened(sessions), sessions.open("ci-id", "new")
    assert new is not None
    clock.seconds += 59
    assert all(_caller(sessions, name) for name in (old, late, new))
    clock.seconds += 1
    assert [bool(_caller(sessions, name)) for name in (old, late, new)] == [False, False, True]
    assert sessions.open("ci-id", "secret") is None


def test_rights_are_those_of_the_moment(stores: Stores, sessions: ConsoleSessions) -> None:
    name = _opened(sessions)
    _put(stores, replace(CI, permissions=("Read-Only Assets",), partitions=("Europe",)), CI)
    caller = _caller(sessions, name)
    assert caller is not None
    assert (caller.permissions, caller.partitions) == ({"Read-Only Assets"}, {"Europe"})


def test_it_goes_with_its_subscription(stores: Stores, sessions: ConsoleSessions) -> None:
    name = _opened(sessions)
    with stores.control.write() as session:
        credentials.remove_subscription(session, MUNCHKIN_ID)
    assert _caller(sessions, name) is None


def test_the_next_login_sweeps_what_has_ended(
    stores: Stores, clock: SetClock, sessions: ConsoleSessions
) -> None:
    _opened(sessions)
    clock.seconds += IDLE_SECONDS
    kept = _opened(sessions)
    assert _value(stores, _COUNT) == 1
    assert _caller(sessions, kept)
