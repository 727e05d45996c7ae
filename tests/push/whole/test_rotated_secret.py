"""A secret that is rotated while a push is under way: told with what to do, and the push goes on with the new one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline.client import Exit, Login, PushOptions, push
from leadline.client.ended import State
from leadline.client.events import Event, PieceDone
from tests.commands import leadline
from tests.harness import Server, running, subscription
from tests.push.whole.pushes import SMALL, FastClock, make_file, people, sends, states
from tests.server import CLIENT_ID, CLIENT_SECRET


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    yield from running(tmp_path / "data", subscription(), workers=1)


def test_a_push_goes_on_with_the_new_secret(server: Server, tmp_path: Path) -> None:
    def rotated() -> Login:
        """Give the credential a new secret, with which the old one and its tokens end."""
        words = ("rotate", "tests", "--subscription", "123-ABC-456", "--data", server.data)
        done = leadline("credentials", *words, "--secret-file", file)
        assert done.returncode == 0, done
        said = json.loads(file.read_text())
        return Login(server.address, said["client_id"], said["client_secret"])

    def rotate(event: Event) -> None:
        if isinstance(event, PieceDone) and not logins:
            logins.append(rotated())

    file, logins = tmp_path / "secret", list[Login]()
    options = PushOptions(make_file(tmp_path, people(60)), pace=SMALL)
    report = push(options, Login(server.address, CLIENT_ID, CLIENT_SECRET), rotate, clock=FastClock())
    assert report.exit is Exit.REFUSED
    assert 0 < report.counts.imported < 60
    assert "Give the client id and secret that are good now: LEADLINE_CLIENT_ID and" in report.message
    assert "run the same command again, and it goes on" in report.message
    assert push(options, logins[0], clock=FastClock()).exit is Exit.IMPORTED
    found = states(options.manifest_path)
    assert State.UNKNOWN not in {state for _, state in found}
    accepted = [piece for piece, state in found if state is State.ACCEPTED]
    assert sorted(accepted) == [1, 2, 3, 4]
    assert set(sends(options)) == {1, 2, 3, 4}
    token = server.new_token(logins[0].client_id, logins[0].client_secret)
    assert len(server.get("/leadline/v1/jobs.json", token=token)["result"]) == 4
