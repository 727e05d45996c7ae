"""Credentials are added, rotated and removed: what holds when, and what ends with what."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from leadline.cli.secret_output import secret_output
from leadline.config import Settings
from leadline.errors import OperatorError, ServiceError, StoreDownError
from leadline.store import credentials
from leadline.store.directory import Stores
from leadline.subscriptions.console_sessions import ConsoleSessions
from leadline.subscriptions.credential_changes import CredentialChanges
from leadline.subscriptions.file_parts import CredentialPart
from leadline.subscriptions.new_secrets import NewSecret, keep_nowhere
from leadline.subscriptions.tokens import Tokens
from tests.contract.store.places import MUNCHKIN_ID, NOW, Place, SetClock, in_threads
from tests.contract.store.test_setting_up import LosesAnAnswer

CI = CredentialPart(name="ci", user="ci@x.y", permissions="all")
HOUR = 3600


@dataclass
class World:
    """A node, and an operator's program beside it, which has stores of its own."""

    clock: SetClock
    tokens: Tokens
    sessions: ConsoleSessions
    changes: CredentialChanges

    def rotate(self, keep_seconds: int = 0) -> NewSecret:
        return self.changes.rotate(MUNCHKIN_ID, "ci", keep_seconds, keep_nowhere).new

    def token(self, secret: NewSecret) -> str | None:
        grant = self.tokens.grant(secret.client_id, secret.client_secret)
        return grant.token if grant else None

    def session(self, secret: NewSecret) -> str | None:
        return self.sessions.open(secret.client_id, secret.client_secret)

    def refusal(self, token: str | None) -> str:
        """Return the code with which a token is refused, "" for none."""
        assert token is not None
        try:
            self.tokens.identify(token)
        except ServiceError as error:
            return error.entry.code
        return ""

    def is_open(self, session: str | None) -> bool:
        assert session is not None
        return self.sessions.identify(session, counts_as_use=False) is not None

    def ends(self) -> list[int | None]:
        """Return when the secrets that hold end."""
        return [secret.ends_at for secret in self.changes.all(MUNCHKIN_ID)[0].secrets]


@pytest.fixture
def world(place: Place, stores: Stores) -> World:
    clock = SetClock()
    policy = Settings().policy
    return World(
        clock,
        Tokens(stores, clock, policy, lambda event: None),
        ConsoleSessions(stores, clock, policy, lambda event: None),
        CredentialChanges(place.open(), clock),
    )


def test_the_old_secret_holds_for_the_overlap(world: World) -> None:
    """Both get in until its end; then its token and its session have ended, the new ones go on."""
    old = world.changes.add(MUNCHKIN_ID, CI, keep_nowhere)
    old_token, old_session = world.token(old), world.session(old)
    new = world.rotate(HOUR // 4)
    new_token, new_session = world.token(new), world.session(new)
    assert (new.client_id, world.ends()) == (old.client_id, [NOW + HOUR // 4, None])
    assert world.token(old) == old_token != new_token
    world.clock.seconds += HOUR // 4 - 1
    assert [world.refusal(old_token), world.refusal(new_token)] == ["", ""]
    assert [world.is_open(old_session), world.is_open(new_session)] == [True, True]
    world.clock.seconds += 1
    assert [world.refusal(old_token), world.refusal(new_token)] == ["602", ""]
    assert [world.is_open(old_session), world.is_open(new_session)] == [False, True]
    assert [world.token(old), world.session(old)] == [None, None]
    assert world.ends() == [None]


def test_without_an_overlap_the_old_secret_ends_at_once(world: World) -> None:
    old = world.changes.add(MUNCHKIN_ID, CI, keep_nowhere)
    token, session = world.token(old), world.session(old)
    rotation = world.changes.rotate(MUNCHKIN_ID, "ci", 0, keep_nowhere)
    assert ([each.number for each in rotation.ended], rotation.kept) == ([1], None)
    assert (world.refusal(token), world.is_open(session), world.token(old)) == ("601", False, None)
    assert world.refusal(world.token(rotation.new)) == ""


def test_two_secrets_hold_at_most(world: World) -> None:
    """A second rotation within an overlap ends the oldest at once; an end that was set never moves back."""
    first = world.changes.add(MUNCHKIN_ID, CI, keep_nowhere)
    token = world.token(first)
    second = world.rotate(HOUR)
    rotation = world.changes.rotate(MUNCHKIN_ID, "ci", 2 * HOUR, keep_nowhere)
    assert [each.number for each in rotation.ended] == [1]
    assert (world.token(first), world.refusal(token)) == (None, "601")
    assert world.ends() == [NOW + 2 * HOUR, None]
    assert world.token(second) is not None
    last = world.changes.rotate(MUNCHKIN_ID, "ci", 0, keep_nowhere)
    assert [each.number for each in last.ended] == [2, 3]
    assert (world.token(second), world.ends()) == (None, [None])
    assert world.token(last.new) is not None


def test_an_overlap_ends_early(world: World) -> None:
    """The old secret ends with what was made with it, the new one goes on, and no third is needed."""
    old = world.changes.add(MUNCHKIN_ID, CI, keep_nowhere)
    old_token, old_session = world.token(old), world.session(old)
    new = world.rotate(HOUR)
    new_token = world.token(new)
    assert [each.number for each in world.changes.end_overlap(MUNCHKIN_ID, "ci")] == [1]
    assert (world.token(old), world.refusal(old_token), world.is_open(old_session)) == (None, "601", False)
    assert (world.token(new), world.refusal(new_token), world.ends()) == (new_token, "", [None])
    with pytest.raises(OperatorError, match=r"in no overlap.*`leadline credentials rotate`"):
        world.changes.end_overlap(MUNCHKIN_ID, "ci")
    assert world.token(new) == new_token


def test_a_secret_that_has_ended_is_no_end(world: World) -> None:
    """Of a secret whose overlap is over, the next rotation says nothing."""
    world.changes.add(MUNCHKIN_ID, CI, keep_nowhere)
    world.rotate(HOUR)
    world.clock.seconds += 2 * HOUR
    rotation = world.changes.rotate(MUNCHKIN_ID, "ci", HOUR, keep_nowhere)
    assert (rotation.ended, rotation.kept and rotation.kept.number) == ((), 2)
    assert rotation.new != world.rotate(HOUR)


def test_who_is_removed_is_out_at_once(world: World) -> None:
    secret = world.changes.add(MUNCHKIN_ID, CI, keep_nowhere)
    other = world.changes.add(MUNCHKIN_ID, CI.model_copy(update={"name": "other"}), keep_nowhere)
    token, session, others = world.token(secret), world.session(secret), world.token(other)
    assert world.changes.remove(MUNCHKIN_ID, "ci") == 1
    assert (world.refusal(token), world.is_open(session), world.token(secret)) == ("601", False, None)
    assert world.refusal(others) == ""
    assert world.changes.remove(MUNCHKIN_ID, "other") == 0
    assert world.changes.all(MUNCHKIN_ID) == []


def test_what_there_is_not_names_the_nearest(world: World) -> None:
    with pytest.raises(OperatorError, match=r"no credential 'ci', nor any other"):
        world.changes.remove(MUNCHKIN_ID, "ci")
    world.changes.add(MUNCHKIN_ID, CI, keep_nowhere)
    for name in ("ic", "c" * 100_000, "\u202eci"):
        with pytest.raises(OperatorError, match=r"no credential '.{1,300}'; the nearest is 'ci'"):
            world.changes.rotate(MUNCHKIN_ID, name, 0, keep_nowhere)
    with pytest.raises(OperatorError, match=r"no subscription '123-ABC-465'; the nearest is '123-ABC-456'"):
        world.changes.all("123-ABC-465")
    with pytest.raises(OperatorError, match=r"credential 'ci' already"):
        world.changes.add(MUNCHKIN_ID, CI.model_copy(update={"name": "CI"}), keep_nowhere)
    with pytest.raises(OperatorError, match=r"no partition 'Defult'; the nearest is 'Default'"):
        world.changes.add(
            MUNCHKIN_ID, CI.model_copy(update={"name": "b", "partitions": ["Defult"]}), keep_nowhere
        )
    world.changes.add(
        MUNCHKIN_ID, CI.model_copy(update={"name": "z", "partitions": ["DEFAULT"]}), keep_nowhere
    )
    assert [each.partitions for each in world.changes.all(MUNCHKIN_ID)] == [None, ("Default",)]


def test_a_secret_that_cannot_be_kept_is_not_made(world: World) -> None:
    """Nothing has changed for whoever has the old one."""

    def fail(secrets: Sequence[NewSecret]) -> None:
        raise OperatorError("no room")

    with pytest.raises(OperatorError, match="no room"):
        world.changes.add(MUNCHKIN_ID, CI, fail)
    assert world.changes.all(MUNCHKIN_ID) == []
    old = world.changes.add(MUNCHKIN_ID, CI, keep_nowhere)
    token = world.token(old)
    with pytest.raises(OperatorError, match="no room"):
        world.changes.rotate(MUNCHKIN_ID, "ci", 0, fail)
    assert (world.refusal(token), world.token(old), world.ends()) == ("", token, [None])


@pytest.mark.parametrize("is_lost", [True, False], ids=["answer lost", "nothing committed"])
def test_the_file_of_a_change_without_an_answer(
    place: Place, stores: Stores, tmp_path: Path, *, is_lost: bool
) -> None:
    """It stays where the store has the secret, and goes where it has not."""
    changes, kept, file = CredentialChanges(stores, SetClock()), list[NewSecret](), tmp_path / "secret"

    def keep(secrets: Sequence[NewSecret]) -> None:
        output.keep(secrets)
        kept.extend(secrets)
        assert secrets[0].client_secret in file.read_text()
        if not is_lost:
            raise StoreDownError("the connection is gone")

    control = stores.control
    if is_lost:
        stores.control = LosesAnAnswer(control)
    with pytest.raises(StoreDownError), secret_output(place.open(), Settings(), file) as output:
        changes.add(MUNCHKIN_ID, CI, keep)
    stores.control = control
    assert file.exists() == is_lost
    with stores.control.read() as session:
        assert (credentials.find_credential(session, kept[0].client_id) is not None) == is_lost


def test_many_operators_at_once(place: Place, world: World) -> None:
    """Rotations wait for each other: all secrets but the last two have ended, and their numbers rise."""
    world.changes.add(MUNCHKIN_ID, CI, keep_nowhere)

    def rotate(number: int) -> NewSecret:
        return CredentialChanges(place.open(), world.clock).rotate(MUNCHKIN_ID, "ci", HOUR, keep_nowhere).new

    made = in_threads(6, rotate)
    assert len(world.ends()) == 2
    assert sum(world.token(secret) is not None for secret in made) == 2
    (found,) = world.changes.all(MUNCHKIN_ID)
    assert [secret.number for secret in found.secrets] == [6, 7]
